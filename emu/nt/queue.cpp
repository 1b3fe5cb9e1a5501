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
    const verify::call at{self, routine::KeRemoveQueue, Queue, EMU_CALLER};
    require_queue(at);
    if (WaitMode != KernelMode) {
        stop_on(verify::judge_user_mode_wait(at, false));
    }
    dispatcher::ask_for_entry(*Queue, *self.thread);
    void *const objects[] = {Queue};
    const NTSTATUS status =
        wait_as(at,
                {objects, false, WaitMode != KernelMode, WaitMode,
                 dispatcher::deadline_of(Timeout), self.thread->wait_blocks.data()},
                Timeout, 0);
    return status == STATUS_SUCCESS
               ? self.thread->taken
               : reinterpret_cast<PLIST_ENTRY>(static_cast<ULONG_PTR>(status));
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
