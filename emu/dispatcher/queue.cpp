#include "emu/dispatcher/queue.hpp"

#include "emu/dispatcher/core.hpp"
#include "emu/machine/processor.hpp"

namespace emu::dispatcher {

namespace {

KQUEUE &queue_of(DISPATCHER_HEADER &header) noexcept {
    return *CONTAINING_RECORD(&header, KQUEUE, Header);
}

const KQUEUE &queue_of(const DISPATCHER_HEADER &header) noexcept {
    return *CONTAINING_RECORD(&header, const KQUEUE, Header);
}

// One thread fewer is at work: another may have an entry.
void stop_work(thread &self) noexcept {
    if (self.counted_in_queue) {
        self.counted_in_queue = false;
        self.queue->CurrentCount = self.queue->CurrentCount - 1;
        release_waiters(self.queue->Header);
    }
}

void dissociate(thread &self) noexcept {
    if (self.queue != nullptr) {
        stop_work(self);
        RemoveEntryList(&self.QueueListEntry);
        self.queue = nullptr;
    }
}

LIST_ENTRY *take_first(KQUEUE &queue) noexcept {
    LIST_ENTRY *taken = RemoveHeadList(&queue.EntryListHead);
    taken->Flink = nullptr;
    --queue.Header.SignalState;
    return taken;
}

thread &thread_of(LIST_ENTRY *entry) noexcept {
    return *static_cast<thread *>(CONTAINING_RECORD(entry, KTHREAD, QueueListEntry));
}

}  // namespace

void initialize_queue(KQUEUE &queue, ULONG maximum) noexcept {
    queue.Header.Type = queue_object;
    queue.Header.Abandoned = 0;
    queue.Header.Size = sizeof(KQUEUE) / sizeof(LONG);
    queue.Header.SignalState = 0;
    InitializeListHead(&queue.Header.WaitListHead);
    InitializeListHead(&queue.EntryListHead);
    InitializeListHead(&queue.ThreadListHead);
    queue.CurrentCount = 0;
    queue.MaximumCount = maximum != 0 ? maximum : machine::processor_count();
}

LONG insert_entry(KQUEUE &queue, LIST_ENTRY &entry, queue_end where) noexcept {
    const guard held(the_dispatcher_lock);
    const LONG before = queue.Header.SignalState++;
    where == queue_end::tail ? InsertTailList(&queue.EntryListHead, &entry)
                             : InsertHeadList(&queue.EntryListHead, &entry);
    release_waiters(queue.Header);
    return before;
}

bool entry_is_bad(KQUEUE &queue, const LIST_ENTRY &entry) noexcept {
    const guard held(the_dispatcher_lock);
    const LIST_ENTRY *head = &queue.EntryListHead;
    for (const LIST_ENTRY *each = head->Flink; each != head; each = each->Flink) {
        if (each == nullptr || each == &entry) {
            return true;
        }
    }
    return false;
}

void ask_for_entry(KQUEUE &queue, thread &self) noexcept {
    const guard held(the_dispatcher_lock);
    if (self.queue == &queue) {
        if (self.counted_in_queue) {  // waiters come after: this thread is the first to ask
            self.counted_in_queue = false;
            queue.CurrentCount = queue.CurrentCount - 1;
        }
        return;
    }
    dissociate(self);
    self.queue = &queue;
    InsertTailList(&queue.ThreadListHead, &self.QueueListEntry);
}

LIST_ENTRY *take_another_entry(KQUEUE &queue) noexcept {
    const guard held(the_dispatcher_lock);
    return queue.Header.SignalState > 0 ? take_first(queue) : nullptr;
}

LIST_ENTRY *run_down_queue(KQUEUE &queue) noexcept {
    const guard held(the_dispatcher_lock);
    queue.Header.Abandoned = 1;
    queue.Header.SignalState = 0;
    while (!IsListEmpty(&queue.Header.WaitListHead)) {
        KWAIT_BLOCK &block =
            *CONTAINING_RECORD(queue.Header.WaitListHead.Flink, KWAIT_BLOCK, WaitListEntry);
        end_wait(*static_cast<thread *>(block.Thread), STATUS_ABANDONED);
    }
    while (!IsListEmpty(&queue.ThreadListHead)) {
        dissociate(thread_of(queue.ThreadListHead.Flink));
    }
    LIST_ENTRY *first = queue.EntryListHead.Flink;
    if (first == &queue.EntryListHead) {
        return nullptr;
    }
    RemoveEntryList(&queue.EntryListHead);
    InitializeListHead(&queue.EntryListHead);
    return first;
}

LONG read_queue(const KQUEUE &queue) noexcept {
    const guard held(the_dispatcher_lock);
    return queue.Header.SignalState;
}

void leave_queue(thread &ended) noexcept {
    const guard held(the_dispatcher_lock);
    dissociate(ended);
}

bool entry_to_take(const DISPATCHER_HEADER &object, const thread &) {
    const KQUEUE &queue = queue_of(object);
    return object.Abandoned != 0 ||
           (object.SignalState > 0 && queue.CurrentCount < queue.MaximumCount);
}

NTSTATUS take_entry(DISPATCHER_HEADER &object, thread &waiter) {
    KQUEUE &queue = queue_of(object);
    if (object.Abandoned != 0) {
        return STATUS_ABANDONED;
    }
    waiter.taken = take_first(queue);
    return STATUS_SUCCESS;
}

void rest_from_queue(thread &self, const void *object) noexcept {
    if (self.queue != nullptr && object != self.queue) {
        stop_work(self);
    }
}

void return_to_queue(thread &self) noexcept {
    if (self.queue != nullptr && !self.counted_in_queue) {
        self.counted_in_queue = true;
        self.queue->CurrentCount = self.queue->CurrentCount + 1;
    }
}

}  // namespace emu::dispatcher
