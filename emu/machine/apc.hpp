// APCs: the queues of a thread, and their delivery to it.
//
// Kernel APCs run in the thread they are queued to, as contexts of their own: a special one at
// APC_LEVEL; a normal one's KernelRoutine at APC_LEVEL and then its NormalRoutine at
// PASSIVE_LEVEL.  They run when the thread passes a point of delivery: an emulated call, a wait,
// the end of its last region, a level that falls below APC_LEVEL.  The bit attention_thread of the
// thread's own context says that kernel APCs are queued, and sends calls off the fast paths.
// User APCs run in user mode, which is not emulated: they only end waits.
#pragma once
#include "emu/machine/thread.hpp"

namespace emu::machine {

/// Links an initialised APC into its thread's queue.  With the dispatcher lock held.
void link_apc(KAPC &apc, thread &target) noexcept;

/// Sets or clears the thread's bit attention_thread.  With the dispatcher lock held.
void renew_attention(thread &of) noexcept;

/// Takes an APC out of its queue; false if it is in none.
bool unlink_apc(KAPC &apc) noexcept;

/// Would the first of the thread's kernel APCs run in this context now?  With the dispatcher lock
/// held.
bool kernel_apc_deliverable(const thread &target, const context &at_work) noexcept;

/// Runs the kernel APCs that may run in the running context now.
void deliver_kernel_apcs_slowly(context &self);

/// False if none are, or none for long.
inline bool kernel_apcs_queued(const thread &of) noexcept {
    return (__atomic_load_n(&of.own.attention, __ATOMIC_RELAXED) & attention_thread) != 0;
}

inline void deliver_kernel_apcs(context &self) {
    if (__builtin_expect(kernel_apcs_queued(*self.thread) && self.irql == 0, 0)) {
        deliver_kernel_apcs_slowly(self);
    }
}

/// What ends an alertable wait in this mode: STATUS_ALERTED, STATUS_USER_APC, or STATUS_SUCCESS
/// for nothing.  Takes the alert.  With the dispatcher lock held.
NTSTATUS take_alert(thread &waiter, KPROCESSOR_MODE mode) noexcept;

/// The thread ends: it takes no more APCs, and those for user mode are run down.
void run_down_apcs(thread &ending);

}  // namespace emu::machine
