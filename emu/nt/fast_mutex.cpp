// Fast mutexes.
//
// The plain cases of ExAcquireFastMutex and ExReleaseFastMutex call nothing: one compare-exchange
// on Count each.
#include <algorithm>

#include "emu/locks/view.hpp"
#include "emu/machine/apc.hpp"
#include "emu/machine/processor.hpp"
#include "emu/nt/mutex_core.hpp"
#include "emu/verify/spin_lock_rules.hpp"

namespace emu::nt {

namespace core = locks::fast_mutex;
using machine::apc_level;
using verify::call;

void initialize_mutex(const call &at) {
    require_object<8>(at);
    const locks::fast_mutex_view seen = locks::view_fast_mutex(at.object);
    if (seen.held) {
        stop_on(verify::judge_reinitialised(at));
    }
    FAST_MUTEX &mutex = mutex_of(at);
    mutex.Owner = nullptr;
    words_of(at).contention.store(0, std::memory_order_relaxed);
    mutex.Event.Header.Type = SynchronizationEvent;
    mutex.Event.Header.Size = sizeof(KEVENT) / sizeof(LONG);
    mutex.Event.Header.SignalState = 0;
    InitializeListHead(&mutex.Event.Header.WaitListHead);
    words_of(at).count.store(core::free, std::memory_order_relaxed);
}

namespace {

// Where a fast mutex keeps the level, an old guarded mutex has the thread's counter.
void note_before(const call &at, lock_family family, FAST_MUTEX &mutex, std::uint8_t irql_before) {
    if (family == lock_family::guarded_mutex && !guarded_mutexes_are_fast()) {
        reinterpret_cast<KGUARDED_MUTEX &>(mutex).SpecialApcDisable =
            at.self.thread->own.apcs.special;
    } else {
        mutex.OldIrql = irql_before;
    }
}

void note_owner(const call &at, lock_family family, std::uint8_t irql_before) {
    FAST_MUTEX &mutex = mutex_of(at);
    mutex.Owner = at.self.thread;
    if (irql_before != level_untouched) {
        note_before(at, family, mutex, irql_before);
    }
    note_held(at, family, lock_mode::exclusive, irql_before);
}

}  // namespace

void take_mutex(const call &at, lock_family family, std::uint8_t irql_before) {
    if (!core::try_acquire(words_of(at).count)) {
        stop_on(verify::judge_fast_mutex_wait(at));
        note_blocked(at, family);
        core::acquire(words_of(at), at.self.thread->actor);
        note_unblocked(at);
    }
    note_owner(at, family, irql_before);
}

bool try_take_mutex(const call &at, lock_family family, std::uint8_t irql_before) {
    if (refused_on_request(at)) {
        return false;
    }
    if (!core::try_acquire(words_of(at).count)) {
        stop_on(verify::judge_fast_mutex_object(at));
        return false;
    }
    note_owner(at, family, irql_before);
    return true;
}

void give_back_mutex(const call &at, bool unsafe, bool lowers) {
    trace_event(at, trace::event_kind::released);
    // The record goes first: after the exchange the mutex may be gone.
    stop_on(verify::judge_fast_mutex_release(at, unsafe, lowers));
    mutex_of(at).Owner = nullptr;
    core::release(words_of(at));
}

namespace {

constexpr lock_family family = lock_family::fast_mutex;

[[gnu::noinline]] void acquire_generally(PFAST_MUTEX mutex, const void *caller) {
    constexpr routine self = routine::ExAcquireFastMutex;
    const call at{enter<self, interferes::yes>(mutex, caller), self, mutex, caller};
    require_object<8>(at);
    take_mutex(at, family, machine::set_irql(at.self, apc_level));
}

[[gnu::noinline]] void release_generally(PFAST_MUTEX mutex, const void *caller) {
    constexpr routine self = routine::ExReleaseFastMutex;
    const call at{enter<self, interferes::yes>(mutex, caller), self, mutex, caller};
    require_object<8>(at);
    const auto before = static_cast<std::uint8_t>(mutex->OldIrql);
    give_back_mutex(at, false, true);
    machine::set_irql(at.self, std::min(before, machine::high_level));
    machine::deliver_kernel_apcs(at.self);
}

template <routine R>
void acquire_unsafe(PFAST_MUTEX mutex, const void *caller) {
    const call at{enter<R, interferes::yes>(mutex, caller), R, mutex, caller};
    require_object<8>(at);
    take_mutex(at, family, level_untouched);
}

template <routine R>
void release_unsafe(PFAST_MUTEX mutex, const void *caller) {
    const call at{enter<R, interferes::yes>(mutex, caller), R, mutex, caller};
    require_object<8>(at);
    give_back_mutex(at, true, false);
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

VOID NTAPI ExInitializeFastMutex(PFAST_MUTEX FastMutex) {
    initialize_mutex({enter<routine::ExInitializeFastMutex>(FastMutex, EMU_CALLER),
                      routine::ExInitializeFastMutex, FastMutex, EMU_CALLER});
}

VOID FASTCALL ExAcquireFastMutex(PFAST_MUTEX FastMutex) {
    context &self = *current_context;
    const std::uint8_t before = self.irql;
    if (!wants_attention(self) && before <= apc_level && address_ok<8>(FastMutex) &&
        verify::room_to_hold(self) &&
        __builtin_expect(core::try_acquire(core::layout_of(FastMutex).count.bare()), 1)) {
        constexpr routine by = routine::ExAcquireFastMutex;
        self.irql = apc_level;
        FastMutex->Owner = self.thread;
        FastMutex->OldIrql = before;
        verify::note_acquired(self,
                              {FastMutex, EMU_CALLER, {family, lock_mode::exclusive, by}, before});
        count_call(self, by);
        return;
    }
    acquire_generally(FastMutex, EMU_CALLER);
}

VOID FASTCALL ExReleaseFastMutex(PFAST_MUTEX FastMutex) {
    context &self = *current_context;
    if (!wants_attention(self) && self.irql == apc_level && address_ok<8>(FastMutex)) {
        const auto before = static_cast<std::uint8_t>(FastMutex->OldIrql);
        if (before <= apc_level && verify::note_released(self, FastMutex, family, before)) {
            count_call(self, routine::ExReleaseFastMutex);
            FastMutex->Owner = nullptr;
            core::layout &words = core::layout_of(FastMutex);
            if (__builtin_expect(!core::try_release(words.count.bare()), 0)) {
                core::release(words);
            }
            self.irql = before;
            return;
        }
    }
    release_generally(FastMutex, EMU_CALLER);
}

BOOLEAN FASTCALL ExTryToAcquireFastMutex(PFAST_MUTEX FastMutex) {
    constexpr routine self = routine::ExTryToAcquireFastMutex;
    const verify::call at{enter<self, interferes::yes>(FastMutex, EMU_CALLER), self, FastMutex,
                          EMU_CALLER};
    require_object<8>(at);
    if (!try_take_mutex(at, family, at.self.irql)) {
        return FALSE;
    }
    machine::set_irql(at.self, apc_level);
    return TRUE;
}

VOID FASTCALL ExAcquireFastMutexUnsafe(PFAST_MUTEX FastMutex) {
    acquire_unsafe<routine::ExAcquireFastMutexUnsafe>(FastMutex, EMU_CALLER);
}

VOID FASTCALL ExReleaseFastMutexUnsafe(PFAST_MUTEX FastMutex) {
    release_unsafe<routine::ExReleaseFastMutexUnsafe>(FastMutex, EMU_CALLER);
}

VOID FASTCALL ExEnterCriticalRegionAndAcquireFastMutexUnsafe(PFAST_MUTEX FastMutex) {
    --self_context().thread->own.apcs.kernel;
    acquire_unsafe<routine::ExEnterCriticalRegionAndAcquireFastMutexUnsafe>(FastMutex, EMU_CALLER);
}

VOID FASTCALL ExReleaseFastMutexUnsafeAndLeaveCriticalRegion(PFAST_MUTEX FastMutex) {
    constexpr routine by = routine::ExReleaseFastMutexUnsafeAndLeaveCriticalRegion;
    release_unsafe<by>(FastMutex, EMU_CALLER);
    context &self = self_context();
    if (self.thread->own.apcs.kernel >= 0) {
        stop_on(verify::judge_region_leave({self, by, FastMutex, EMU_CALLER}, false));
    }
    ++self.thread->own.apcs.kernel;
}

}  // extern "C"
