// Failures that a test asks for: the one place that decides whether a call fails.
//
// A routine that may fail asks fails() once it has checked its arguments; the answer is yes for a
// call that the test named beforehand, and by chance when the machine was booted with
// machine_options::faults.  The chance is the strategy's in simulation, so that a replay token
// holds it, and a seeded generator's natively.  While nothing was asked for, the test is one load.
#pragma once
#include <atomic>
#include <cstdint>

#include "emu/base/strategy.hpp"
#include "emu/options.hpp"

namespace emu::machine {

/// The kinds that may fail in the running machine, a bit each.
extern std::atomic<std::uint32_t> watched_faults;

/// Counts the call and decides.  Cold.
bool fault_due(fault kind, const code_point &at);

/// True: the call at this place is to fail.
inline bool fails(fault kind, const code_point &at) {
    const std::uint32_t watched = watched_faults.load(std::memory_order_relaxed);
    return __builtin_expect((watched >> static_cast<unsigned>(kind) & 1) != 0, 0) &&
           fault_due(kind, at);
}

/// From now on the calls of a kind numbered first, first + 1 ... fail, `count` of them; the next
/// call is number 1.
void fail_calls(fault kind, std::uint64_t first, std::uint64_t count);

/// At boot: forgets what was asked for, counted and injected.
void reset_faults(const machine_options &with);

/// How many calls were made to fail since boot.
std::uint64_t faults_injected() noexcept;

}  // namespace emu::machine
