// DPCs: KeInitializeDpc, KeInsertQueueDpc and their kin.
#include "emu/machine/dpc.hpp"

#include "emu/machine/generic_call.hpp"
#include "emu/machine/ipi_call.hpp"
#include "emu/machine/processor.hpp"
#include "emu/nt/dispatcher_object.hpp"
#include "emu/nt/enter.hpp"

namespace emu::nt {

namespace {

using verify::call;

KDPC &dpc_of(const call &at) { return *static_cast<KDPC *>(const_cast<void *>(at.object)); }

void initialize(const call &at, std::uint8_t type, PKDEFERRED_ROUTINE routine, PVOID context) {
    require_address<8>(at);
    if (machine::is_queued(dpc_of(at))) {
        stop_on(verify::judge_initialise(at, "KDPC"));
        machine::remove_dpc(dpc_of(at));
    }
    machine::initialize_dpc(dpc_of(at), type, routine, context);
}

void set_target(const call &at, unsigned number) {
    dpc_of(at).Number = static_cast<USHORT>(machine::first_target + number);
}

}  // namespace

// A wild pointer faults here, before any lock of ours is held.
void require_dpc(const call &at) {
    require_address<8>(at);
    const std::uint8_t type = *static_cast<const volatile UCHAR *>(&dpc_of(at).Type);
    if (type != machine::dpc_object && type != machine::threaded_dpc_object) {
        stop_on(verify::judge_dpc_type(at, type));
    }
}

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

VOID NTAPI KeInitializeDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine, PVOID DeferredContext) {
    context &self = enter<routine::KeInitializeDpc>(Dpc, EMU_CALLER);
    initialize({self, routine::KeInitializeDpc, Dpc, EMU_CALLER}, machine::dpc_object,
               DeferredRoutine, DeferredContext);
}

VOID NTAPI KeInitializeThreadedDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine,
                                   PVOID DeferredContext) {
    context &self = enter<routine::KeInitializeThreadedDpc>(Dpc, EMU_CALLER);
    initialize({self, routine::KeInitializeThreadedDpc, Dpc, EMU_CALLER},
               machine::threaded_dpc_object, DeferredRoutine, DeferredContext);
}

BOOLEAN NTAPI KeInsertQueueDpc(PRKDPC Dpc, PVOID SystemArgument1, PVOID SystemArgument2) {
    context &self = enter<routine::KeInsertQueueDpc, interferes::yes>(Dpc, EMU_CALLER);
    require_dpc({self, routine::KeInsertQueueDpc, Dpc, EMU_CALLER});
    return machine::insert_dpc(self, *Dpc, SystemArgument1, SystemArgument2);
}

BOOLEAN NTAPI KeRemoveQueueDpc(PRKDPC Dpc) {
    context &self = enter<routine::KeRemoveQueueDpc, interferes::yes>(Dpc, EMU_CALLER);
    require_dpc({self, routine::KeRemoveQueueDpc, Dpc, EMU_CALLER});
    return machine::remove_dpc(*Dpc);
}

VOID NTAPI KeFlushQueuedDpcs(VOID) {
    context &self = enter<routine::KeFlushQueuedDpcs, interferes::yes>(nullptr, EMU_CALLER);
    machine::flush_dpcs(self);
}

VOID NTAPI KeSetImportanceDpc(PRKDPC Dpc, KDPC_IMPORTANCE Importance) {
    const call at{enter<routine::KeSetImportanceDpc>(Dpc, EMU_CALLER), routine::KeSetImportanceDpc,
                  Dpc, EMU_CALLER};
    require_dpc(at);
    if (Importance < LowImportance || Importance > MediumHighImportance) {
        stop_on(verify::broken(at, rule::invalid_parameter, {}, "there is no importance %d",
                               static_cast<int>(Importance)));
    }
    Dpc->Importance = static_cast<UCHAR>(Importance);
}

VOID NTAPI KeSetTargetProcessorDpc(PRKDPC Dpc, CCHAR Number) {
    const call at{enter<routine::KeSetTargetProcessorDpc>(Dpc, EMU_CALLER),
                  routine::KeSetTargetProcessorDpc, Dpc, EMU_CALLER};
    require_dpc(at);
    const auto number = static_cast<UCHAR>(Number);
    if (number >= machine::processor_count()) {
        stop_on(verify::judge_target_processor(at, number, machine::processor_count()));
    }
    set_target(at, number);
}

