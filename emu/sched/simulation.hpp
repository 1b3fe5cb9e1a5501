// The simulated backend: every actor is a fiber of one host thread, under a strategy, in virtual
// time.
//
// State: the runnable actors in order of creation, the parked ones with an alarm, the clock.  One
// execution begins with run() on the host thread's own stack (the root) and ends when the last
// actor finished (idle ones do not count), when none can ever run again, at the step limit, or
// when somebody calls end_if_simulated().  Whatever is suspended then is abandoned: its stacks go
// back to the pool, its destructors do not run.
#pragma once
#include <span>

#include "emu/sched/sched.hpp"

namespace emu::sched {

enum class outcome : std::uint8_t {
    completed,  // every actor ended, or is idle
    stuck,      // all that are left are parked, and no alarm is set
    step_limit,
    ended,  // end_if_simulated() was called: a finding, a failed check, a divergence
    cut,    // the strategy knows what lies behind
};

struct simulation_setup {
    strategy *chooser = nullptr;
    std::uint64_t step_limit = 0;
    unsigned processors = 1;
    unsigned early_alarms = 0;  // that may ring although threads can run
};

/// Runs one execution, from the first actor given to start() since begin_simulation().
outcome run();

/// Clears what the last execution left.  Call before the machine makes its first actor.
void begin_simulation(const simulation_setup &setup);

/// Ends the execution from inside; the root returns `ended` from run().  Natively it just returns.
void end_if_simulated();

/// True on an actor's stack, false on the root's and in other host threads.
bool inside_simulation() noexcept;

/// Scheduling points passed, and those of them where the strategy had a choice.
std::uint64_t steps_passed() noexcept;
std::uint64_t choices_made() noexcept;

/// The actor that runs now; null on the root's stack.
extern actor *simulated_actor;

}  // namespace emu::sched
