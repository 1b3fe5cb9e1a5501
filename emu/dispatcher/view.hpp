// Who waits on a dispatcher object: for reports and rules, read-only.
#pragma once
#include <cstddef>

namespace emu::dispatcher {

/// A short name of the object's kind: "synchronization event", "thread".
const char *kind_name(const void *object) noexcept;

/// True if the wait lists of the machine's threads show one waiting on an object inside [low,
/// high).
bool somebody_waits_inside(const void *low, const void *high) noexcept;

/// A timer that is set inside [low, low + size), or null.
const void *set_timer_inside(const void *low, std::size_t size) noexcept;

}  // namespace emu::dispatcher
