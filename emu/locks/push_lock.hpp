// Push locks: one word, wait blocks on the waiters' stacks.
//
// The word (EX_PUSH_LOCK), with the values observed on Windows:
//
// clang-format off
//   locked waiting waking multiple  upper bits      state
//   0      0       0      0         0               free
//   1      0       0      0         0               exclusive
//   1      0       0      0         n > 0           shared by n
//   1      1       w      0         newest waiter   held by one, exclusive or shared
//   1      1       0      1         newest waiter   shared by several, counted in the oldest waiter
//   0      1       1      0         newest waiter   free; who set `waking` is about to wake one
//   0      1       0      0         newest waiter   free; a woken writer is on its way
// clang-format on
//
// Waiters form a list from the newest to the oldest.  Anybody may push at its head; only the
// thread that set `waking` takes from its tail, and only while the lock is free.  The oldest
// writer is woken alone and competes with whoever comes by (the lock is unfair, as documented);
// the oldest run of readers is handed the lock together, by the same exchange that takes them off
// the list.  A reader that finds waiters queues behind them.
//
// Invariant: free and waiting implies waking, or a woken writer in flight, who will acquire and
// later release; so no wake-up is lost.  Nobody touches the lock after the exchange that makes it
// free or hands it over, except the waker while the waiters that it will wake still sleep and so
// still need it.
#pragma once
#include <atomic>
#include <cstdint>

#include "emu/base/context.hpp"
#include "emu/sched/actor.hpp"
#include "emu/sched/atomic.hpp"

namespace emu::locks::push_lock {

using word = sched::atomic<std::uint64_t>;

constexpr std::uint64_t locked = 1;
constexpr std::uint64_t waiting = 2;
constexpr std::uint64_t waking = 4;
constexpr std::uint64_t multiple = 8;
constexpr std::uint64_t flag_bits = 15;
constexpr std::uint64_t one_sharer = 16;
constexpr std::uint64_t most_sharers = 1
                                       << 16;  // more is no state of a lock but overwritten memory

inline word &word_of(void *lock) noexcept { return *static_cast<word *>(lock); }

// The four below take the word or its bare(): the fast paths know that nothing wants attention.

/// One compare-exchange, or false: the lock is not free.
template <class Word>
inline bool try_acquire_exclusive(Word &lock) noexcept {
    std::uint64_t seen = 0;
    // acquire pairs with the release exchanges of release() and the waker
    return lock.compare_exchange_strong(seen, locked, std::memory_order_acquire,
                                        std::memory_order_relaxed);
}

/// True for a word that one more reader may join: nobody waits, and it is not held exclusively.
inline bool readers_only(std::uint64_t seen) noexcept {
    return seen > one_sharer && seen < most_sharers * one_sharer && (seen & flag_bits) == locked;
}

/// Two compare-exchanges at most, or false: held exclusively, somebody waits, or another reader
/// was faster.  The first bets on a free lock, which saves the uncontended path a load.
template <class Word>
inline bool try_acquire_shared(Word &lock) noexcept {
    std::uint64_t seen = 0;
    if (__builtin_expect(
            lock.compare_exchange_strong(seen, locked | one_sharer, std::memory_order_acquire,
                                         std::memory_order_relaxed),
            1)) {
        return true;
    }
    return readers_only(seen) &&
           lock.compare_exchange_strong(seen, seen + one_sharer, std::memory_order_acquire,
                                        std::memory_order_relaxed);
}

/// One compare-exchange, or false: somebody waits, or the word is not that of an exclusive holder.
template <class Word>
inline bool try_release_exclusive(Word &lock) noexcept {
    std::uint64_t seen = locked;
    return lock.compare_exchange_strong(seen, 0, std::memory_order_release,
                                        std::memory_order_relaxed);
}

/// Two compare-exchanges at most, or false: somebody waits, or another reader came in between.
template <class Word>
inline bool try_release_shared(Word &lock) noexcept {
    std::uint64_t seen = locked | one_sharer;
    if (__builtin_expect(lock.compare_exchange_strong(seen, 0, std::memory_order_release,
                                                      std::memory_order_relaxed),
                         1)) {
        return true;
    }
    return readers_only(seen) && seen >= 2 * one_sharer &&
           lock.compare_exchange_strong(seen, seen - one_sharer, std::memory_order_release,
                                        std::memory_order_relaxed);
}

/// The slow paths: spin, queue, park.
void acquire_exclusive(word &lock, sched::actor &self) noexcept;
void acquire_shared(word &lock, sched::actor &self) noexcept;

/// Tries until another thread's progress no longer hides the answer.
bool try_acquire_shared_slowly(word &lock) noexcept;

/// Releases either mode; the word tells which it is.  Does nothing to a lock that is not held.
void release(word &lock) noexcept;

}  // namespace emu::locks::push_lock
