// Reader/writer spin locks: one 32-bit word, nobody queues.
//
// The word (EX_SPIN_LOCK); Microsoft publishes only that zero is free:
//
//   exclusive  writer_waits  sharers   state
//   0          0             0         free
//   0          0             n > 0     shared by n
//   0          1             n         as above, and a writer waits: no new reader gets in
//   1          w             0         held by one writer
//
// A waiting writer sets writer_waits whenever it finds the bit clear; the writer that gets the
// lock clears it, and the others set it again.  Waiters poll the word.  The exchange that gives a
// hold back is the last touch of the lock.
#pragma once
#include <cstdint>

#include "emu/sched/atomic.hpp"

namespace emu::locks::rw_spin_lock {

using word = sched::atomic<std::uint32_t>;

constexpr std::uint32_t exclusive = 1U << 31;
constexpr std::uint32_t writer_waits = 1U << 30;
constexpr std::uint32_t sharers = writer_waits - 1;
constexpr std::uint32_t most_sharers = 1U << 16;  // more is overwritten memory

inline word &word_of(void *lock) noexcept { return *static_cast<word *>(lock); }

bool try_acquire_exclusive(word &lock) noexcept;
bool try_acquire_shared(word &lock) noexcept;
void acquire_exclusive(word &lock, sched::actor &self);
void acquire_shared(word &lock, sched::actor &self);

/// Shared to exclusive, if nobody else holds the lock and no writer waits.
bool try_convert(word &lock) noexcept;

/// Do nothing to a lock that is not held in that mode.
void release_exclusive(word &lock) noexcept;
void release_shared(word &lock) noexcept;

}  // namespace emu::locks::rw_spin_lock
