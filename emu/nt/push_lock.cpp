// The push lock family: Ex, Ex...Ex, try, Exf, Flt and FsRtl.
//
// Every routine is contract, core operation, evidence.  The common part is in the three templates;
// the fast path of each is one compare-exchange, everything that can go wrong is in the cold
// functions.
#include "emu/locks/push_lock.hpp"

#include "emu/machine/apc.hpp"
#include "emu/machine/pool.hpp"
#include "emu/nt/enter.hpp"
#include "emu/nt/pool.hpp"
#include "emu/sched/sched.hpp"
#include "emu/trace/events.hpp"
#include "emu/verify/held.hpp"

namespace emu::nt {

namespace {

namespace core = locks::push_lock;
using verify::call;

constexpr ULONG known_flags = FLT_PUSH_LOCK_VALID_FLAGS;

constexpr held_lock::kind held_as(lock_mode mode, routine by) {
    return {lock_family::push_lock, mode, by};
}

core::word &word_of(const call &at) { return core::word_of(const_cast<void *>(at.object)); }

void require_lock(const call &at, ULONG flags) {
    if (!address_ok<8>(at.object)) {
        bad_address(at, 8);
    }
    if ((flags & ~known_flags) != 0) {
        stop_on(verify::judge_push_lock_flags(at, flags));
    }
}

void note(const call &at, lock_mode mode) {
    if (!verify::room_to_hold(at.self)) {
        verify::grow_held(at.self);
    }
    verify::note_acquired(at.self, {at.object, at.caller, held_as(mode, at.by)});
    trace_event(at, trace::event_kind::acquired);
}

void wait_for_lock(const call &at, lock_mode mode) {
    stop_on(verify::judge_push_lock_word(at));
    stop_on(verify::judge_push_lock_wait(at, mode));
    note_blocked(at, lock_family::push_lock);
    mode == lock_mode::exclusive ? core::acquire_exclusive(word_of(at), at.self.thread->actor)
                                 : core::acquire_shared(word_of(at), at.self.thread->actor);
    note_unblocked(at);
}

bool try_once(const call &at, lock_mode mode) {
    return mode == lock_mode::exclusive ? core::try_acquire_exclusive(word_of(at))
                                        : core::try_acquire_shared(word_of(at));
}

// The general way: every check, tracing, scheduling points, waiting.
template <routine R, lock_mode Mode>
[[gnu::noinline]] void acquire_generally(void *lock, ULONG flags, const void *caller) {
    context &self = *current_context;
    if (plain_simulated_call_in_region(self) && flags == 0 && address_ok<8>(lock) &&
        verify::room_to_hold(self)) {
        count_call(self, R);
        sched::simulated_point(point_kind::call, lock, {R, caller});
        if (!try_once({self, R, lock, caller}, Mode)) {
            wait_for_lock({self, R, lock, caller}, Mode);
        }
        verify::note_acquired(self, {lock, caller, held_as(Mode, R)});
        return;
    }
    const call at{enter<R, interferes::yes>(lock, caller), R, lock, caller};
    require_lock(at, flags);
    if (!try_once(at, Mode)) {
        wait_for_lock(at, Mode);
    }
    note(at, Mode);
}

// The plain case: all checks pass and one compare-exchange gets the lock.  It calls nothing, so
// that the compiler keeps it in registers; whatever is not plain starts over in acquire_generally.
// Recursion needs no test here: a lock that this thread holds is not free, and shared over shared
// is allowed.
template <routine R, lock_mode Mode>
[[gnu::always_inline]] inline void acquire(void *lock, ULONG flags, const void *caller) {
    context &self = *current_context;
    if (plain_call_in_region(self) && flags == 0 && address_ok<8>(lock) &&
        verify::room_to_hold(self)) {
        std::atomic<std::uint64_t> &word = core::word_of(lock).bare();
        if (__builtin_expect(Mode == lock_mode::exclusive ? core::try_acquire_exclusive(word)
                                                          : core::try_acquire_shared(word),
                             1)) {
            verify::note_acquired(self, {lock, caller, held_as(Mode, R)});
            count_call(self, R);
            return;
        }
    }
    acquire_generally<R, Mode>(lock, flags, caller);
}

template <routine R, lock_mode Mode>
BOOLEAN try_acquire(void *lock, ULONG flags, const void *caller) {
    const call at{enter<R, interferes::yes>(lock, caller), R, lock, caller};
    require_lock(at, flags);
    if (refused_on_request(at)) {
        return FALSE;
    }
    if (Mode == lock_mode::exclusive ? !core::try_acquire_exclusive(word_of(at))
                                     : !core::try_acquire_shared_slowly(word_of(at))) {
        stop_on(verify::judge_push_lock_word(at));
        return FALSE;
    }
    note(at, Mode);
    return TRUE;
}

void release_and_drop(const call &at, ULONG flags, lock_mode mode, bool generic) {
    require_lock(at, flags);
    trace_event(at, trace::event_kind::released);
    // The record goes first: after the exchange the lock may be gone.
    if (generic || !verify::note_released(at.self, at.object, mode)) {
        stop_on(verify::judge_push_lock_release(at, mode, generic));
    }
    core::release(word_of(at));
}

template <routine R, lock_mode Mode>
[[gnu::noinline]] void release_generally(void *lock, ULONG flags, const void *caller) {
    context &self = *current_context;
    if (plain_simulated_call_in_region(self) && flags == 0) {
        count_call(self, R);
        sched::simulated_point(point_kind::call, lock, {R, caller});
        if (__builtin_expect(!verify::note_released(self, lock, Mode), 0)) {
            const call at{self, R, lock, caller};
            require_lock(at, flags);
            stop_on(verify::judge_push_lock_release(at, Mode, false));
        }
        core::word &word = core::word_of(lock);
        if (Mode == lock_mode::exclusive ? !core::try_release_exclusive(word)
                                         : !core::try_release_shared(word)) {
            core::release(word);
        }
        return;
    }
    release_and_drop({enter<R, interferes::yes>(lock, caller), R, lock, caller}, flags, Mode,
                     false);
}

[[gnu::noinline]] void release_contended(void *lock) { core::release(core::word_of(lock)); }

// The plain case of a release, as of acquire: the newest record is this lock's.
template <routine R, lock_mode Mode>
[[gnu::always_inline]] inline void release(void *lock, ULONG flags, const void *caller) {
    context &self = *current_context;
    if (plain_call_in_region(self) && flags == 0 && verify::note_released(self, lock, Mode)) {
        count_call(self, R);
        std::atomic<std::uint64_t> &word = core::word_of(lock).bare();
        if (__builtin_expect(Mode == lock_mode::exclusive ? core::try_release_exclusive(word)
                                                          : core::try_release_shared(word),
                             1)) {
            return;
        }
        return release_contended(lock);
    }
    release_generally<R, Mode>(lock, flags, caller);
}

template <routine R>
void release_generic(void *lock, ULONG flags, const void *caller) {
    release_and_drop({enter<R, interferes::yes>(lock, caller), R, lock, caller}, flags,
                     lock_mode::exclusive, true);
}

void disable_normal_apcs(context &self) { --self.thread->own.apcs.kernel; }

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
    acquire<routine::ExAcquirePushLockExclusiveEx, lock_mode::exclusive>(PushLock, Flags,
                                                                         EMU_CALLER);
}

VOID NTAPI ExAcquirePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
    acquire<routine::ExAcquirePushLockSharedEx, lock_mode::shared>(PushLock, Flags, EMU_CALLER);
}

