// The push lock family: Ex, Ex...Ex, try, Exf, Flt and FsRtl.
//
// Every routine is contract, core operation, evidence.  The common part is in the three templates; the
// fast path of each is one compare-exchange, everything that can go wrong is in the cold functions.
#include "emu/locks/push_lock.hpp"

#include "emu/machine/pool.hpp"
#include "emu/nt/enter.hpp"
#include "emu/nt/pool.hpp"
#include "emu/trace/events.hpp"
#include "emu/verify/held.hpp"

namespace emu::nt {

namespace {

namespace core = locks::push_lock;
using verify::call;

constexpr ULONG known_flags = FLT_PUSH_LOCK_VALID_FLAGS;

void trace_lock(const call &at, trace::event_kind kind) {
    if (trace::recording()) {
        trace::record({at.self.thread->id, at.by, at.object, at.caller, kind});
    }
}

void note(const call &at, lock_mode mode) {
    verify::note_acquired(at.self, {at.object, at.caller, lock_family::push_lock, mode, at.by});
    if (attention_wanted()) {
        trace_lock(at, trace::event_kind::acquired);
    }
}

[[gnu::noinline]] void check_arguments(const call &at, ULONG flags) {
    if (!address_ok<8>(at.object)) {
        bad_address(at, 8);
    }
    if ((flags & ~known_flags) != 0) {
        stop_on(verify::judge_push_lock_flags(at, flags));
    }
}

[[gnu::always_inline]] inline void require_lock(const call &at, ULONG flags) {
    if (__builtin_expect(!address_ok<8>(at.object) || flags > known_flags, 0)) {
        check_arguments(at, flags);
    }
}

[[gnu::noinline]] void wait_for_lock(const call &at, lock_mode mode) {
    stop_on(verify::judge_push_lock_word(at));
    stop_on(verify::judge_push_lock_wait(at, mode));
    core::word &lock = core::word_of(const_cast<void *>(at.object));
    note_blocked(at);
    mode == lock_mode::exclusive ? core::acquire_exclusive(lock, at.self.thread->actor)
                                 : core::acquire_shared(lock, at.self.thread->actor);
    note_unblocked(at);
}

// A second shared acquire is granted by the word alone; only a waiting writer makes it wait.
template <routine R, lock_mode Mode>
[[gnu::always_inline]] inline void acquire(void *lock, ULONG flags, const void *caller) {
    const call at{enter<R, interferes::yes>(lock, caller), R, lock, caller};
    require_lock(at, flags);
    core::word &word = core::word_of(lock);
    const bool granted =
        Mode == lock_mode::exclusive ? core::try_acquire_exclusive(word) : core::try_acquire_shared(word);
    if (__builtin_expect(!granted, 0)) {
        wait_for_lock(at, Mode);
    }
    note(at, Mode);
}

template <routine R, lock_mode Mode>
inline BOOLEAN try_acquire(void *lock, ULONG flags, const void *caller) {
    const call at{enter<R, interferes::yes>(lock, caller), R, lock, caller};
    require_lock(at, flags);
    core::word &word = core::word_of(lock);
    if (Mode == lock_mode::exclusive ? !core::try_acquire_exclusive(word)
                                     : !core::try_acquire_shared_slowly(word)) {
        stop_on(verify::judge_push_lock_word(at));
        return FALSE;
    }
    note(at, Mode);
    return TRUE;
}

[[gnu::noinline]] void release_unusual(const call &at, lock_mode mode, bool generic) {
    stop_on(verify::judge_push_lock_release(at, mode, generic));
    core::release(core::word_of(const_cast<void *>(at.object)));
}

template <routine R, lock_mode Mode>
[[gnu::always_inline]] inline void release(void *lock, ULONG flags, const void *caller) {
    const call at{enter<R, interferes::yes>(lock, caller), R, lock, caller};
    require_lock(at, flags);
    if (attention_wanted()) {
        trace_lock(at, trace::event_kind::released);
    }
    // The record goes first: after the exchange the lock may be gone.
    if (__builtin_expect(!verify::note_released(at.self, lock, Mode), 0)) {
        return release_unusual(at, Mode, false);
    }
    core::word &word = core::word_of(lock);
    const bool done =
        Mode == lock_mode::exclusive ? core::try_release_exclusive(word) : core::try_release_shared(word);
    if (__builtin_expect(!done, 0)) {
        core::release(word);
    }
}

template <routine R>
inline void release_generic(void *lock, ULONG flags, const void *caller) {
    const call at{enter<R, interferes::yes>(lock, caller), R, lock, caller};
    require_lock(at, flags);
    trace_lock(at, trace::event_kind::released);
    release_unusual(at, lock_mode::exclusive, true);
}

void disable_normal_apcs(context &self) { --self.thread->kernel_apc_disable; }

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

VOID NTAPI ExInitializePushLock(PEX_PUSH_LOCK PushLock) {
    const verify::call at{enter<routine::ExInitializePushLock>(PushLock, EMU_CALLER),
                          routine::ExInitializePushLock, PushLock, EMU_CALLER};
    require_lock(at, 0);
    core::word_of(PushLock).store(0, std::memory_order_relaxed);
}

VOID NTAPI ExAcquirePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
    acquire<routine::ExAcquirePushLockExclusiveEx, lock_mode::exclusive>(PushLock, Flags, EMU_CALLER);
}

VOID NTAPI ExAcquirePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
    acquire<routine::ExAcquirePushLockSharedEx, lock_mode::shared>(PushLock, Flags, EMU_CALLER);
}

