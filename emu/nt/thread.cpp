// Threads: PsCreateSystemThread, PsTerminateSystemThread and the queries.
#include "emu/machine/faults.hpp"
#include "emu/machine/machine.hpp"
#include "emu/machine/stop.hpp"
#include "emu/nt/enter.hpp"
#include "emu/nt/unexpected.hpp"

namespace emu::nt {

namespace {

// The driver's start routine may be C++ and may throw; nothing above it could catch that.
void run_start_routine(void *argument) {
    auto &self = *static_cast<machine::thread *>(argument);
    const auto routine = reinterpret_cast<PKSTART_ROUTINE>(self.driver_routine);
    call_and_report_exceptions([&] { routine(self.driver_context); });
}

bool wants_kernel_handle(const OBJECT_ATTRIBUTES *attributes) {
    return attributes != nullptr && (attributes->Attributes & OBJ_KERNEL_HANDLE) != 0;
}

NTSTATUS create_thread(const verify::call &at, HANDLE *handle, const OBJECT_ATTRIBUTES *attributes,
                       CLIENT_ID *id, PKSTART_ROUTINE start, void *with) {
    if (handle == nullptr || start == nullptr) {
        stop_on(verify::broken(at, rule::null_object, {}, "%s is null",
                               handle == nullptr ? "ThreadHandle" : "StartRoutine"));
        return STATUS_INVALID_PARAMETER;
    }
    if (machine::fails(fault::thread_creation, {at.by, at.caller})) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    machine::thread &made = machine::create_thread("system thread");
    made.driver_routine = reinterpret_cast<void (*)(void *)>(start);
    made.driver_context = with;
    made.start_routine = run_start_routine;
    made.start_context = &made;
    *handle =
        reinterpret_cast<HANDLE>(machine::open_handle(&made, wants_kernel_handle(attributes)));
    if (id != nullptr) {
        id->UniqueProcess = reinterpret_cast<HANDLE>(machine::system_process_id);
        id->UniqueThread = reinterpret_cast<HANDLE>(made.id);
    }
    machine::start_thread(made);
    return STATUS_SUCCESS;
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

NTSTATUS NTAPI PsCreateSystemThread(PHANDLE ThreadHandle, ULONG,
                                    POBJECT_ATTRIBUTES ObjectAttributes, HANDLE,
                                    PCLIENT_ID ClientId, PKSTART_ROUTINE StartRoutine,
                                    PVOID StartContext) {
    context &self = enter<routine::PsCreateSystemThread, interferes::yes>(
        reinterpret_cast<void *>(StartRoutine), EMU_CALLER);
    return create_thread({self, routine::PsCreateSystemThread, nullptr, EMU_CALLER}, ThreadHandle,
                         ObjectAttributes, ClientId, StartRoutine, StartContext);
}

NTSTATUS NTAPI IoCreateSystemThread(PVOID IoObject, PHANDLE ThreadHandle, ULONG,
                                    POBJECT_ATTRIBUTES ObjectAttributes, HANDLE,
                                    PCLIENT_ID ClientId, PKSTART_ROUTINE StartRoutine,
                                    PVOID StartContext) {
    context &self = enter<routine::IoCreateSystemThread, interferes::yes>(IoObject, EMU_CALLER);
    const verify::call at{self, routine::IoCreateSystemThread, IoObject, EMU_CALLER};
    if (IoObject == nullptr) {
        stop_on(verify::broken(at, rule::null_object, {}, "IoObject is null"));
    }
    return create_thread(at, ThreadHandle, ObjectAttributes, ClientId, StartRoutine, StartContext);
}

NTSTATUS NTAPI PsTerminateSystemThread(NTSTATUS ExitStatus) {
    context &self = enter<routine::PsTerminateSystemThread>(nullptr, EMU_CALLER);
    if (!self.thread->system) {
        stop_on(verify::broken({self, routine::PsTerminateSystemThread, nullptr, EMU_CALLER},
                               rule::not_a_system_thread, {},
                               "thread %llu was not made by PsCreateSystemThread",
                               static_cast<unsigned long long>(self.thread->id)));
        return STATUS_INVALID_PARAMETER;  // what retail returns
    }
    if (self.thread->worker) {
        stop_on(verify::judge_worker_end(
            {self, routine::PsTerminateSystemThread, nullptr, EMU_CALLER}));
    }
    machine::exit_thread(*self.thread, ExitStatus);
}

PKTHREAD NTAPI KeGetCurrentThread(VOID) {
    return &machine::identity_of(enter<routine::KeGetCurrentThread>(nullptr, EMU_CALLER));
}

PETHREAD NTAPI PsGetCurrentThread(VOID) {
    return reinterpret_cast<PETHREAD>(
        &machine::identity_of(enter<routine::PsGetCurrentThread>(nullptr, EMU_CALLER)));
}

HANDLE NTAPI PsGetCurrentThreadId(VOID) {
    return reinterpret_cast<HANDLE>(
        machine::identity_of(enter<routine::PsGetCurrentThreadId>(nullptr, EMU_CALLER)).id);
}

HANDLE NTAPI PsGetThreadId(PETHREAD Thread) {
    enter<routine::PsGetThreadId>(Thread, EMU_CALLER);
    return reinterpret_cast<HANDLE>(reinterpret_cast<const machine::thread *>(Thread)->id);
}

}  // extern "C"