BOOLEAN NTAPI ExTryAcquirePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
    return try_acquire<routine::ExTryAcquirePushLockExclusiveEx, lock_mode::exclusive>(
        PushLock, Flags, EMU_CALLER);
}

BOOLEAN NTAPI ExTryAcquirePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
    return try_acquire<routine::ExTryAcquirePushLockSharedEx, lock_mode::shared>(PushLock, Flags,
                                                                                 EMU_CALLER);
}

VOID NTAPI ExReleasePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
    release<routine::ExReleasePushLockExclusiveEx, lock_mode::exclusive>(PushLock, Flags,
                                                                         EMU_CALLER);
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
    return try_acquire<routine::ExfTryAcquirePushLockShared, lock_mode::shared>(PushLock, 0,
                                                                                EMU_CALLER);
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

VOID FASTCALL ExfUnblockPushLock(PEX_PUSH_LOCK PushLock, PEX_PUSH_LOCK_WAIT_BLOCK WaitBlock) {
    constexpr routine by = routine::ExfUnblockPushLock;
    const verify::call at{enter<by, interferes::yes>(PushLock, EMU_CALLER), by, PushLock,
                          EMU_CALLER};
    require_lock(at, 0);
    if (WaitBlock != nullptr || core::word_of(PushLock).load(std::memory_order_relaxed) != 0) {
        stop_on(verify::broken(at, rule::not_emulated, {},
                               "waking who is blocked on a push lock is not emulated, as "
                               "blocking on one is not"));
    }
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
    acquire<routine::FltAcquirePushLockExclusiveEx, lock_mode::exclusive>(PushLock, Flags,
                                                                          EMU_CALLER);
}

VOID FLTAPI FltAcquirePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
    disable_normal_apcs(self_context());
    acquire<routine::FltAcquirePushLockSharedEx, lock_mode::shared>(PushLock, Flags, EMU_CALLER);
}

VOID FLTAPI FltReleasePushLockEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
    release_generic<routine::FltReleasePushLockEx>(PushLock, Flags, EMU_CALLER);
    context &self = self_context();
    if (self.thread->own.apcs.kernel >= 0) {
        stop_on(verify::judge_region_leave(
            {self, routine::FltReleasePushLockEx, PushLock, EMU_CALLER}, false));
    }
    ++self.thread->own.apcs.kernel;
    machine::deliver_kernel_apcs(self);
}

}  // extern "C"
