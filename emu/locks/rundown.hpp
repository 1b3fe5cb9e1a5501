// Rundown protection: one word.
//
//   word             state
//   2 n              n users
//   1                run down: nobody uses it, nobody can
//   wait block | 1   being run down: the block counts the users that are left
//
// The waiter's block stands on its stack; the last user wakes it and touches nothing after that,
// and the waiter then makes the word 1.  A second waiter polls the word until it is.
#pragma once
#include <cstdint>

#include "emu/sched/actor.hpp"
#include "emu/sched/atomic.hpp"

namespace emu::locks::rundown {

using word = sched::atomic<std::uint64_t>;

constexpr std::uint64_t active = 1;
constexpr std::uint64_t one_user = 2;

inline word &word_of(void *protection) noexcept { return *static_cast<word *>(protection); }

/// So many users more; false once the rundown has begun.
bool acquire(word &protection, std::uint64_t count) noexcept;

/// So many users less; false if there are not so many.
bool release(word &protection, std::uint64_t count) noexcept;

/// Runs it down if nobody uses it, or if that has been done; false: wait().
bool try_run_down(word &protection) noexcept;

/// Runs it down, waiting for its users.
void wait(word &protection, sched::actor &self) noexcept;

}  // namespace emu::locks::rundown
