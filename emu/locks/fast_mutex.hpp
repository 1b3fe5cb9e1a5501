// Fast and guarded mutexes: a three-state word, waiters parked by the mutex's address.
//
// The word (Count); 1 and 0 are observed on Windows, -1 is this library's:
//
//    1   free
//    0   held, nobody waits
//   -1   held, and somebody may wait: the release must look for one to wake
//
// The algorithm is the third of Drepper's "Futexes are tricky" (2004) with the roles of the values
// turned.  A waiter makes the word -1, queues in a list beside the mutexes, keyed
// by address, and sleeps if the word is still -1; a woken one competes again, so that a running
// thread may barge in and no order is promised.  The exchange that frees the mutex is the last
// touch of it: the waker needs its address only.  The list's guard is a leaf; no scheduling point
// lies inside it.
#pragma once
#include <cstdint>

#include "emu/sched/atomic.hpp"

namespace emu::locks::fast_mutex {

/// The public bytes that a FAST_MUTEX and a KGUARDED_MUTEX share.
struct layout {
    sched::atomic<std::int32_t> count;
    void *owner;  // the PKTHREAD; written by the holder
    sched::atomic<std::uint32_t> contention;
};

constexpr std::int32_t free = 1;
constexpr std::int32_t held = 0;
constexpr std::int32_t contended = -1;

inline layout &layout_of(void *mutex) noexcept { return *static_cast<layout *>(mutex); }

/// One compare-exchange, or false: the mutex is not free.  Takes the word or its bare().
template <class Word>
inline bool try_acquire(Word &count) noexcept {
    std::int32_t seen = free;
    // acquire pairs with the release exchanges of try_release and release
    return count.compare_exchange_strong(seen, held, std::memory_order_acquire,
                                         std::memory_order_relaxed);
}

/// One compare-exchange, or false: somebody may wait.
template <class Word>
inline bool try_release(Word &count) noexcept {
    std::int32_t seen = held;
    return count.compare_exchange_strong(seen, free, std::memory_order_release,
                                         std::memory_order_relaxed);
}

/// Spins, queues, parks; counts itself in Contention if it must wait.
void acquire(layout &mutex, sched::actor &self);

/// Frees the mutex and wakes one waiter, if there is any.
void release(layout &mutex);

/// At boot: whoever waited is gone.
void reset() noexcept;

}  // namespace emu::locks::fast_mutex
