#include "emu/dispatcher/wait.hpp"

#include <new>
#include <utility>

#include "emu/dispatcher/core.hpp"
#include "emu/dispatcher/mutex.hpp"
#include "emu/dispatcher/queue.hpp"
#include "emu/dispatcher/view.hpp"
#include "emu/host/happens_before.hpp"
#include "emu/machine/apc.hpp"
#include "emu/machine/machine.hpp"
#include "emu/sched/sched.hpp"

namespace emu::dispatcher {

using machine::wait_state;

namespace {

constexpr std::uint64_t ns_per_tick = 100;

DISPATCHER_HEADER &header_of(void *object) noexcept {
    return *static_cast<DISPATCHER_HEADER *>(object);
}

KWAIT_BLOCK &block_of(LIST_ENTRY *entry) noexcept {
    return *CONTAINING_RECORD(entry, KWAIT_BLOCK, WaitListEntry);
}

thread &waiter_of(const KWAIT_BLOCK &block) noexcept {
    return *static_cast<thread *>(block.Thread);
}

std::optional<NTSTATUS> satisfy_any(thread &self, std::span<void *const> objects) noexcept {
    for (std::size_t i = 0; i < objects.size(); ++i) {
        DISPATCHER_HEADER &object = header_of(objects[i]);
        if (is_signaled(object, self)) {
            if (at_recursion_limit(object, self)) {
                return STATUS_MUTANT_LIMIT_EXCEEDED;
            }
            return consume(object, self) + static_cast<NTSTATUS>(i);
        }
    }
    return std::nullopt;
}

// All or nothing.
std::optional<NTSTATUS> satisfy_all(thread &self, std::span<void *const> objects) noexcept {
    for (void *each : objects) {
        if (!is_signaled(header_of(each), self)) {
            return std::nullopt;
        }
    }
    for (void *each : objects) {
        if (at_recursion_limit(header_of(each), self)) {
            return STATUS_MUTANT_LIMIT_EXCEEDED;
        }
    }
    NTSTATUS status = STATUS_SUCCESS;
    for (void *each : objects) {
        if (consume(header_of(each), self) != STATUS_SUCCESS) {
            status = STATUS_ABANDONED;
        }
    }
    return status;
}

// Objects come before alerts and cancels, these before a timeout of zero: docs/decisions/061.
std::optional<NTSTATUS> look(thread &self, const wait_request &wanted) noexcept {
    const auto satisfied =
        wanted.all ? satisfy_all(self, wanted.objects) : satisfy_any(self, wanted.objects);
    if (satisfied) {
        return satisfied;
    }
    if (wanted.alertable) {
        const NTSTATUS alert = machine::take_alert(self, wanted.mode);
        if (alert != STATUS_SUCCESS) {
            return alert;
        }
    }
    if (wanted.cut_short != STATUS_SUCCESS) {
        return wanted.cut_short;
    }
    if (wanted.cancel != nullptr && __atomic_load_n(wanted.cancel, __ATOMIC_ACQUIRE) != FALSE) {
        return STATUS_CANCELLED;
    }
    if (self.terminating && (wanted.cancellable || wanted.mode == UserMode)) {
        return wanted.cancellable ? STATUS_THREAD_IS_TERMINATING : STATUS_USER_APC;
    }
    if (wanted.deadline_ns == 0) {
        return STATUS_TIMEOUT;
    }
    return std::nullopt;
}

// Queues a block to each object, the youngest waiter last.
void enqueue(context &self, const wait_request &wanted) noexcept {
    thread &waiter = *self.thread;
    machine::thread_wait &wait = waiter.wait;
    wait.now = wait_state::waiting;
    wait.alertable = wanted.alertable;
    wait.mode = static_cast<std::uint8_t>(wanted.mode);
    wait.at_work = &self;
    wait.blocks = wanted.blocks;
    wait.count = static_cast<std::uint32_t>(wanted.objects.size());
    wait.cancel = wanted.cancel;
    if (wanted.cancellable) {
        enlist_cancellable(waiter);
    }
    for (std::uint32_t i = 0; i < wait.count; ++i) {
        KWAIT_BLOCK &block = wanted.blocks[i];
        DISPATCHER_HEADER &object = header_of(wanted.objects[i]);
        block.Thread = &waiter;
        block.Object = &object;
        block.WaitKey = static_cast<USHORT>(i);
        block.WaitType = wanted.all ? WaitAll : WaitAny;
        block.NextWaitBlock = &wanted.blocks[i + 1 < wait.count ? i + 1 : 0];
        // The youngest waiter of a queue has the next entry.  open order
        object.Type == queue_object ? InsertHeadList(&object.WaitListHead, &block.WaitListEntry)
                                    : InsertTailList(&object.WaitListHead, &block.WaitListEntry);
    }
    rest_from_queue(waiter, wait.count == 1 ? wanted.objects[0] : nullptr);
}

// Parks until the wait is over; nothing if a kernel APC interrupted it.
std::optional<NTSTATUS> sleep(thread &self, std::uint64_t deadline_ns) {
    for (bool in_time = true;;) {
        {
            const guard held(the_dispatcher_lock);
            const wait_state now = self.wait.now;
            if (now == wait_state::waiting && !in_time) {
                withdraw(self);
                self.wait.status = STATUS_TIMEOUT;
            }
            if (now != wait_state::waiting || !in_time) {
                self.wait.now = wait_state::none;
                return_to_queue(self);
                return now == wait_state::interrupted ? std::nullopt
                                                      : std::optional(self.wait.status);
            }
        }
        in_time = sched::park(self.actor, deadline_ns);
    }
}

bool lets_pass(const KWAIT_BLOCK &block) noexcept {
    const thread &waiter = waiter_of(block);
    if (block.WaitType == WaitAny) {
        return is_signaled(header_of(block.Object), waiter);
    }
    for (std::uint32_t i = 0; i < waiter.wait.count; ++i) {
        if (!is_signaled(header_of(waiter.wait.blocks[i].Object), waiter)) {
            return false;
        }
    }
    return true;
}

void let_pass(KWAIT_BLOCK &block) noexcept {
    thread &waiter = waiter_of(block);
    NTSTATUS status = STATUS_SUCCESS;
    if (block.WaitType == WaitAny) {
        status = consume(header_of(block.Object), waiter) + block.WaitKey;
    } else {
        for (std::uint32_t i = 0; i < waiter.wait.count; ++i) {
            if (consume(header_of(waiter.wait.blocks[i].Object), waiter) != STATUS_SUCCESS) {
                status = STATUS_ABANDONED;
            }
        }
    }
    return_to_queue(waiter);
    end_wait(waiter, status);
}

}  // namespace

void withdraw(thread &waiter) noexcept {
    if (std::exchange(waiter.wait.cancellable, false)) {
        RemoveEntryList(&waiter.wait.cancellable_entry);
    }
    for (std::uint32_t i = 0; i < waiter.wait.count; ++i) {
        RemoveEntryList(&waiter.wait.blocks[i].WaitListEntry);
    }
}

void end_wait(thread &waiter, NTSTATUS status) noexcept {
    withdraw(waiter);
    waiter.wait.now = wait_state::satisfied;
    waiter.wait.status = status;
    sched::unpark(waiter.actor);
}

void interrupt_wait(thread &waiter) noexcept {
    withdraw(waiter);
    waiter.wait.now = wait_state::interrupted;
    sched::unpark(waiter.actor);
}

namespace {

// The waiter with so many before it that could pass as well, or null.  A wait for all of several
// objects is passed over while one of them is missing.
KWAIT_BLOCK *passing(DISPATCHER_HEADER &object, std::uint32_t before) noexcept {
    LIST_ENTRY *const head = &object.WaitListHead;
    for (LIST_ENTRY *each = head->Flink; each != head; each = each->Flink) {
        KWAIT_BLOCK &block = block_of(each);
        if (lets_pass(block)) {
            if (before-- == 0) {
                return &block;
            }
        } else if (block.WaitType == WaitAny) {
            return nullptr;
        }
    }
    return nullptr;
}

}  // namespace

// In order of arrival, which was observed for events; for mutexes and semaphores Windows promises
// none, and in simulation the strategy picks.
void release_waiters(DISPATCHER_HEADER &object) noexcept {
    host::handed_over(&object);
    if (IsListEmpty(&object.WaitListHead)) {
        return;
    }
    const bool promised = object.Type != mutant_object && object.Type != semaphore_object;
    while (KWAIT_BLOCK *next = passing(object, 0)) {
        std::uint32_t alternatives = 1;
        while (!promised && passing(object, alternatives) != nullptr) {
            ++alternatives;
        }
        let_pass(*(alternatives == 1 ? next : passing(object, sched::pick(alternatives))));
    }
}

void reset() noexcept {
    new (&the_dispatcher_lock) machine::dispatcher_lock;
    reset_cancellable();
}

header_state state_of(const DISPATCHER_HEADER &header) noexcept {
    const guard held(the_dispatcher_lock);
    header_state seen{0, header.Type, header.SignalState > 0,
                      header.WaitListHead.Flink != nullptr};
    __builtin_memcpy(&seen.first_word, &header, sizeof seen.first_word);
    return seen;
}

std::uint64_t deadline_of(const LARGE_INTEGER *timeout) noexcept {
    if (timeout == nullptr) {
        return host::no_deadline;
    }
    const LONGLONG ticks = timeout->QuadPart;
    if (ticks == 0) {
        return 0;
    }
    const std::uint64_t now = sched::now_ns();
    if (ticks < 0) {
        const std::uint64_t distance = (0 - static_cast<std::uint64_t>(ticks)) * ns_per_tick;
        return distance / ns_per_tick == 0 - static_cast<std::uint64_t>(ticks)
                   ? now + distance
                   : host::no_deadline - 1;
    }
    const LONGLONG from_boot = ticks - machine::boot_system_time();
    return from_boot <= 0 ? 0 : static_cast<std::uint64_t>(from_boot) * ns_per_tick;
}

namespace {

// What those did that signalled the objects happened before what follows the wait.
void note_taken(const wait_request &wanted, NTSTATUS status) noexcept {
    for (std::size_t i = 0; i < wanted.objects.size(); ++i) {
        const auto key = static_cast<std::size_t>(status & ~STATUS_ABANDONED_WAIT_0);
        if (status >= 0 && (wanted.all || key == i)) {
            host::taken_over(wanted.objects[i]);
        }
    }
}

}  // namespace

std::optional<NTSTATUS> try_wait(context &self, const wait_request &wanted) noexcept {
    const guard held(the_dispatcher_lock);
    const auto status = look(*self.thread, wanted);
    if (status) {
        return_to_queue(*self.thread);
        note_taken(wanted, *status);
    }
    return status;
}

NTSTATUS wait(context &self, const wait_request &wanted) {
    thread &waiter = *self.thread;
    for (;;) {
        machine::deliver_kernel_apcs(self);
        {
            const guard held(the_dispatcher_lock);
            if (machine::kernel_apc_deliverable(waiter, self)) {
                continue;
            }
            if (const auto status = look(waiter, wanted)) {
                return_to_queue(waiter);
                note_taken(wanted, *status);
                return *status;
            }
            enqueue(self, wanted);
        }
        if (const auto status = sleep(waiter, wanted.deadline_ns)) {
            note_taken(wanted, *status);
            return *status;
        }
    }
}

NTSTATUS wait_for_one(context &self, DISPATCHER_HEADER &object, std::uint64_t deadline_ns) {
    void *const objects[] = {&object};
    return wait(self,
                {objects, false, false, KernelMode, deadline_ns, self.thread->wait_blocks.data()});
}

void signal(DISPATCHER_HEADER &object) noexcept {
    const guard held(the_dispatcher_lock);
    object.SignalState = 1;
    release_waiters(object);
}

void unsignal(DISPATCHER_HEADER &object) noexcept {
    const guard held(the_dispatcher_lock);
    object.SignalState = 0;
}

void thread_ended(thread &ended) {
    if (!machine::dead()) {  // else the objects may have been on stacks that the death cut short
        abandon_mutants_of(ended);
        leave_queue(ended);
    }
    signal(ended.Header);
}

}  // namespace emu::dispatcher
