// Spin locks: one word, taken by whoever exchanges first.
//
// The word (KSPIN_LOCK), with the values observed on Windows:
//
//   0         free
//   1         held through the ordinary routines
//   pointer   held through the queued routines: the newest handle, see queued_spin_lock.hpp
//
// A waiter polls until the word is 0 and then tries; it keeps its processor meanwhile.  No order
// is promised.  The store that frees the lock is the last touch of it.
#pragma once
#include <cstdint>

#include "emu/sched/atomic.hpp"

namespace emu::locks::spin_lock {

using word = sched::atomic<std::uint64_t>;

constexpr std::uint64_t held = 1;

inline word &word_of(void *lock) noexcept { return *static_cast<word *>(lock); }

/// One compare-exchange, or false: the lock is not free.  Takes the word or its bare().
template <class Word>
inline bool try_acquire(Word &lock) noexcept {
    std::uint64_t seen = 0;
    // acquire pairs with the release store below: what the last holder wrote is handed over
    return lock.compare_exchange_strong(seen, held, std::memory_order_acquire,
                                        std::memory_order_relaxed);
}

template <class Word>
inline void release(Word &lock) noexcept {
    lock.store(0, std::memory_order_release);  // pairs with the acquire in try_acquire
}

/// Spins until the lock is taken.
void acquire(word &lock, sched::actor &self);

}  // namespace emu::locks::spin_lock
