// What a report or a rule may know of a lock: read-only, taken from its word.
#pragma once
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

}  // namespace emu::locks
