// The spin locks that the system owns: the cancel spin lock, the VPB spin lock and the other
// numbered queued spin locks.
//
// Each is a queued spin lock with one handle per processor, as its holder has the processor to
// itself.  A boot frees those that the last execution left held.
#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

#include "emu/dispatcher/cancel.hpp"
#include "emu/locks/queued_spin_lock.hpp"
#include "emu/machine/apc.hpp"
#include "emu/machine/processor.hpp"
#include "emu/nt/lock_evidence.hpp"
#include "emu/nt/system_locks.hpp"
#include "emu/verify/spin_lock_rules.hpp"

namespace emu::nt {

namespace {

namespace core = locks::queued_spin_lock;
using machine::dispatch_level;
using machine::high_level;
using verify::call;

struct alignas(64) system_lock {
    locks::spin_lock::word word{0};
    core::handle *owner = nullptr;  // written and read by the holder
    std::array<core::handle, machine::max_processors> handles{};
};

std::array<system_lock, LockQueueMaximumLock> system_locks;
std::atomic<bool> some_taken{false};  // or tried, since the boot: few executions do

system_lock &lock_number(KSPIN_LOCK_QUEUE_NUMBER number) {
    return system_locks[static_cast<std::size_t>(number)];
}

constexpr lock_family family_of(KSPIN_LOCK_QUEUE_NUMBER number) {
    return number == LockQueueIoCancelLock ? lock_family::cancel_spin_lock
                                           : lock_family::queued_spin_lock;
}

void require_level_storage(const call &at, const KIRQL *level) {
    if (level == nullptr) {
        stop_on(verify::judge_object_address({at.self, at.by, level, at.caller}, 1));
    }
}

// No such lock exists; false if the fidelity lets it pass.
bool require_number(const call &at, KSPIN_LOCK_QUEUE_NUMBER number) {
    if (static_cast<unsigned>(number) < LockQueueMaximumLock) {
        return true;
    }
    stop_on(verify::broken(at, rule::invalid_parameter, {}, "%u is no number of a system lock",
                           static_cast<unsigned>(number)));
    return false;
}

// Before the word is touched: an execution may be given up between any two steps.
core::handle &handle_here(const call &at, system_lock &lock) {
    some_taken.store(true, std::memory_order_relaxed);
    return lock.handles[static_cast<std::size_t>(at.self.processor)];
}

void spin_for(const call &at, system_lock &lock, core::handle &mine, lock_family family) {
    stop_on(verify::judge_spin_lock_wait(at, family));
    note_blocked(at, family);
    core::acquire(lock.word, mine, at.self.thread->actor);
    note_unblocked(at);
}

template <routine R>
KIRQL acquire(KSPIN_LOCK_QUEUE_NUMBER number, const void *caller) {
    system_lock &lock = lock_number(number);
    const call at{enter<R, interferes::yes>(&lock.word, caller), R, &lock.word, caller};
    const std::uint8_t before = machine::set_irql(at.self, dispatch_level);
    core::handle &mine = handle_here(at, lock);
    if (!core::try_acquire(lock.word, mine)) {
        spin_for(at, lock, mine, family_of(number));
    }
    lock.owner = &mine;
    note_held(at, family_of(number), lock_mode::exclusive, before);
    return before;
}

template <routine R>
void release(KSPIN_LOCK_QUEUE_NUMBER number, std::uint8_t to, const void *caller) {
    system_lock &lock = lock_number(number);
    const call at{enter<R, interferes::yes>(&lock.word, caller), R, &lock.word, caller};
    trace_event(at, trace::event_kind::released);
    stop_on(verify::judge_spin_lock_release(at, family_of(number), to, true));
    stop_on(verify::judge_lowering(at, to));
    if (core::handle *mine = std::exchange(lock.owner, nullptr)) {
        core::release(*mine, at.self.thread->actor);
    }
    machine::set_irql(at.self, std::min(to, high_level));
    machine::deliver_kernel_apcs(at.self);
}

PDRIVER_CANCEL take_cancel_routine(IRP &irp) {
    return __atomic_exchange_n(const_cast<PDRIVER_CANCEL *>(&irp.CancelRoutine), nullptr,
                               __ATOMIC_ACQ_REL);
}

// IO_STACK_LOCATION is not declared yet; DeviceObject is the one field that is needed.
PDEVICE_OBJECT device_of(const IRP &irp) {
    constexpr std::size_t device_object_at = 0x28;
    const IO_STACK_LOCATION *location = irp.Tail.Overlay.CurrentStackLocation;
    if (location == nullptr) {
        return nullptr;
    }
    const char *field = reinterpret_cast<const char *>(location) + device_object_at;
    return *reinterpret_cast<PDEVICE_OBJECT const *>(field);
}

}  // namespace

void reset_system_locks() noexcept {
    if (!some_taken.load(std::memory_order_relaxed)) {
        return;
    }
    some_taken.store(false, std::memory_order_relaxed);
    for (system_lock &each : system_locks) {
        each.word.bare().store(0, std::memory_order_relaxed);
        each.owner = nullptr;
    }
}

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

VOID NTAPI IoAcquireCancelSpinLock(PKIRQL Irql) {
    require_level_storage({self_context(), routine::IoAcquireCancelSpinLock, nullptr, EMU_CALLER},
                          Irql);
    *Irql = acquire<routine::IoAcquireCancelSpinLock>(LockQueueIoCancelLock, EMU_CALLER);
}

VOID NTAPI IoReleaseCancelSpinLock(KIRQL Irql) {
    release<routine::IoReleaseCancelSpinLock>(LockQueueIoCancelLock, Irql, EMU_CALLER);
}

BOOLEAN NTAPI IoCancelIrp(PIRP Irp) {
    const verify::call at{self_context(), routine::IoCancelIrp, Irp, EMU_CALLER};
    if (!address_ok<8>(Irp)) {
        bad_address(at, 8);
    }
    const KIRQL before = acquire<routine::IoCancelIrp>(LockQueueIoCancelLock, EMU_CALLER);
    // release pairs with the acquire of a wait that sees it
    __atomic_store_n(&Irp->Cancel, BOOLEAN{TRUE}, __ATOMIC_RELEASE);
    PDRIVER_CANCEL routine = take_cancel_routine(*Irp);
    if (routine != nullptr) {
        Irp->CancelIrql = before;
        routine(device_of(*Irp), Irp);  // it releases the lock
        return TRUE;
    }
    release<routine::IoReleaseCancelSpinLock>(LockQueueIoCancelLock, before, EMU_CALLER);
    dispatcher::cancel_waits(Irp->Cancel);
    return FALSE;
}

VOID NTAPI IoAcquireVpbSpinLock(PKIRQL Irql) {
    require_level_storage({self_context(), routine::IoAcquireVpbSpinLock, nullptr, EMU_CALLER},
                          Irql);
    *Irql = acquire<routine::IoAcquireVpbSpinLock>(LockQueueIoVpbLock, EMU_CALLER);
}

VOID NTAPI IoReleaseVpbSpinLock(KIRQL Irql) {
    release<routine::IoReleaseVpbSpinLock>(LockQueueIoVpbLock, Irql, EMU_CALLER);
}

KIRQL FASTCALL KeAcquireQueuedSpinLock(KSPIN_LOCK_QUEUE_NUMBER Number) {
    const verify::call at{self_context(), routine::KeAcquireQueuedSpinLock, nullptr, EMU_CALLER};
    return require_number(at, Number)
               ? acquire<routine::KeAcquireQueuedSpinLock>(Number, EMU_CALLER)
               : at.self.irql;
}

VOID FASTCALL KeReleaseQueuedSpinLock(KSPIN_LOCK_QUEUE_NUMBER Number, KIRQL OldIrql) {
    const verify::call at{self_context(), routine::KeReleaseQueuedSpinLock, nullptr, EMU_CALLER};
    if (require_number(at, Number)) {
        release<routine::KeReleaseQueuedSpinLock>(Number, OldIrql, EMU_CALLER);
    }
}

LOGICAL FASTCALL KeTryToAcquireQueuedSpinLock(KSPIN_LOCK_QUEUE_NUMBER Number, PKIRQL OldIrql) {
    constexpr routine self = routine::KeTryToAcquireQueuedSpinLock;
    const verify::call given{self_context(), self, nullptr, EMU_CALLER};
    if (!require_number(given, Number)) {
        return FALSE;
    }
    require_level_storage(given, OldIrql);
    system_lock &lock = lock_number(Number);
    const verify::call at{enter<self, interferes::yes>(&lock.word, EMU_CALLER), self, &lock.word,
                          EMU_CALLER};
    const std::uint8_t before = machine::set_irql(at.self, dispatch_level);
    core::handle &mine = handle_here(at, lock);
    if (core::owns(mine) || refused_on_request(at) || !core::try_acquire(lock.word, mine)) {
        machine::set_irql(at.self, before);
        return FALSE;
    }
    lock.owner = &mine;
    *OldIrql = before;
    note_held(at, family_of(Number), lock_mode::exclusive, before);
    return TRUE;
}

}  // extern "C"
