// Ordinary spin locks.
//
// Raising takes the processor before the lock is tried, and lowering comes after the release.  The
// plain cases call nothing; whatever is not plain starts over in the general way, which checks
// everything.
#include "emu/locks/spin_lock.hpp"

#include <algorithm>

#include "emu/locks/view.hpp"
#include "emu/machine/apc.hpp"
#include "emu/machine/processor.hpp"
#include "emu/nt/lock_evidence.hpp"
#include "emu/verify/spin_lock_rules.hpp"

namespace emu::nt {

namespace {

namespace core = locks::spin_lock;
using machine::dispatch_level;
using machine::high_level;
using verify::call;

constexpr lock_family family = lock_family::spin_lock;

core::word &word_of(const call &at) { return core::word_of(const_cast<void *>(at.object)); }

[[gnu::noinline]] void spin_for(const call &at) {
    stop_on(verify::judge_spin_lock_wait(at, family));
    note_blocked(at, family);
    core::acquire(word_of(at), at.self.thread->actor);
    note_unblocked(at);
}

void take(const call &at, std::uint8_t irql_before) {
    if (!core::try_acquire(word_of(at))) {
        spin_for(at);
    }
    note_held(at, family, lock_mode::exclusive, irql_before);
}

template <routine R>
[[gnu::noinline]] std::uint8_t raise_and_take(void *lock, const void *caller) {
    const call at{enter<R, interferes::yes>(lock, caller), R, lock, caller};
    require_object<8>(at);
    const std::uint8_t before = machine::set_irql(at.self, dispatch_level);
    take(at, before);
    return before;
}

// The processor is the context's already, the lock was not free.
[[gnu::noinline]] void take_contended(const call &at, std::uint8_t irql_before) {
    take(at, irql_before);
}

template <routine R>
[[gnu::always_inline]] inline std::uint8_t acquire(void *lock, const void *caller) {
    context &self = *current_context;
    const std::uint8_t before = self.irql;
    if (wants_attention(self) || before > dispatch_level || !address_ok<8>(lock) ||
        !verify::room_to_hold(self) ||
        (before < dispatch_level && !machine::try_take_last_processor(self))) {
        return raise_and_take<R>(lock, caller);
    }
    self.irql = dispatch_level;
    count_call(self, R);
    if (__builtin_expect(core::try_acquire(core::word_of(lock).bare()), 1)) {
        verify::note_acquired(self, {lock, caller, {family, lock_mode::exclusive, R}, before});
    } else {
        take_contended({self, R, lock, caller}, before);
    }
    return before;
}

template <routine R>
[[gnu::noinline]] void acquire_at_level_generally(void *lock, const void *caller) {
    const call at{enter<R, interferes::yes>(lock, caller), R, lock, caller};
    require_object<8>(at);
    take(at, level_untouched);
}

template <routine R>
[[gnu::always_inline]] inline void acquire_at_level(void *lock, const void *caller) {
    context &self = *current_context;
    if (wants_attention(self) || self.irql != dispatch_level || !address_ok<8>(lock) ||
        !verify::room_to_hold(self) || !core::try_acquire(core::word_of(lock).bare())) {
        return acquire_at_level_generally<R>(lock, caller);
    }
    count_call(self, R);
    verify::note_acquired(self,
                          {lock, caller, {family, lock_mode::exclusive, R}, level_untouched});
}

void give_back(const call &at, std::uint8_t to) {
    require_object<8>(at);
    trace_event(at, trace::event_kind::released);
    // The record goes first: after the store the lock may be gone.
    stop_on(verify::judge_spin_lock_release(at, family, to, true));
    if (to != level_untouched) {
        stop_on(verify::judge_lowering(at, to));
    }
    core::release(word_of(at));
    if (to != level_untouched) {
        machine::set_irql(at.self, std::min(to, high_level));
        machine::deliver_kernel_apcs(at.self);
    }
}

template <routine R>
[[gnu::noinline]] void give_back_generally(void *lock, std::uint8_t to, const void *caller) {
    give_back({enter<R, interferes::yes>(lock, caller), R, lock, caller}, to);
}

// The plain case: the newest record is this lock's, and no other lock needs the level.
template <routine R>
[[gnu::always_inline]] inline void release(void *lock, std::uint8_t to, const void *caller) {
    context &self = *current_context;
    const bool lowers = to < dispatch_level;
    if (!wants_attention(self) && self.irql == dispatch_level && to <= dispatch_level &&
        (!lowers || self.held_count == 1) && verify::note_released(self, lock, family, to)) {
        count_call(self, R);
        core::release(core::word_of(lock).bare());
        if (lowers) {
            self.irql = to;
            machine::give_back_token(self);
        }
        return;
    }
    give_back_generally<R>(lock, to, caller);
}

template <routine R>
[[gnu::always_inline]] inline void release_at_level(void *lock, const void *caller) {
    context &self = *current_context;
    if (!wants_attention(self) && self.irql == dispatch_level &&
        verify::note_released(self, lock, family, level_untouched)) {
        count_call(self, R);
        return core::release(core::word_of(lock).bare());
    }
    give_back_generally<R>(lock, level_untouched, caller);
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

VOID NTAPI KeInitializeSpinLock(PKSPIN_LOCK SpinLock) {
    const verify::call at{enter<routine::KeInitializeSpinLock>(SpinLock, EMU_CALLER),
                          routine::KeInitializeSpinLock, SpinLock, EMU_CALLER};
    require_object<8>(at);
    if (*SpinLock != 0) {
        stop_on(verify::judge_reinitialised(at));
    }
    core::word_of(SpinLock).store(0, std::memory_order_relaxed);
}

BOOLEAN FASTCALL KeTestSpinLock(PKSPIN_LOCK SpinLock) {
    const verify::call at{enter<routine::KeTestSpinLock, interferes::yes>(SpinLock, EMU_CALLER),
                          routine::KeTestSpinLock, SpinLock, EMU_CALLER};
    require_object<8>(at);
    stop_on(verify::judge_spin_lock_word(at));
    return locks::view_spin_lock(SpinLock).word == 0;
}

KIRQL NTAPI KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock) {
    return acquire<routine::KeAcquireSpinLockRaiseToDpc>(SpinLock, EMU_CALLER);
}

KIRQL FASTCALL KfAcquireSpinLock(PKSPIN_LOCK SpinLock) {
    return acquire<routine::KfAcquireSpinLock>(SpinLock, EMU_CALLER);
}

KIRQL FASTCALL KeAcquireSpinLockForDpc(PKSPIN_LOCK SpinLock) {
    return acquire<routine::KeAcquireSpinLockForDpc>(SpinLock, EMU_CALLER);
}

VOID NTAPI KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql) {
    release<routine::KeReleaseSpinLock>(SpinLock, NewIrql, EMU_CALLER);
}

VOID FASTCALL KfReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql) {
    release<routine::KfReleaseSpinLock>(SpinLock, NewIrql, EMU_CALLER);
}

