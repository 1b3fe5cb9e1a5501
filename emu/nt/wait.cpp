// Waits: KeWaitForSingleObject, KeWaitForMultipleObjects and KeDelayExecutionThread.
//
// All three become one wait_request.  A mutex that a wait has acquired becomes a held lock; which
// of the objects are mutexes is looked up before the wait, as any other object may be gone after.
#include "emu/nt/wait.hpp"

#include <array>
#include <mutex>

#include "emu/machine/dispatcher_lock.hpp"
#include "emu/machine/apc.hpp"
#include "emu/machine/pool.hpp"
#include "emu/machine/processor.hpp"
#include "emu/nt/dispatcher_object.hpp"
#include "emu/nt/raise.hpp"
#include "emu/trace/events.hpp"
#include "emu/verify/bug_checks.hpp"
#include "emu/verify/held.hpp"

namespace emu::nt {

namespace {

using verify::call;

dispatcher::header_state look_at(const call &at) {
    require_address<8>(at);
    const auto &header = *static_cast<const DISPATCHER_HEADER *>(at.object);
    touch<DISPATCHER_HEADER>(&header);
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

void set_level_after_wait(machine::thread &self, std::int32_t level) {
    const std::lock_guard held(machine::the_dispatcher_lock);
    self.level_after_set = level;
    machine::renew_attention(self);
}

void note_mutex(const call &at, void *object) {
    if (!verify::room_to_hold(at.self)) {
        verify::grow_held(at.self);
    }
    const bool is_mutex = static_cast<const KMUTANT *>(object)->ApcDisable != 0;
    const lock_family family = is_mutex ? lock_family::mutex : lock_family::mutant;
    verify::note_acquired(at.self, {object, at.caller, {family, lock_mode::exclusive, at.by}});
    at.self.held[at.self.held_count - 1].level = at.self.irql;
    trace_event({at.self, at.by, object, at.caller}, trace::event_kind::acquired);
}

// The alert or user APC that a test asked for where this wait would block or time out.
NTSTATUS interruption_on_request(const call &at, const dispatcher::wait_request &wanted) {
    if (wanted.alertable && machine::fails(fault::alert, {at.by, at.caller})) {
        return STATUS_ALERTED;
    }
    if (wanted.mode != KernelMode && machine::fails(fault::user_apc, {at.by, at.caller})) {
        return STATUS_USER_APC;
    }
    return STATUS_SUCCESS;
}

// Which of the objects the status says the thread has now.
void note_mutexes(const call &at, const dispatcher::wait_request &wanted, NTSTATUS status,
                  std::uint64_t mutants) {
    const auto index = static_cast<std::uint32_t>(status & ~STATUS_ABANDONED);
    if (status < 0 || status >= STATUS_ABANDONED + MAXIMUM_WAIT_OBJECTS ||
        index >= MAXIMUM_WAIT_OBJECTS) {
        return;  // timed out, alerted
    }
    for (std::uint32_t i = 0; i < wanted.objects.size(); ++i) {
        if ((mutants >> i & 1) != 0 && (wanted.all || i == index)) {
            note_mutex(at, wanted.objects[i]);
        }
    }
}

}  // namespace

void require_kind(const call &at, UCHAR first, UCHAR last, const char *words) {
    const dispatcher::header_state seen = look_at(at);
    if (seen.type < first || seen.type > last) {
        stop_on(verify::broken(at, rule::wrong_object_type, {},
                               "the object's type byte is %u; %s %u", seen.type, words, first));
    }
}

void require_event(const call &at) {
    const dispatcher::header_state seen = look_at(at);
    if (seen.type > dispatcher::synchronization_event) {
        stop_on(verify::broken(at, rule::wrong_object_type, {},
                               "the object's type byte is %u; an event's is 0 or 1", seen.type));
    }
}

UCHAR require_waitable(const call &at) {
    const dispatcher::header_state seen = look_at(at);
    if (!dispatcher::is_dispatcher_object(seen.type)) {
        stop_on(verify::broken(
            at, rule::wrong_object_type, {},
            "the object's type byte is %u; no object that can be waited for has it", seen.type));
    }
    return seen.type;
}

void stay_raised_for_wait(context &self) {
    set_level_after_wait(*self.thread, machine::set_irql(self, machine::dispatch_level));
}

void restore_level_for_wait(context &self) {
    if (const std::int32_t level = self.thread->level_after_set; level >= 0) {
        set_level_after_wait(*self.thread, -1);
        machine::set_irql(self, static_cast<std::uint8_t>(level));
    }
}

NTSTATUS wait_as(const call &at, const dispatcher::wait_request &wanted, const void *timeout,
                 std::uint64_t mutants) {
    restore_level_for_wait(at.self);
    const bool polls = timeout != nullptr && *static_cast<const LONGLONG *>(timeout) == 0;
    if (at.self.irql > DISPATCH_LEVEL || (at.self.irql == DISPATCH_LEVEL && !polls)) {
        stop_on(verify::judge_wait_level(at, timeout));
    }
    auto status = dispatcher::try_wait(at.self, wanted);
    if (!status || *status == STATUS_TIMEOUT) {
        dispatcher::wait_request interrupted = wanted;
        interrupted.cut_short = interruption_on_request(at, wanted);
        if (interrupted.cut_short != STATUS_SUCCESS) {
            status = dispatcher::try_wait(at.self, interrupted);
        }
    }
    if (!status) {
        note_blocked(at);
        status = dispatcher::wait(at.self, wanted);
        note_unblocked(at);
    }
    if (*status == STATUS_MUTANT_LIMIT_EXCEEDED) {
        raise_status(*status, at.caller);
    }
    note_mutexes(at, wanted, *status, mutants);
    return *status;
}

std::uint64_t look_at_objects(const verify::call &at, std::span<void *const> objects,
                              KPROCESSOR_MODE mode) {
    std::uint64_t mutants = 0;
    for (std::size_t i = 0; i < objects.size(); ++i) {
        const verify::call about{at.self, at.by, objects[i], at.caller};
        const bool is_mutant = require_waitable(about) == dispatcher::mutant_object;
        mutants |= std::uint64_t{is_mutant} << i;
        if (mode != KernelMode) {
            stop_on(verify::judge_user_mode_wait(about, is_mutant));
        }
    }
    return mutants;
}

// More objects than wait blocks is a bug check of retail Windows.
void require_wait_blocks(const verify::call &at, ULONG count, const KWAIT_BLOCK *blocks) {
    const ULONG most = blocks != nullptr ? MAXIMUM_WAIT_OBJECTS : THREAD_WAIT_OBJECTS;
    if (count > most) {
        stop_on(verify::broken(at, rule::too_many_wait_objects, {0xC, {}},
                               "%u objects %s a WaitBlockArray; at most %u are allowed", count,
                               blocks != nullptr ? "with" : "without", most));
    }
    if (count == 0) {
        stop_on(verify::broken(at, rule::invalid_parameter, {}, "there is no object to wait for"));
    }
}

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

NTSTATUS NTAPI KeWaitForSingleObject(PVOID Object, KWAIT_REASON, KPROCESSOR_MODE WaitMode,
                                     BOOLEAN Alertable, PLARGE_INTEGER Timeout) {
    context &self = enter<routine::KeWaitForSingleObject, interferes::yes>(Object, EMU_CALLER);
    const verify::call at{self, routine::KeWaitForSingleObject, Object, EMU_CALLER};
    const std::span<void *const> objects(&Object, 1);
    const std::uint64_t mutants = look_at_objects(at, objects, WaitMode);
    return wait_as(at,
                   {objects, false, Alertable != FALSE, WaitMode, dispatcher::deadline_of(Timeout),
                    self.thread->wait_blocks.data()},
                   Timeout, mutants);
}

NTSTATUS NTAPI KeWaitForMultipleObjects(ULONG Count, PVOID Object[], WAIT_TYPE WaitType,
                                        KWAIT_REASON, KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                        PLARGE_INTEGER Timeout, PKWAIT_BLOCK WaitBlockArray) {
    context &self = enter<routine::KeWaitForMultipleObjects, interferes::yes>(Object, EMU_CALLER);
    const verify::call array{self, routine::KeWaitForMultipleObjects, Object, EMU_CALLER};
    require_address<8>(array);
    require_wait_blocks(array, Count, WaitBlockArray);
    const verify::call at{self, array.by, Object[0], EMU_CALLER};
    const std::span<void *const> objects(Object, Count);
    const std::uint64_t mutants = look_at_objects(at, objects, WaitMode);
    KWAIT_BLOCK *blocks =
        WaitBlockArray != nullptr ? WaitBlockArray : self.thread->wait_blocks.data();
    return wait_as(at,
                   {objects, WaitType == WaitAll, Alertable != FALSE, WaitMode,
                    dispatcher::deadline_of(Timeout), blocks},
                   Timeout, mutants);
}

NTSTATUS NTAPI KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                      PLARGE_INTEGER Interval) {
    context &self = enter<routine::KeDelayExecutionThread, interferes::yes>(Interval, EMU_CALLER);
    require_address<8>({self, routine::KeDelayExecutionThread, Interval, EMU_CALLER});
    self.waits_in = routine::KeDelayExecutionThread;
    self.waits_at = EMU_CALLER;
    dispatcher::wait_request wanted{
        {}, false, Alertable != FALSE, WaitMode, dispatcher::deadline_of(Interval), nullptr};
    wanted.cut_short = interruption_on_request(
        {self, routine::KeDelayExecutionThread, Interval, EMU_CALLER}, wanted);
    const NTSTATUS status = dispatcher::wait(self, wanted);
    return status == STATUS_TIMEOUT ? STATUS_SUCCESS : status;
}

}  // extern "C"
