// Timers: the list of those that are set, and what happens when one is due.
//
// Set timers are linked through TimerListEntry in order of their due times.  machine/clock.hpp
// says when the first is due; the service of the timer's processor then expires it: signals it,
// queues its DPC, sets it again if it is periodic.  A timer that is due but not yet expired is
// still set: KeCancelTimer takes it off.  Due times are in 100 ns since boot.
//
// Lock order: the timers' guard, then the dispatcher lock or the guard of the DPC queues.
#pragma once
#include <cstdint>

#include "emu/base/context.hpp"
#include "emu/base/nt.hpp"

namespace emu::dispatcher {

/// A timer of the system's, EX_TIMER; KeepShifting in its header says that it is one.
struct system_timer : KTIMER {
    std::uint64_t period_100ns = 0;  // Period has milliseconds only
};

void initialize_timer(KTIMER &made, std::uint8_t type) noexcept;

/// Sets it, period in 100 ns, 0 for once; true if it was set before.  A time that has come already
/// expires it at once.
bool set_timer(context &self, KTIMER &timer, LARGE_INTEGER due, std::uint64_t period_100ns,
               KDPC *dpc);

/// Takes it off the list; false if it is not set.
bool cancel_timer(KTIMER &timer) noexcept;

/// True if it is set: a look at the list, whatever its bytes say.
bool is_set(const KTIMER &timer) noexcept;

bool read_timer(const KTIMER &timer) noexcept;

/// Boot.
void reset_timers() noexcept;

}  // namespace emu::dispatcher