VOID FASTCALL KeReleaseSpinLockForDpc(PKSPIN_LOCK SpinLock, KIRQL OldIrql) {
    release<routine::KeReleaseSpinLockForDpc>(SpinLock, OldIrql, EMU_CALLER);
}

VOID NTAPI KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock) {
    acquire_at_level<routine::KeAcquireSpinLockAtDpcLevel>(SpinLock, EMU_CALLER);
}

VOID FASTCALL KefAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock) {
    acquire_at_level<routine::KefAcquireSpinLockAtDpcLevel>(SpinLock, EMU_CALLER);
}

BOOLEAN FASTCALL KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock) {
    constexpr routine self = routine::KeTryToAcquireSpinLockAtDpcLevel;
    const verify::call at{enter<self, interferes::yes>(SpinLock, EMU_CALLER), self, SpinLock,
                          EMU_CALLER};
    require_object<8>(at);
    if (refused_on_request(at)) {
        return FALSE;
    }
    if (!core::try_acquire(core::word_of(SpinLock))) {
        stop_on(verify::judge_spin_lock_word(at));
        return FALSE;
    }
    note_held(at, family, lock_mode::exclusive, level_untouched);
    return TRUE;
}

VOID NTAPI KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock) {
    release_at_level<routine::KeReleaseSpinLockFromDpcLevel>(SpinLock, EMU_CALLER);
}

VOID FASTCALL KefReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock) {
    release_at_level<routine::KefReleaseSpinLockFromDpcLevel>(SpinLock, EMU_CALLER);
}

}  // extern "C"
