// In-stack queued spin locks.
#include "emu/locks/queued_spin_lock.hpp"

#include <algorithm>

#include "emu/machine/apc.hpp"
#include "emu/machine/processor.hpp"
#include "emu/nt/lock_evidence.hpp"
#include "emu/verify/spin_lock_rules.hpp"

namespace emu::nt {

namespace {

namespace core = locks::queued_spin_lock;
using machine::dispatch_level;
using machine::high_level;
using verify::call;

constexpr lock_family family = lock_family::queued_spin_lock;

core::handle &handle_of(PKLOCK_QUEUE_HANDLE of) { return core::handle_of(&of->LockQueue); }

locks::spin_lock::word &word_of(const call &at) {
    return locks::spin_lock::word_of(const_cast<void *>(at.object));
}

void require_handle(const call &at, PKLOCK_QUEUE_HANDLE of) {
    require_object<8>({at.self, at.by, of, at.caller});
    require_object<8>(at);
    core::handle &mine = handle_of(of);
    if (core::owns(mine)) {
        stop_on(verify::judge_lock_handle(at, of, core::lock_of(mine)));
    }
}

void take(const call &at, core::handle &mine, std::uint8_t irql_before) {
    if (!core::try_acquire(word_of(at), mine)) {
        stop_on(verify::judge_spin_lock_wait(at, family));
        note_blocked(at, family);
        core::acquire(word_of(at), mine, at.self.thread->actor);
        note_unblocked(at);
    }
    note_held(at, family, lock_mode::exclusive, irql_before);
}

template <routine R>
void acquire(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE of, const void *caller) {
    const call at{enter<R, interferes::yes>(lock, caller), R, lock, caller};
    require_handle(at, of);
    of->OldIrql = machine::set_irql(at.self, dispatch_level);
    take(at, handle_of(of), of->OldIrql);
}

template <routine R>
void acquire_at_level(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE of, const void *caller) {
    const call at{enter<R, interferes::yes>(lock, caller), R, lock, caller};
    require_handle(at, of);
    take(at, handle_of(of), level_untouched);
}

// The handle may be gone after the lock is: what is needed of it is read before.
void give_back(const call &given, core::handle &mine, std::uint8_t to) {
    const call at{given.self, given.by, core::lock_of(mine), given.caller};
    if (core::owns(mine)) {
        trace_event(at, trace::event_kind::released);
        stop_on(verify::judge_spin_lock_release(at, family, to, false));
        if (to != level_untouched) {
            stop_on(verify::judge_lowering(at, to));
        }
        core::release(mine, at.self.thread->actor);
    } else {
        stop_on(verify::judge_idle_handle(given));
    }
    if (to != level_untouched) {
        machine::set_irql(at.self, std::min(to, high_level));
        machine::deliver_kernel_apcs(at.self);
    }
}

template <routine R>
void release(PKLOCK_QUEUE_HANDLE of, const void *caller) {
    const call at{enter<R, interferes::yes>(of, caller), R, of, caller};
    require_object<8>(at);
    give_back(at, handle_of(of), of->OldIrql);
}

template <routine R>
void release_at_level(PKLOCK_QUEUE_HANDLE of, const void *caller) {
    const call at{enter<R, interferes::yes>(of, caller), R, of, caller};
    require_object<8>(at);
    give_back(at, handle_of(of), level_untouched);
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

VOID FASTCALL KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK SpinLock,
                                             PKLOCK_QUEUE_HANDLE LockHandle) {
    acquire<routine::KeAcquireInStackQueuedSpinLock>(SpinLock, LockHandle, EMU_CALLER);
}

VOID FASTCALL KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE LockHandle) {
    release<routine::KeReleaseInStackQueuedSpinLock>(LockHandle, EMU_CALLER);
}

VOID FASTCALL KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock,
                                                       PKLOCK_QUEUE_HANDLE LockHandle) {
    acquire_at_level<routine::KeAcquireInStackQueuedSpinLockAtDpcLevel>(SpinLock, LockHandle,
                                                                        EMU_CALLER);
}

VOID FASTCALL KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE LockHandle) {
    release_at_level<routine::KeReleaseInStackQueuedSpinLockFromDpcLevel>(LockHandle, EMU_CALLER);
}

VOID FASTCALL KeAcquireInStackQueuedSpinLockForDpc(PKSPIN_LOCK SpinLock,
                                                   PKLOCK_QUEUE_HANDLE LockHandle) {
    acquire<routine::KeAcquireInStackQueuedSpinLockForDpc>(SpinLock, LockHandle, EMU_CALLER);
}

VOID FASTCALL KeReleaseInStackQueuedSpinLockForDpc(PKLOCK_QUEUE_HANDLE LockHandle) {
    release<routine::KeReleaseInStackQueuedSpinLockForDpc>(LockHandle, EMU_CALLER);
}

}  // extern "C"
