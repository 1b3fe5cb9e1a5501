#include "emu/dispatcher/cancel.hpp"

#include "emu/dispatcher/core.hpp"
#include "emu/dispatcher/queue.hpp"
#include "emu/sched/sched.hpp"

namespace emu::dispatcher {

namespace {

LIST_ENTRY cancellable_waits{&cancellable_waits, &cancellable_waits};

thread &waiter_of(LIST_ENTRY *entry) noexcept {
    return *CONTAINING_RECORD(entry, machine::thread_wait, cancellable_entry)->at_work->thread;
}

void end_early(thread &waiter, NTSTATUS status) noexcept {
    return_to_queue(waiter);
    end_wait(waiter, status);
}

}  // namespace

void enlist_cancellable(thread &waiter) noexcept {
    waiter.wait.cancellable = true;
    InsertTailList(&cancellable_waits, &waiter.wait.cancellable_entry);
}

void reset_cancellable() noexcept { InitializeListHead(&cancellable_waits); }

void cancel_waits(const volatile BOOLEAN &cancel) noexcept {
    const guard held(the_dispatcher_lock);
    sched::note_touch(nullptr);  // whoever waits may be ended at any of its steps
    for (LIST_ENTRY *each = cancellable_waits.Flink; each != &cancellable_waits;) {
        thread &waiter = waiter_of(each);
        each = each->Flink;
        if (waiter.wait.cancel == &cancel) {
            end_early(waiter, STATUS_CANCELLED);
        }
    }
}

void request_termination(thread &target) noexcept {
    const guard held(the_dispatcher_lock);
    sched::note_touch(nullptr);
    target.terminating = true;
    if (!is_waiting(target)) {
        return;
    }
    if (target.wait.cancellable) {
        end_early(target, STATUS_THREAD_IS_TERMINATING);
    } else if (target.wait.mode == UserMode) {
        end_early(target, STATUS_USER_APC);
    }
}

bool termination_requested(const thread &target) noexcept {
    const guard held(the_dispatcher_lock);
    return target.terminating;
}

}  // namespace emu::dispatcher