BOOLEAN NTAPI ExTryAcquirePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
    return try_acquire<routine::ExTryAcquirePushLockExclusiveEx, lock_mode::exclusive>(PushLock, Flags,
                                                                                      EMU_CALLER);
}

BOOLEAN NTAPI ExTryAcquirePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
    return try_acquire<routine::ExTryAcquirePushLockSharedEx, lock_mode::shared>(PushLock, Flags,
                                                                                 EMU_CALLER);
}

VOID NTAPI ExReleasePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
    release<routine::ExReleasePushLockExclusiveEx, lock_mode::exclusive>(PushLock, Flags, EMU_CALLER);
}

VOID NTAPI ExReleasePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
    release<routine::ExReleasePushLockSharedEx, lock_mode::shared>(PushLock, Flags, EMU_CALLER);
}

VOID NTAPI ExReleasePushLockEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
    release_generic<routine::ExReleasePushLockEx>(PushLock, Flags, EMU_CALLER);
}

VOID FASTCALL ExfAcquirePushLockExclusive(PEX_PUSH_LOCK PushLock) {
    acquire<routine::ExfAcquirePushLockExclusive, lock_mode::exclusive>(PushLock, 0, EMU_CALLER);
}

VOID FASTCALL ExfAcquirePushLockShared(PEX_PUSH_LOCK PushLock) {
    acquire<routine::ExfAcquirePushLockShared, lock_mode::shared>(PushLock, 0, EMU_CALLER);
}

BOOLEAN FASTCALL ExfTryAcquirePushLockShared(PEX_PUSH_LOCK PushLock) {
    return try_acquire<routine::ExfTryAcquirePushLockShared, lock_mode::shared>(PushLock, 0, EMU_CALLER);
}

VOID FASTCALL ExfReleasePushLock(PEX_PUSH_LOCK PushLock) {
    release_generic<routine::ExfReleasePushLock>(PushLock, 0, EMU_CALLER);
}

VOID FASTCALL ExfReleasePushLockExclusive(PEX_PUSH_LOCK PushLock) {
    release<routine::ExfReleasePushLockExclusive, lock_mode::exclusive>(PushLock, 0, EMU_CALLER);
}

VOID FASTCALL ExfReleasePushLockShared(PEX_PUSH_LOCK PushLock) {
    release<routine::ExfReleasePushLockShared, lock_mode::shared>(PushLock, 0, EMU_CALLER);
}

VOID FLTAPI FltInitializePushLock(PEX_PUSH_LOCK PushLock) {
    const verify::call at{enter<routine::FltInitializePushLock>(PushLock, EMU_CALLER),
                          routine::FltInitializePushLock, PushLock, EMU_CALLER};
    require_lock(at, 0);
    core::word_of(PushLock).store(0, std::memory_order_relaxed);
}

VOID FLTAPI FltDeletePushLock(PEX_PUSH_LOCK PushLock) {
    const verify::call at{enter<routine::FltDeletePushLock>(PushLock, EMU_CALLER),
                          routine::FltDeletePushLock, PushLock, EMU_CALLER};
    require_lock(at, 0);
    stop_on(verify::judge_push_lock_word(at));
    stop_on(verify::judge_free(at, PushLock, sizeof *PushLock));
}

// The Flt acquires are the Ex ones inside a critical region of their own.
VOID FLTAPI FltAcquirePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
    disable_normal_apcs(self_context());
    acquire<routine::FltAcquirePushLockExclusiveEx, lock_mode::exclusive>(PushLock, Flags, EMU_CALLER);
}

VOID FLTAPI FltAcquirePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
    disable_normal_apcs(self_context());
    acquire<routine::FltAcquirePushLockSharedEx, lock_mode::shared>(PushLock, Flags, EMU_CALLER);
}

VOID FLTAPI FltReleasePushLockEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
    release_generic<routine::FltReleasePushLockEx>(PushLock, Flags, EMU_CALLER);
    ++self_context().thread->kernel_apc_disable;
}

}  // extern "C"
