// Reader/writer spin locks.
#include "emu/locks/rw_spin_lock.hpp"

#include <algorithm>

#include "emu/machine/apc.hpp"
#include "emu/machine/processor.hpp"
#include "emu/nt/lock_evidence.hpp"
#include "emu/verify/spin_lock_rules.hpp"

namespace emu::nt {

namespace {

namespace core = locks::rw_spin_lock;
using machine::dispatch_level;
using machine::high_level;
using verify::call;

constexpr lock_family family = lock_family::rw_spin_lock;

core::word &word_of(const call &at) { return core::word_of(const_cast<void *>(at.object)); }

bool try_once(const call &at, lock_mode mode) {
    return mode == lock_mode::exclusive ? core::try_acquire_exclusive(word_of(at))
                                        : core::try_acquire_shared(word_of(at));
}

// Not recursive in any mode: the records are asked before the word, which would let a second
// shared acquire pass.
void take(const call &at, lock_mode mode, std::uint8_t irql_before) {
    if (at.self.held_count != 0) {
        stop_on(verify::judge_rw_spin_lock_recursion(at, mode));
    }
    if (!try_once(at, mode)) {
        stop_on(verify::judge_rw_spin_lock_word(at));
        note_blocked(at, family);
        mode == lock_mode::exclusive ? core::acquire_exclusive(word_of(at), at.self.thread->actor)
                                     : core::acquire_shared(word_of(at), at.self.thread->actor);
        note_unblocked(at);
    }
    note_held(at, family, mode, irql_before);
}

template <routine R, lock_mode Mode>
KIRQL acquire(PEX_SPIN_LOCK lock, const void *caller) {
    const auto *object = const_cast<LONG *>(lock);
    const call at{enter<R, interferes::yes>(object, caller), R, object, caller};
    require_object<4>(at);
    const std::uint8_t before = machine::set_irql(at.self, dispatch_level);
    take(at, Mode, before);
    return before;
}

template <routine R, lock_mode Mode>
void acquire_at_level(PEX_SPIN_LOCK lock, const void *caller) {
    const auto *object = const_cast<LONG *>(lock);
    const call at{enter<R, interferes::yes>(object, caller), R, object, caller};
    require_object<4>(at);
    take(at, Mode, level_untouched);
}

template <routine R, lock_mode Mode>
LOGICAL try_acquire_at_level(PEX_SPIN_LOCK lock, const void *caller) {
    const auto *object = const_cast<LONG *>(lock);
    const call at{enter<R, interferes::yes>(object, caller), R, object, caller};
    require_object<4>(at);
    if (refused_on_request(at)) {
        return FALSE;
    }
    if (!try_once(at, Mode)) {
        stop_on(verify::judge_rw_spin_lock_word(at));
        return FALSE;
    }
    note_held(at, family, Mode, level_untouched);
    return TRUE;
}

template <routine R, lock_mode Mode>
void release(PEX_SPIN_LOCK lock, std::uint8_t to, const void *caller) {
    const auto *object = const_cast<LONG *>(lock);
    const call at{enter<R, interferes::yes>(object, caller), R, object, caller};
    require_object<4>(at);
    trace_event(at, trace::event_kind::released);
    // The record goes first: after the exchange the lock may be gone.
    stop_on(verify::judge_rw_spin_lock_release(at, Mode, to));
    if (to != level_untouched) {
        stop_on(verify::judge_lowering(at, to));
    }
    Mode == lock_mode::exclusive ? core::release_exclusive(word_of(at))
                                 : core::release_shared(word_of(at));
    if (to != level_untouched) {
        machine::set_irql(at.self, std::min(to, high_level));
        machine::deliver_kernel_apcs(at.self);
    }
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

KIRQL NTAPI ExAcquireSpinLockExclusive(PEX_SPIN_LOCK SpinLock) {
    return acquire<routine::ExAcquireSpinLockExclusive, lock_mode::exclusive>(SpinLock,
                                                                              EMU_CALLER);
}

KIRQL NTAPI ExAcquireSpinLockShared(PEX_SPIN_LOCK SpinLock) {
    return acquire<routine::ExAcquireSpinLockShared, lock_mode::shared>(SpinLock, EMU_CALLER);
}

VOID NTAPI ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock) {
    acquire_at_level<routine::ExAcquireSpinLockExclusiveAtDpcLevel, lock_mode::exclusive>(
        SpinLock, EMU_CALLER);
}

VOID NTAPI ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock) {
    acquire_at_level<routine::ExAcquireSpinLockSharedAtDpcLevel, lock_mode::shared>(SpinLock,
                                                                                    EMU_CALLER);
}

LOGICAL NTAPI ExTryAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock) {
    return try_acquire_at_level<routine::ExTryAcquireSpinLockExclusiveAtDpcLevel,
                                lock_mode::exclusive>(SpinLock, EMU_CALLER);
}

LOGICAL NTAPI ExTryAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock) {
    return try_acquire_at_level<routine::ExTryAcquireSpinLockSharedAtDpcLevel, lock_mode::shared>(
        SpinLock, EMU_CALLER);
}

VOID NTAPI ExReleaseSpinLockExclusive(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql) {
    release<routine::ExReleaseSpinLockExclusive, lock_mode::exclusive>(SpinLock, OldIrql,
                                                                       EMU_CALLER);
}

VOID NTAPI ExReleaseSpinLockShared(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql) {
    release<routine::ExReleaseSpinLockShared, lock_mode::shared>(SpinLock, OldIrql, EMU_CALLER);
}

VOID NTAPI ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK SpinLock) {
    release<routine::ExReleaseSpinLockExclusiveFromDpcLevel, lock_mode::exclusive>(
        SpinLock, level_untouched, EMU_CALLER);
}

VOID NTAPI ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK SpinLock) {
    release<routine::ExReleaseSpinLockSharedFromDpcLevel, lock_mode::shared>(
        SpinLock, level_untouched, EMU_CALLER);
}

LOGICAL NTAPI ExTryConvertSharedSpinLockExclusive(PEX_SPIN_LOCK SpinLock) {
    constexpr routine self = routine::ExTryConvertSharedSpinLockExclusive;
    const auto *object = const_cast<LONG *>(SpinLock);
    const verify::call at{enter<self, interferes::yes>(object, EMU_CALLER), self, object,
                          EMU_CALLER};
    require_object<4>(at);
    stop_on(verify::judge_convert(at));
    if (refused_on_request(at) || !core::try_convert(word_of(at))) {
        return FALSE;
    }
    if (const held_lock *record = verify::find_held(at.self, object, lock_mode::shared)) {
        verify::changeable(at.self, *record).how.mode = lock_mode::exclusive;
        verify::tell_taken(*record);
    }
    return TRUE;
}

}  // extern "C"
