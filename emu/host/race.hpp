// Data races as the thread sanitizer's runtime reports them, kept until somebody judges them.
//
// The runtime calls us in the middle of the racy access, with its own locks held: nothing can be
// done there but to note the race.  The first one of an execution counts; what follows it may be
// its consequence.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace emu::host {

struct race_access {
    bool write = false;
    bool atomic = false;
    unsigned size = 0;
    std::uint64_t by = 0;  // the label of the fiber; 0 if it is none of ours
    std::uint32_t frame_count = 0;
    std::array<const void *, 16> frames{};  // return addresses, innermost first
};

struct race {
    const void *address = nullptr;
    std::array<race_access, 2> accesses;  // the later one, during which it was noticed, first
    const char *where = "";               // "heap", "stack", "global", ... or empty
    std::size_t where_size = 0;           // of the heap block
};

#ifdef EMU_RACES
/// From now on races are noted, until the watch ends; forgets an earlier one.  `afresh`: whatever
/// the detector remembers of earlier executions must not stand in the way.
void watch_races(bool afresh) noexcept;
void end_race_watch() noexcept;

/// The next execution is the first one of another search.
void end_race_search() noexcept;

/// The race that was noted, or null.
const race *noted_race() noexcept;
void forget_race() noexcept;
#else
inline void watch_races(bool) noexcept {}
inline void end_race_watch() noexcept {}
inline void end_race_search() noexcept {}
inline const race *noted_race() noexcept { return nullptr; }
inline void forget_race() noexcept {}
#endif

}  // namespace emu::host
