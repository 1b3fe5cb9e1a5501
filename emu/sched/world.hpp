// What the simulated backend knows of the running execution.  Private to this room.
#pragma once
#include <vector>

#include "emu/sched/simulation.hpp"

namespace emu::sched {

struct world {
    strategy *chooser = nullptr;
    std::vector<std::uint32_t> runnable;  // ids, ascending
    std::vector<std::uint32_t> eligible;  // those of `runnable` that may go on, for one question
    std::vector<actor *> alarmed;         // parked with a deadline, in order of parking
    std::vector<actor *> polling;         // waiting for a word to change
    std::vector<actor *> started;         // all actors of the execution, by id
    host::fiber root;
    context *root_context = nullptr;
    exception_globals root_exceptions;
    exception_globals *host_exceptions = nullptr;
    std::uint64_t now_ns = 0;
    unsigned early_alarms = 0;  // that may still ring although threads can run
    std::uint64_t choices = 0;
    std::uint64_t step_limit = 0;
    unsigned processors = 1;
    unsigned processors_held = 0;
    std::uint64_t held = 0;        // the processors that are, as bits
    bool restricted = false;       // some actor is a daemon or may not run everywhere
    actor *interrupted = nullptr;  // who ran before the running actor, if it could have gone on
    outcome result = outcome::completed;
    bool in_progress = false;
    bool every_step = false;          // the strategy sees every step
    std::vector<touch> touched;       // since the last question, if it does
    std::vector<std::uint32_t> data;  // the numbers that a data choice offers
    choice question{};  // the next one, kept up to date: steps passed, where the last actor stands
};

extern world sim;

/// Resumes the root, which ends the execution.
[[noreturn]] void leave_to_root(outcome result);

void make_runnable(actor &woken);
void make_unrunnable(actor &gone, actor_state why);

/// A thread below DISPATCH_LEVEL needs a processor that none at DISPATCH_LEVEL holds.
bool eligible(const actor &one);

/// Those whose alarm is due may go on.
void ring_alarms();

/// The running actor cannot go on: somebody else must, or the execution is over.
void run_another(point_kind kind);

}  // namespace emu::sched
