// Who waits on a dispatcher object: for reports and rules, read-only.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace emu::dispatcher {

/// A short name of the object's kind: "synchronization event", "thread".
const char *kind_name(const void *object) noexcept;

/// True if the wait lists of the machine's threads show one waiting on an object inside [low,
/// high).
bool somebody_waits_inside(const void *low, const void *high) noexcept;

/// What a thread waits for; no objects if it waits for none of this room.
struct wait_view {
    std::uint32_t count = 0;
    bool all = false;  // for all of them; else any
    std::array<const void *, 64> objects{};
};
wait_view wait_of(const void *thread_object) noexcept;
/// What a thread that ends owns or serves without its bytes being such an object's any more: its
/// memory is in other use or gone.  The object and its kind, or null.
struct lost_object {
    const void *object = nullptr;
    const char *kind = "";
};
lost_object object_lost_to(const void *thread_object) noexcept;

/// A timer that is set inside [low, low + size), or null.
const void *set_timer_inside(const void *low, std::size_t size) noexcept;

}  // namespace emu::dispatcher
