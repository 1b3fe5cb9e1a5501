// Queue objects: KeInitializeQueue, KeInsertQueue, KeRemoveQueue and their kin.
#include "emu/dispatcher/queue.hpp"

#include "emu/nt/dispatcher_object.hpp"
#include "emu/nt/wait.hpp"
#include "emu/verify/bug_checks.hpp"

namespace emu::nt {

namespace {

using dispatcher::queue_end;
using verify::call;

void require_queue(const call &at) {
    require_kind(at, dispatcher::queue_object, dispatcher::queue_object, "a queue's is");
}

LONG insert(const call &at, LIST_ENTRY *entry, queue_end where) {
    require_queue(at);
    require_address<8>({at.self, at.by, entry, at.caller});
    auto &queue = object_of<KQUEUE>(at);
    if (dispatcher::entry_is_bad(queue, *entry)) {
        stop_on(verify::broken(
            at, rule::queued_twice,
            {0x96, {verify::address_bits(entry), verify::address_bits(&queue), 0, 0}},
            "the entry %p is in the queue already", static_cast<void *>(entry)));
    }
    return dispatcher::insert_entry(queue, *entry, where);
}

struct removal {
    KPROCESSOR_MODE mode;
    bool alertable;
    const LARGE_INTEGER *timeout;
};

// Waits for an entry, which is the thread's `taken` then.
NTSTATUS wait_for_entry(const call &at, const removal &how) {
    require_queue(at);
    if (how.mode != KernelMode) {
        stop_on(verify::judge_user_mode_wait(at, false));
    }
    auto &queue = object_of<KQUEUE>(at);
    dispatcher::ask_for_entry(queue, *at.self.thread);
    void *const objects[] = {&queue};
    return wait_as(at,
                   {objects, false, how.alertable, how.mode, dispatcher::deadline_of(how.timeout),
                    at.self.thread->wait_blocks.data()},
                   how.timeout, 0);
}

// What there is without waiting goes into the rest of the array.
ULONG take_more(KQUEUE &queue, PLIST_ENTRY *into, ULONG count) {
    ULONG taken = 0;
    while (taken < count) {
        LIST_ENTRY *next = dispatcher::take_another_entry(queue);
        if (next == nullptr) {
            break;
        }
        into[taken++] = next;
    }
    return taken;
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

VOID NTAPI KeInitializeQueue(PRKQUEUE Queue, ULONG Count) {
    context &self = enter<routine::KeInitializeQueue>(Queue, EMU_CALLER);
    require_address<8>({self, routine::KeInitializeQueue, Queue, EMU_CALLER});
    dispatcher::initialize_queue(*Queue, Count);
}

LONG NTAPI KeInsertQueue(PRKQUEUE Queue, PLIST_ENTRY Entry) {
    context &self = enter<routine::KeInsertQueue, interferes::yes>(Queue, EMU_CALLER);
    return insert({self, routine::KeInsertQueue, Queue, EMU_CALLER}, Entry, queue_end::tail);
}

LONG NTAPI KeInsertHeadQueue(PRKQUEUE Queue, PLIST_ENTRY Entry) {
    context &self = enter<routine::KeInsertHeadQueue, interferes::yes>(Queue, EMU_CALLER);
    return insert({self, routine::KeInsertHeadQueue, Queue, EMU_CALLER}, Entry, queue_end::head);
}

PLIST_ENTRY NTAPI KeRemoveQueue(PRKQUEUE Queue, KPROCESSOR_MODE WaitMode, PLARGE_INTEGER Timeout) {
    context &self = enter<routine::KeRemoveQueue, interferes::yes>(Queue, EMU_CALLER);
    const NTSTATUS status = wait_for_entry({self, routine::KeRemoveQueue, Queue, EMU_CALLER},
                                           {WaitMode, WaitMode != KernelMode, Timeout});
    return status == STATUS_SUCCESS
               ? self.thread->taken
               : reinterpret_cast<PLIST_ENTRY>(static_cast<ULONG_PTR>(status));
}

ULONG NTAPI KeRemoveQueueEx(PKQUEUE Queue, KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                            PLARGE_INTEGER Timeout, PLIST_ENTRY *EntryArray, ULONG Count) {
    constexpr routine by = routine::KeRemoveQueueEx;
    context &self = enter<by, interferes::yes>(Queue, EMU_CALLER);
    const verify::call at{self, by, Queue, EMU_CALLER};
    require_address<8>({self, by, EntryArray, EMU_CALLER});
    if (Count == 0) {
        stop_on(verify::broken(at, rule::invalid_parameter, {}, "Count is 0"));
        return 0;
    }
    if (wait_for_entry(at, {WaitMode, Alertable != FALSE, Timeout}) != STATUS_SUCCESS) {
        stop_on(verify::broken(at, rule::not_emulated, {},
                               "KeRemoveQueueEx ended without an entry: no page says what it "
                               "returns and stores then"));
        __builtin_unreachable();  // enforced in every fidelity
    }
    EntryArray[0] = self.thread->taken;
    return 1 + take_more(*Queue, EntryArray + 1, Count - 1);
}

PLIST_ENTRY NTAPI KeRundownQueue(PRKQUEUE Queue) {
    context &self = enter<routine::KeRundownQueue, interferes::yes>(Queue, EMU_CALLER);
    require_queue({self, routine::KeRundownQueue, Queue, EMU_CALLER});
    return dispatcher::run_down_queue(*Queue);
}

LONG NTAPI KeReadStateQueue(PRKQUEUE Queue) {
    context &self = enter<routine::KeReadStateQueue, interferes::yes>(Queue, EMU_CALLER);
    require_queue({self, routine::KeReadStateQueue, Queue, EMU_CALLER});
    return dispatcher::read_queue(*Queue);
}

}  // extern "C"
