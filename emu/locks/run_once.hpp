// One-time initialisation: one word, whose two low bits are its state.
//
//   bits  upper bits         state
//   0     0                  not begun, or failed
//   1     newest waiter      one thread initialises; others wait on their stacks
//   2     context            done
//   3     0                  several may initialise, the first to complete wins
//
// Who completes takes the whole list of waiters off with the word and wakes them; they look again.
#pragma once
#include <cstdint>

#include "emu/sched/actor.hpp"
#include "emu/sched/atomic.hpp"

namespace emu::locks::run_once {

using word = sched::atomic<std::uint64_t>;

constexpr std::uint64_t state_bits = 3;
enum state : std::uint64_t { not_begun = 0, pending = 1, done = 2, pending_async = 3 };

inline word &word_of(void *once) noexcept { return *static_cast<word *>(once); }

enum class answer : std::uint8_t {
    done,
    yours,       // the caller initialises
    not_yet,     // only a check was asked for
    wrong_mode,  // begun in the other mode
    wait,        // another thread is at it
};

struct look {
    answer what;
    std::uint64_t context;  // of `done`
};

/// Begins if nobody has.
look begin(word &once, bool async, bool check_only) noexcept;

/// After answer::wait: sleeps until somebody has completed or failed.
void wait(word &once, sched::actor &self) noexcept;

/// The context, or 0 for a failure; false if nothing was begun in this mode, or somebody was
/// faster.
bool complete(word &once, bool async, bool failed, std::uint64_t context) noexcept;

}  // namespace emu::locks::run_once
