// What a driver may ask and set of threads: priorities, times, identity, stacks.
#include <utility>

#include "emu/dispatcher/cancel.hpp"
#include "emu/machine/machine.hpp"
#include "emu/nt/enter.hpp"
#include "emu/sched/sched.hpp"

namespace emu::nt {

namespace {

using verify::call;

constexpr std::uint64_t ns_per_clock_tick = 15'625'000;

// Ends the context unless the address is a thread's, which may have ended.
machine::thread &thread_at(const call &at) {
    const machine::object_header *header = machine::header_of(at.object);
    if (header == nullptr || header->type != machine::object_type::thread) {
        stop_on(verify::broken(at,
                               at.object == nullptr ? rule::null_object : rule::wrong_object_type,
                               {}, "%p is no thread", at.object));
        return *at.self.thread;  // retail would read whatever lies there
    }
    return *static_cast<machine::thread *>(const_cast<void *>(at.object));
}

template <routine R>
machine::thread &enter_about(const void *thread, const void *caller) {
    return thread_at({enter<R>(thread, caller), R, thread, caller});
}

std::uint64_t age_ns(const machine::thread &of) { return sched::now_ns() - of.created_ns; }

host::stack current_stack(const context &self) {
    const host::stack known = self.thread->actor.running_on->bounds;
    return known.low != nullptr ? known : host::host_thread_stack();
}

struct callout {
    PEXPAND_STACK_CALLOUT routine;
    void *parameter;
};

void run_callout(void *argument) {
    const auto &what = *static_cast<callout *>(argument);
    what.routine(what.parameter);
}

NTSTATUS call_on_larger_stack(const call &at, callout what, SIZE_T size) {
    if (what.routine == nullptr) {
        stop_on(verify::broken(at, rule::null_object, {}, "Callout is null"));
    }
    if (size > MAXIMUM_EXPANSION_SIZE) {
        return STATUS_INVALID_PARAMETER_3;
    }
    sched::call_on_second_stack(at.self.thread->actor, run_callout, &what);
    return STATUS_SUCCESS;
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

KPRIORITY NTAPI KeQueryPriorityThread(PRKTHREAD Thread) {
    return enter_about<routine::KeQueryPriorityThread>(Thread, EMU_CALLER).priority;
}

KPRIORITY NTAPI KeSetPriorityThread(PKTHREAD Thread, KPRIORITY Priority) {
    machine::thread &of = enter_about<routine::KeSetPriorityThread>(Thread, EMU_CALLER);
    if (Priority < 1 || Priority > HIGH_PRIORITY) {
        stop_on(verify::broken({self_context(), routine::KeSetPriorityThread, Thread, EMU_CALLER},
                               rule::invalid_parameter, {}, "priority %d is not from 1 to %d",
                               Priority, HIGH_PRIORITY));
    }
    return std::exchange(of.priority, Priority);
}

LONG NTAPI KeSetBasePriorityThread(PKTHREAD Thread, LONG Increment) {
    machine::thread &of = enter_about<routine::KeSetBasePriorityThread>(Thread, EMU_CALLER);
    of.priority = machine::thread::normal_priority + Increment;
    return std::exchange(of.base_increment, Increment);
}

UCHAR NTAPI KeSetIdealProcessorThread(PKTHREAD Thread, UCHAR Processor) {
    return std::exchange(
        enter_about<routine::KeSetIdealProcessorThread>(Thread, EMU_CALLER).ideal_processor,
        Processor);
}

BOOLEAN NTAPI KeSetKernelStackSwapEnable(BOOLEAN Enable) {
    context &self = enter<routine::KeSetKernelStackSwapEnable>(nullptr, EMU_CALLER);
    return std::exchange(self.thread->stack_swap, Enable != FALSE);
}

ULONG NTAPI KeQueryRuntimeThread(PKTHREAD Thread, PULONG UserTime) {
    const machine::thread &of = enter_about<routine::KeQueryRuntimeThread>(Thread, EMU_CALLER);
    if (UserTime != nullptr) {
        *UserTime = 0;
    }
    return static_cast<ULONG>(age_ns(of) / ns_per_clock_tick);
}

ULONG64 NTAPI KeQueryTotalCycleTimeThread(PKTHREAD Thread, PULONG64 CycleTimeStamp) {
    const machine::thread &of =
        enter_about<routine::KeQueryTotalCycleTimeThread>(Thread, EMU_CALLER);
    if (CycleTimeStamp != nullptr) {
        *CycleTimeStamp = sched::now_ns();
    }
    return age_ns(of);
}

NTSTATUS NTAPI PsLookupThreadByThreadId(HANDLE ThreadId, PETHREAD *Thread) {
    context &self = enter<routine::PsLookupThreadByThreadId>(Thread, EMU_CALLER);
    if (Thread == nullptr) {
        stop_on(verify::broken({self, routine::PsLookupThreadByThreadId, nullptr, EMU_CALLER},
                               rule::null_object, {}, "Thread is null"));
        return STATUS_INVALID_PARAMETER;
    }
    machine::thread *found = machine::thread_of_id(reinterpret_cast<std::uint64_t>(ThreadId));
    *Thread = reinterpret_cast<PETHREAD>(found);
    return found != nullptr ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

BOOLEAN NTAPI PsIsSystemThread(PETHREAD Thread) {
    return enter_about<routine::PsIsSystemThread>(Thread, EMU_CALLER).system;
}

BOOLEAN NTAPI IoIsSystemThread(PETHREAD Thread) {
    return enter_about<routine::IoIsSystemThread>(Thread, EMU_CALLER).system;
}

BOOLEAN NTAPI PsIsThreadTerminating(PETHREAD Thread) {
    const machine::thread &of = enter_about<routine::PsIsThreadTerminating>(Thread, EMU_CALLER);
    return of.ended || dispatcher::termination_requested(of);
}

LONGLONG NTAPI PsGetThreadCreateTime(PETHREAD Thread) {
    const machine::thread &of = enter_about<routine::PsGetThreadCreateTime>(Thread, EMU_CALLER);
    return machine::boot_system_time() + static_cast<LONGLONG>(of.created_ns / 100);
}

NTSTATUS NTAPI PsGetThreadExitStatus(PETHREAD Thread) {
    const machine::thread &of = enter_about<routine::PsGetThreadExitStatus>(Thread, EMU_CALLER);
    return of.ended ? of.exit_status : STATUS_PENDING;
}

HANDLE NTAPI PsGetThreadProcessId(PETHREAD Thread) {
    enter_about<routine::PsGetThreadProcessId>(Thread, EMU_CALLER);
    return reinterpret_cast<HANDLE>(machine::system_process_id);
}

PEPROCESS NTAPI IoThreadToProcess(PETHREAD Thread) {
    enter_about<routine::IoThreadToProcess>(Thread, EMU_CALLER);
    return static_cast<PEPROCESS>(machine::system_process());
}

PEPROCESS NTAPI IoGetCurrentProcess(VOID) {
    enter<routine::IoGetCurrentProcess>(nullptr, EMU_CALLER);
    return static_cast<PEPROCESS>(machine::system_process());
}

HANDLE NTAPI PsGetCurrentProcessId(VOID) {
    enter<routine::PsGetCurrentProcessId>(nullptr, EMU_CALLER);
    return reinterpret_cast<HANDLE>(machine::system_process_id);
}

HANDLE NTAPI PsGetProcessId(PEPROCESS Process) {
    context &self = enter<routine::PsGetProcessId>(Process, EMU_CALLER);
    const machine::object_header *header = machine::header_of(Process);
    if (header == nullptr || header->type != machine::object_type::process) {
        stop_on(verify::broken({self, routine::PsGetProcessId, Process, EMU_CALLER},
                               rule::wrong_object_type, {}, "%p is no process",
                               static_cast<void *>(Process)));
        return nullptr;
    }
    return reinterpret_cast<HANDLE>(machine::system_process_id);
}

PVOID NTAPI PsGetCurrentThreadTeb(VOID) {
    enter<routine::PsGetCurrentThreadTeb>(nullptr, EMU_CALLER);
    return nullptr;
}

BOOLEAN NTAPI IoSetThreadHardErrorMode(BOOLEAN EnableHardErrors) {
    context &self = enter<routine::IoSetThreadHardErrorMode>(nullptr, EMU_CALLER);
    return std::exchange(self.thread->hard_errors, EnableHardErrors != FALSE);
}

ULONG_PTR NTAPI IoGetRemainingStackSize(VOID) {
    const context &self = enter<routine::IoGetRemainingStackSize>(nullptr, EMU_CALLER);
    const auto low = reinterpret_cast<ULONG_PTR>(current_stack(self).low);
    return reinterpret_cast<ULONG_PTR>(__builtin_frame_address(0)) - low;
}

VOID NTAPI IoGetStackLimits(PULONG_PTR LowLimit, PULONG_PTR HighLimit) {
    const host::stack stack =
        current_stack(enter<routine::IoGetStackLimits>(LowLimit, EMU_CALLER));
    *LowLimit = reinterpret_cast<ULONG_PTR>(stack.low);
    *HighLimit = *LowLimit + stack.size;
}

LOGICAL NTAPI IoWithinStackLimits(ULONG_PTR RegionStart, SIZE_T RegionSize) {
    const host::stack stack =
        current_stack(enter<routine::IoWithinStackLimits>(nullptr, EMU_CALLER));
    const auto low = reinterpret_cast<ULONG_PTR>(stack.low);
    return RegionStart >= low && RegionSize <= stack.size &&
           RegionStart - low <= stack.size - RegionSize;
}

NTSTATUS NTAPI KeExpandKernelStackAndCallout(PEXPAND_STACK_CALLOUT Callout, PVOID Parameter,
                                             SIZE_T Size) {
    context &self = enter<routine::KeExpandKernelStackAndCallout>(nullptr, EMU_CALLER);
    return call_on_larger_stack(
        {self, routine::KeExpandKernelStackAndCallout, nullptr, EMU_CALLER}, {Callout, Parameter},
        Size);
}

NTSTATUS NTAPI KeExpandKernelStackAndCalloutEx(PEXPAND_STACK_CALLOUT Callout, PVOID Parameter,
                                               SIZE_T Size, BOOLEAN, PVOID) {
    context &self = enter<routine::KeExpandKernelStackAndCalloutEx>(nullptr, EMU_CALLER);
    return call_on_larger_stack(
        {self, routine::KeExpandKernelStackAndCalloutEx, nullptr, EMU_CALLER},
        {Callout, Parameter}, Size);
}

}  // extern "C"
