// Waits: KeWaitForSingleObject and KeDelayExecutionThread.
#include "emu/dispatcher/wait.hpp"

#include "emu/machine/pool.hpp"
#include "emu/machine/processor.hpp"
#include "emu/nt/dispatcher_object.hpp"
#include "emu/verify/bug_checks.hpp"

namespace emu::nt {

namespace {

using verify::call;

// One look at the header: a wild pointer faults here, before any lock of ours is held.
dispatcher::header_state look_at(const call &at) {
    require_address<8>(at);
    const auto &header = *static_cast<const DISPATCHER_HEADER *>(at.object);
    static_cast<void>(*static_cast<const volatile UCHAR *>(&header.Type));
    const dispatcher::header_state seen = dispatcher::state_of(header);
    if (seen.first_word == machine::freed_word) {
        stop_on(
            verify::broken(at, rule::freed_object, {}, "the object lies in freed pool memory"));
    }
    if (!seen.has_wait_list) {
        stop_on(verify::broken(at, rule::overwritten_object, {},
                               "the dispatcher header is zero: the object was never initialised"));
    }
    return seen;
}

// After KeSetEvent(Wait = TRUE) the level is DISPATCH_LEVEL on the wait's behalf.
void restore_level_after_set(context &self) {
    if (self.thread->level_after_set >= 0) {
        machine::set_irql(self, static_cast<std::uint8_t>(self.thread->level_after_set));
        self.thread->level_after_set = -1;
    }
}

}  // namespace

void require_event(const call &at) {
    const dispatcher::header_state seen = look_at(at);
    if (seen.type > dispatcher::synchronization_event) {
        stop_on(verify::broken(at, rule::wrong_object_type, {},
                               "the object's type byte is %u; an event's is 0 or 1", seen.type));
    }
}

void require_waitable(const call &at) {
    const dispatcher::header_state seen = look_at(at);
    if (!dispatcher::is_dispatcher_object(seen.type)) {
        stop_on(verify::broken(
            at, rule::wrong_object_type, {},
            "the object's type byte is %u; no object that can be waited for has it", seen.type));
    }
}

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

NTSTATUS NTAPI KeWaitForSingleObject(PVOID Object, KWAIT_REASON, KPROCESSOR_MODE, BOOLEAN,
                                     PLARGE_INTEGER Timeout) {
    context &self = enter<routine::KeWaitForSingleObject, interferes::yes>(Object, EMU_CALLER);
    const verify::call at{self, routine::KeWaitForSingleObject, Object, EMU_CALLER};
    require_waitable(at);
    const std::uint64_t deadline = dispatcher::deadline_of(Timeout);
    restore_level_after_set(self);
    const bool polls = Timeout != nullptr && Timeout->QuadPart == 0;
    if (self.irql > DISPATCH_LEVEL || (self.irql == DISPATCH_LEVEL && !polls)) {
        stop_on(verify::judge_wait_level(at, Timeout));
    }
    note_blocked(at);
    const NTSTATUS status = dispatcher::wait_for_one(
        *self.thread, *static_cast<DISPATCHER_HEADER *>(Object), deadline);
    note_unblocked(at);
    return status;
}

NTSTATUS NTAPI KeDelayExecutionThread(KPROCESSOR_MODE, BOOLEAN, PLARGE_INTEGER Interval) {
    context &self = enter<routine::KeDelayExecutionThread, interferes::yes>(Interval, EMU_CALLER);
    require_address<8>({self, routine::KeDelayExecutionThread, Interval, EMU_CALLER});
    self.waits_in = routine::KeDelayExecutionThread;
    self.waits_at = EMU_CALLER;
    dispatcher::delay(*self.thread, dispatcher::deadline_of(Interval));
    return STATUS_SUCCESS;
}

}  // extern "C"
