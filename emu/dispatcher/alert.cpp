#include "emu/dispatcher/alert.hpp"

#include <utility>

#include "emu/dispatcher/core.hpp"
#include "emu/dispatcher/queue.hpp"
#include "emu/machine/apc.hpp"

namespace emu::dispatcher {

namespace {

bool waits_alertably(const thread &target, KPROCESSOR_MODE least) noexcept {
    return is_waiting(target) && target.wait.alertable && target.wait.mode >= least;
}

void end_alertably(thread &waiter, NTSTATUS status) noexcept {
    return_to_queue(waiter);
    end_wait(waiter, status);
}

}  // namespace

bool queue_apc(KAPC &apc, void *first, void *second) noexcept {
    const guard held(the_dispatcher_lock);
    auto &target = *static_cast<thread *>(apc.Thread);
    if (apc.Inserted != FALSE || target.apcs.closed) {
        return false;
    }
    apc.SystemArgument1 = first;
    apc.SystemArgument2 = second;
    machine::link_apc(apc, target);
    if (apc.ApcMode == KernelMode) {
        if (is_waiting(target) && machine::kernel_apc_deliverable(target, *target.wait.at_work)) {
            interrupt_wait(target);
        }
    } else if (waits_alertably(target, UserMode)) {
        end_alertably(target, STATUS_USER_APC);
    }
    return true;
}

bool alert_thread(thread &target, KPROCESSOR_MODE mode) noexcept {
    const guard held(the_dispatcher_lock);
    bool &alerted = target.apcs.alerted[static_cast<unsigned char>(mode)];
    const bool before = alerted;
    // An alert in kernel mode ends any alertable wait, one in user mode those in user mode.
    if (waits_alertably(target, mode)) {
        end_alertably(target, STATUS_ALERTED);
    } else {
        alerted = true;
    }
    return before;
}

bool test_alert(thread &self, KPROCESSOR_MODE mode) noexcept {
    const guard held(the_dispatcher_lock);
    return std::exchange(self.apcs.alerted[static_cast<unsigned char>(mode)], false);
}

}  // namespace emu::dispatcher
