#include "emu/dispatcher/wait.hpp"

#include <new>

#include "emu/dispatcher/view.hpp"
#include "emu/host/happens_before.hpp"
#include "emu/host/mutex.hpp"
#include "emu/machine/machine.hpp"
#include "emu/sched/sched.hpp"

namespace emu::dispatcher {

using machine::thread;

namespace {

host::mutex dispatcher_lock;

// The wait block's state while its thread sleeps on it; the public field BlockState holds it.
enum block_state : UCHAR { idle = 0, queued = 1 };

constexpr std::uint64_t ns_per_tick = 100;

// Would a wait be satisfied now?
bool is_signaled(const DISPATCHER_HEADER &object) noexcept { return object.SignalState > 0; }

// What a satisfied wait does to the object.
void consume(DISPATCHER_HEADER &object) noexcept {
    if (object.Type == synchronization_event) {
        object.SignalState = 0;
    }
}

thread &waiter_of(const KWAIT_BLOCK &block) noexcept {
    return *static_cast<thread *>(block.Thread);
}

KWAIT_BLOCK &block_of(LIST_ENTRY *entry) noexcept {
    return *CONTAINING_RECORD(entry, KWAIT_BLOCK, WaitListEntry);
}

// Lets one waiter go; the dispatcher lock is held.
void satisfy(KWAIT_BLOCK &block, NTSTATUS status) noexcept {
    thread &waiter = waiter_of(block);
    RemoveEntryList(&block.WaitListEntry);
    block.BlockState = idle;
    waiter.wait_status = status;
    sched::unpark(waiter.actor);
}

// Whoever is told that an event is set may rely on what happened before it was.
void note_seen(const KEVENT &event, LONG state) noexcept {
    if (state != 0) {
        host::taken_over(&event.Header);
    }
}

// Lets waiters go in order of arrival for as long as the object is signalled.
void release_waiters(DISPATCHER_HEADER &object) noexcept {
    while (is_signaled(object) && !IsListEmpty(&object.WaitListHead)) {
        consume(object);
        satisfy(block_of(object.WaitListHead.Flink), STATUS_SUCCESS);
    }
}

}  // namespace

void settle() noexcept {
    // Not lock(): a fault may have ended this very thread while it held the lock.
    if (dispatcher_lock.try_lock()) {
        dispatcher_lock.unlock();
    }
}

void reset() noexcept { new (&dispatcher_lock) host::mutex; }

header_state state_of(const DISPATCHER_HEADER &header) noexcept {
    const std::lock_guard held(dispatcher_lock);
    header_state seen{0, header.Type, header.WaitListHead.Flink != nullptr};
    __builtin_memcpy(&seen.first_word, &header, sizeof seen.first_word);
    return seen;
}

bool is_dispatcher_object(UCHAR type) noexcept {
    return type == notification_event || type == synchronization_event || type == thread_object;
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

NTSTATUS wait_for_one(thread &self, DISPATCHER_HEADER &object, std::uint64_t deadline_ns) {
    KWAIT_BLOCK &block = self.wait_blocks[0];
    {
        const std::lock_guard held(dispatcher_lock);
        if (is_signaled(object)) {
            consume(object);
            host::taken_over(&object);
            return STATUS_SUCCESS;
        }
        if (deadline_ns == 0) {
            return STATUS_TIMEOUT;
        }
        block.Thread = &self;
        block.Object = &object;
        block.BlockState = queued;
        InsertTailList(&object.WaitListHead, &block.WaitListEntry);
    }
    for (bool in_time = true;;) {
        {
            const std::lock_guard held(dispatcher_lock);
            if (block.BlockState == idle) {
                break;
            }
            if (!in_time) {
                RemoveEntryList(&block.WaitListEntry);
                block.BlockState = idle;
                self.wait_status = STATUS_TIMEOUT;
                break;
            }
        }
        in_time = sched::park(self.actor, deadline_ns);
    }
    if (self.wait_status == STATUS_SUCCESS) {
        host::taken_over(&object);
    }
    return self.wait_status;
}

void delay(thread &self, std::uint64_t deadline_ns) {
    while (sched::now_ns() < deadline_ns && sched::park(self.actor, deadline_ns)) {
    }
}

void initialize_event(KEVENT &event, object_kind kind, bool signaled) noexcept {
    event.Header.Type = kind;
    event.Header.Size = sizeof(KEVENT) / sizeof(LONG);
    event.Header.SignalState = signaled ? 1 : 0;
    InitializeListHead(&event.Header.WaitListHead);
}

LONG set_event(KEVENT &event) noexcept {
    const std::lock_guard held(dispatcher_lock);
    host::handed_over(&event.Header);
    const LONG before = event.Header.SignalState;
    event.Header.SignalState = 1;
    release_waiters(event.Header);
    return before;
}

LONG reset_event(KEVENT &event) noexcept {
    const std::lock_guard held(dispatcher_lock);
    const LONG before = event.Header.SignalState;
    event.Header.SignalState = 0;
    note_seen(event, before);
    return before;
}

LONG pulse_event(KEVENT &event) noexcept {
    const std::lock_guard held(dispatcher_lock);
    host::handed_over(&event.Header);
    const LONG before = event.Header.SignalState;
    event.Header.SignalState = 1;
    release_waiters(event.Header);
    event.Header.SignalState = 0;
    return before;
}

LONG read_event(const KEVENT &event) noexcept {
    const std::lock_guard held(dispatcher_lock);
    note_seen(event, event.Header.SignalState);
    return event.Header.SignalState;
}

void signal(DISPATCHER_HEADER &object) noexcept {
    const std::lock_guard held(dispatcher_lock);
    host::handed_over(&object);
    object.SignalState = 1;
    release_waiters(object);
}

void unsignal(DISPATCHER_HEADER &object) noexcept {
    const std::lock_guard held(dispatcher_lock);
    object.SignalState = 0;
}

void signal_thread(thread &ended) { signal(ended.Header); }

const char *kind_name(const void *object) noexcept {
    switch (static_cast<const DISPATCHER_HEADER *>(object)->Type) {
        case notification_event: return "notification event";
        case synchronization_event: return "synchronization event";
        case thread_object: return "thread";
        default: return "object";
    }
}

bool somebody_waits_inside(const void *low, const void *high) noexcept {
    const std::lock_guard held(dispatcher_lock);
    for (std::size_t i = 0; const thread *each = machine::thread_at(i); ++i) {
        const KWAIT_BLOCK &block = each->wait_blocks[0];
        if (block.BlockState == queued && block.Object >= low && block.Object < high) {
            return true;
        }
    }
    return false;
}

}  // namespace emu::dispatcher
