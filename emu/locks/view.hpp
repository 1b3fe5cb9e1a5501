// What a report or a rule may know of a lock: read-only, taken from its word.
#pragma once
#include <cstddef>
#include <cstdint>

namespace emu::locks {

struct push_lock_view {
    std::uint64_t word = 0;
    bool plausible = false;  // a state that a push lock can have
    bool held = false;
    bool exclusive =
        false;  // held, and by one thread that took it exclusively or as the only sharer
    bool somebody_waits = false;
    std::uint64_t sharers = 0;  // known while nobody waits
};

push_lock_view view_push_lock(const void *lock) noexcept;

struct resource_view {
    bool live = false;  // initialised on this machine, and not deleted
    bool zero = false;  // all bytes zero: never initialised, or deleted
    // of a live one
    std::uint32_t owners = 0;
    bool exclusive = false;
    std::uint32_t exclusive_waiters = 0;
    std::uint32_t shared_waiters = 0;
    const void *owner_table = nullptr;
    bool held() const noexcept { return owners != 0; }
    bool somebody_waits() const noexcept { return exclusive_waiters + shared_waiters != 0; }
};

resource_view view_resource(const void *lock) noexcept;

struct rundown_view {
    std::uint64_t word = 0;
    bool plausible = false;  // a state that rundown protection can have
    bool run_down = false;
    bool waited_for = false;
};

rundown_view view_rundown(const void *protection) noexcept;

/// A resource inside [low, low + size) that was initialised and not deleted; null if there is
/// none.
const void *undeleted_resource_inside(const void *low, std::size_t size) noexcept;

/// An owner pointer inside [low, low + size) that still owns a resource; null if there is none.
const void *owner_pointer_inside(const void *low, std::size_t size) noexcept;
struct spin_lock_view {
    enum class state : std::uint8_t { free, held, queued, implausible };
    std::uint64_t word = 0;
    state is = state::implausible;
};

spin_lock_view view_spin_lock(const void *lock) noexcept;

struct rw_spin_lock_view {
    std::uint32_t word = 0;
    bool plausible = false;
    bool exclusive = false;
    bool writer_waits = false;
    std::uint32_t sharers = 0;
};

rw_spin_lock_view view_rw_spin_lock(const void *lock) noexcept;

struct fast_mutex_view {
    std::int32_t count = 0;
    bool initialised = false;  // its event has a wait list
    bool plausible = false;    // a count that a mutex can have
    bool held = false;
};

/// Of a FAST_MUTEX or a KGUARDED_MUTEX.
fast_mutex_view view_fast_mutex(const void *mutex) noexcept;

}  // namespace emu::locks
