// What interrupts waits: APCs and alerts that are queued to threads.
#pragma once
#include "emu/dispatcher/wait.hpp"

namespace emu::dispatcher {

/// Queues an APC to its thread: a kernel APC that may run interrupts the thread's wait, a user APC
/// ends an alertable user-mode wait.  False if it is queued already or the thread takes no more.
bool queue_apc(KAPC &apc, void *first, void *second) noexcept;

/// Alerts a thread: ends its alertable wait, if it is in one that this mode may end, else its
/// next.  True if it was alerted already.
bool alert_thread(machine::thread &target, KPROCESSOR_MODE mode) noexcept;

/// Takes the thread's alert away; true if there was one.
bool test_alert(machine::thread &self, KPROCESSOR_MODE mode) noexcept;

}  // namespace emu::dispatcher
