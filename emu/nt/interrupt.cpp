// Interrupts: IoConnectInterrupt, KeSynchronizeExecution and their kin; and what raises them.
#include "emu/machine/interrupt.hpp"

#include "emu/interrupt.hpp"
#include "emu/machine/interruption.hpp"
#include "emu/machine/processor.hpp"
#include "emu/nt/enter.hpp"
#include "emu/verify/held.hpp"

namespace emu::nt {

namespace {

using verify::call;

constexpr held_lock::kind interrupt_lock{lock_family::interrupt_spin_lock, lock_mode::exclusive,
                                         routine::KeAcquireInterruptSpinLock};

bool is_device_level(KIRQL level) { return level > DISPATCH_LEVEL && level <= HIGH_LEVEL; }

NTSTATUS connect(const IO_CONNECT_INTERRUPT_FULLY_SPECIFIED_PARAMETERS &wanted) {
    if (wanted.ServiceRoutine == nullptr || wanted.InterruptObject == nullptr ||
        !is_device_level(wanted.Irql) || wanted.SynchronizeIrql < wanted.Irql ||
        wanted.SynchronizeIrql > HIGH_LEVEL ||
        (wanted.ProcessorEnableMask & machine::active_processors()) == 0) {
        return STATUS_INVALID_PARAMETER;
    }
    KINTERRUPT &made = machine::connect_interrupt();
    made.routine = wanted.ServiceRoutine;
    made.told = reinterpret_cast<const void *>(wanted.ServiceRoutine);
    made.context = wanted.ServiceContext;
    made.lock = wanted.SpinLock != nullptr ? wanted.SpinLock : &made.own_lock;
    made.vector = wanted.Vector;
    made.irql = wanted.Irql;
    made.synchronize_irql = wanted.SynchronizeIrql;
    made.processors = wanted.ProcessorEnableMask;
    *wanted.InterruptObject = &made;
    return STATUS_SUCCESS;
}

// Ends the context unless it is a connected interrupt.
KINTERRUPT &require_interrupt(const call &at) {
    auto *one = static_cast<KINTERRUPT *>(const_cast<void *>(at.object));
    if (!machine::is_connected(one)) {
        stop_on(verify::broken(at, at.object == nullptr ? rule::null_object : rule::freed_object,
                               {}, "%p is no interrupt that is connected", at.object));
        __builtin_unreachable();  // both rules are enforced in every fidelity
    }
    return *one;
}

// Ends the context if the interrupt's lock cannot be taken here.
void require_can_lock(const call &at, const KINTERRUPT &of) {
    if (at.self.irql > of.synchronize_irql) {
        stop_on(verify::broken(at, rule::irql_too_high, {},
                               "the interrupt's SynchronizeIrql is %u; the current IRQL is %u",
                               of.synchronize_irql, at.self.irql));
    }
    if (of.holder.load(std::memory_order_relaxed) == &at.self) {
        stop_on(verify::broken(at, rule::recursive_acquire, {},
                               "this %s holds the interrupt's lock already",
                               name_of(at.self.kind)));
    }
}

void record_held(context &self, const held_lock &record) {
    if (!verify::room_to_hold(self)) {
        verify::grow_held(self);
    }
    verify::note_acquired(self, record);
}

// Its record must be there; drops it.
void require_held(const call &at) {
    const held_lock *record = verify::find_held(at.self, at.object);
    if (record != nullptr) {
        return verify::drop_held(at.self, *record);
    }
    const auto &of = *static_cast<const KINTERRUPT *>(at.object);
    const bool held = of.holder.load(std::memory_order_relaxed) != nullptr;
    stop_on(verify::broken(at, held ? rule::release_not_owner : rule::unheld_release, {},
                           "this %s does not hold the interrupt's lock", name_of(at.self.kind)));
}

void disconnect(const call &at) { machine::disconnect_interrupt(at.self, require_interrupt(at)); }

struct synchronized_call {
    PKSYNCHRONIZE_ROUTINE routine;
    PVOID context;
    BOOLEAN returned;
};

void call_synchronized(void *argument) {
    auto &call = *static_cast<synchronized_call *>(argument);
    call.returned = call.routine(call.context);
}

BOOLEAN synchronize(const call &at, KINTERRUPT &with, synchronized_call called) {
    const std::uint8_t before = machine::acquire_interrupt_lock(at.self, with);
    callback_entry began;
    began.routine = reinterpret_cast<const void *>(called.routine);
    began.object = &with;
    machine::note_callback_begin(at.self, began);
    machine::call_driver(call_synchronized, &called);
    machine::report_callback_end(at.self, began);
    machine::release_interrupt_lock(at.self, with, before);
    return called.returned;
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

NTSTATUS NTAPI IoConnectInterrupt(PKINTERRUPT *InterruptObject, PKSERVICE_ROUTINE ServiceRoutine,
                                  PVOID ServiceContext, PKSPIN_LOCK SpinLock, ULONG Vector,
                                  KIRQL Irql, KIRQL SynchronizeIrql, KINTERRUPT_MODE InterruptMode,
                                  BOOLEAN ShareVector, KAFFINITY ProcessorEnableMask,
                                  BOOLEAN FloatingSave) {
    enter<routine::IoConnectInterrupt, interferes::yes>(InterruptObject, EMU_CALLER);
    return connect({nullptr, InterruptObject, ServiceRoutine, ServiceContext, SpinLock,
                    SynchronizeIrql, FloatingSave, ShareVector, Vector, Irql, InterruptMode,
                    ProcessorEnableMask, 0});
}

NTSTATUS NTAPI IoConnectInterruptEx(PIO_CONNECT_INTERRUPT_PARAMETERS Parameters) {
    enter<routine::IoConnectInterruptEx, interferes::yes>(Parameters, EMU_CALLER);
    if (Parameters->Version != CONNECT_FULLY_SPECIFIED &&
        Parameters->Version != CONNECT_FULLY_SPECIFIED_GROUP) {
        return STATUS_NOT_SUPPORTED;
    }
    return connect(Parameters->FullySpecified);
}

VOID NTAPI IoDisconnectInterrupt(PKINTERRUPT InterruptObject) {
    context &self =
        enter<routine::IoDisconnectInterrupt, interferes::yes>(InterruptObject, EMU_CALLER);
    disconnect({self, routine::IoDisconnectInterrupt, InterruptObject, EMU_CALLER});
}

VOID NTAPI IoDisconnectInterruptEx(PIO_DISCONNECT_INTERRUPT_PARAMETERS Parameters) {
    context &self =
        enter<routine::IoDisconnectInterruptEx, interferes::yes>(Parameters, EMU_CALLER);
    disconnect({self, routine::IoDisconnectInterruptEx,
                Parameters->ConnectionContext.InterruptObject, EMU_CALLER});
}

BOOLEAN NTAPI KeSynchronizeExecution(PKINTERRUPT Interrupt,
                                     PKSYNCHRONIZE_ROUTINE SynchronizeRoutine,
                                     PVOID SynchronizeContext) {
    context &self = enter<routine::KeSynchronizeExecution, interferes::yes>(Interrupt, EMU_CALLER);
    const call at{self, routine::KeSynchronizeExecution, Interrupt, EMU_CALLER};
    KINTERRUPT &with = require_interrupt(at);
    require_can_lock(at, with);
    return synchronize(at, with, {SynchronizeRoutine, SynchronizeContext, FALSE});
}

KIRQL NTAPI KeAcquireInterruptSpinLock(PKINTERRUPT Interrupt) {
    context &self =
        enter<routine::KeAcquireInterruptSpinLock, interferes::yes>(Interrupt, EMU_CALLER);
    const call at{self, routine::KeAcquireInterruptSpinLock, Interrupt, EMU_CALLER};
    KINTERRUPT &of = require_interrupt(at);
    require_can_lock(at, of);
    const std::uint8_t before = machine::acquire_interrupt_lock(self, of);
    record_held(self, {Interrupt, EMU_CALLER, interrupt_lock});
    return before;
}

VOID NTAPI KeReleaseInterruptSpinLock(PKINTERRUPT Interrupt, KIRQL OldIrql) {
    context &self =
        enter<routine::KeReleaseInterruptSpinLock, interferes::yes>(Interrupt, EMU_CALLER);
    const call at{self, routine::KeReleaseInterruptSpinLock, Interrupt, EMU_CALLER};
    KINTERRUPT &of = require_interrupt(at);
    require_held(at);
    machine::release_interrupt_lock(self, of, OldIrql);
}

}  // extern "C"

namespace emu {

bool raise_interrupt(_KINTERRUPT *interrupt, int processor) {
    const call at{self_context(), routine::none, interrupt, EMU_CALLER};
    KINTERRUPT &raised = require_interrupt(at);
    if (processor >= static_cast<int>(machine::processor_count())) {
        stop_on(verify::judge_target_processor(at, static_cast<unsigned>(processor),
                                               machine::processor_count()));
    }
    const bool arrives = machine::raise_interrupt(raised, processor);
    attend(at, interferes::yes);
    return arrives;
}

void interrupt_now(_KINTERRUPT *interrupt) {
    const call at{self_context(), routine::none, interrupt, EMU_CALLER};
    KINTERRUPT &raised = require_interrupt(at);
    if (at.self.irql >= raised.irql) {
        stop_on(verify::broken(at, rule::irql_too_high, {},
                               "the interrupt's level is %u; the current IRQL is %u", raised.irql,
                               at.self.irql));
    }
    machine::serve_now(at.self, raised);
}

}  // namespace emu
