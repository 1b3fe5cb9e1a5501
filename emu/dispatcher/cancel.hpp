// What ends waits from outside: the cancel of an IRP, the request that a thread should end.
//
// Waits that a cancel may end stand in one list, in the order in which they began.
#pragma once
#include "emu/dispatcher/wait.hpp"

namespace emu::dispatcher {

/// Ends the waits that were given this Cancel byte, which is TRUE already, with STATUS_CANCELLED.
void cancel_waits(const volatile BOOLEAN &cancel) noexcept;

/// From now on the thread's cancellable waits end with STATUS_THREAD_IS_TERMINATING, those in user
/// mode with STATUS_USER_APC; so does the one that it is in.
void request_termination(machine::thread &target) noexcept;

/// Has it been requested?
bool termination_requested(const machine::thread &target) noexcept;

}  // namespace emu::dispatcher