NTSTATUS NTAPI KeSetTargetProcessorDpcEx(PKDPC Dpc, PPROCESSOR_NUMBER ProcNumber) {
    const call at{enter<routine::KeSetTargetProcessorDpcEx>(Dpc, EMU_CALLER),
                  routine::KeSetTargetProcessorDpcEx, Dpc, EMU_CALLER};
    require_dpc(at);
    if (ProcNumber->Group != 0 || ProcNumber->Reserved != 0 ||
        ProcNumber->Number >= machine::processor_count()) {
        return STATUS_INVALID_PARAMETER;
    }
    set_target(at, ProcNumber->Number);
    return STATUS_SUCCESS;
}

LOGICAL NTAPI KeIsExecutingDpc(VOID) {
    return machine::dpc_runs_on(enter<routine::KeIsExecutingDpc>(nullptr, EMU_CALLER));
}

LOGICAL NTAPI KeShouldYieldProcessor(VOID) {
    enter<routine::KeShouldYieldProcessor>(nullptr, EMU_CALLER);
    return FALSE;
}

NTSTATUS NTAPI KeQueryDpcWatchdogInformation(PKDPC_WATCHDOG_INFORMATION WatchdogInformation) {
    const context &self =
        enter<routine::KeQueryDpcWatchdogInformation>(WatchdogInformation, EMU_CALLER);
    if (!machine::dpc_runs_on(self)) {
        return STATUS_UNSUCCESSFUL;
    }
    *WatchdogInformation = {};  // no limits: zero is "disabled"
    return STATUS_SUCCESS;
}

VOID NTAPI IoInitializeDpcRequest(PDEVICE_OBJECT DeviceObject, PIO_DPC_ROUTINE DpcRoutine) {
    context &self = enter<routine::IoInitializeDpcRequest>(DeviceObject, EMU_CALLER);
    constexpr routine by = routine::IoInitializeDpcRequest;
    require_address<8>({self, by, DeviceObject, EMU_CALLER});
    // The two types differ in what their pointers point at.
    initialize({self, by, &DeviceObject->Dpc, EMU_CALLER}, machine::dpc_object,
               reinterpret_cast<PKDEFERRED_ROUTINE>(reinterpret_cast<void *>(DpcRoutine)),
               DeviceObject);
}

VOID NTAPI IoRequestDpc(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context) {
    context &self = enter<routine::IoRequestDpc, interferes::yes>(DeviceObject, EMU_CALLER);
    require_address<8>({self, routine::IoRequestDpc, DeviceObject, EMU_CALLER});
    require_dpc({self, routine::IoRequestDpc, &DeviceObject->Dpc, EMU_CALLER});
    machine::insert_dpc(self, DeviceObject->Dpc, Irp, Context);
}

ULONG_PTR NTAPI KeIpiGenericCall(PKIPI_BROADCAST_WORKER BroadcastFunction, ULONG_PTR Context) {
    context &self = enter<routine::KeIpiGenericCall, interferes::yes>(nullptr, EMU_CALLER);
    return machine::interrupt_all_processors(self, BroadcastFunction, Context);
}

VOID NTAPI KeGenericCallDpc(PKDEFERRED_ROUTINE Routine, PVOID Context) {
    context &self = enter<routine::KeGenericCallDpc, interferes::yes>(nullptr, EMU_CALLER);
    machine::call_on_all_processors(self, Routine, Context);
}

VOID NTAPI KeSignalCallDpcDone(PVOID SystemArgument1) {
    enter<routine::KeSignalCallDpcDone, interferes::yes>(nullptr, EMU_CALLER);
    machine::generic_call_done(SystemArgument1);
}

LOGICAL NTAPI KeSignalCallDpcSynchronize(PVOID SystemArgument2) {
    context &self =
        enter<routine::KeSignalCallDpcSynchronize, interferes::yes>(nullptr, EMU_CALLER);
    return machine::generic_call_synchronize(self, SystemArgument2);
}

}  // extern "C"
