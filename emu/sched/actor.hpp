// An actor is what the scheduler schedules: an emulated thread's place on a host thread or fiber.
#pragma once
#include <atomic>
#include <cstdint>

#include "emu/base/context.hpp"
#include "emu/base/strategy.hpp"
#include "emu/host/fiber.hpp"
#include "emu/host/futex.hpp"

namespace emu::sched {

enum class actor_state : std::uint8_t { unused, runnable, parked, polling, finished };

/// A stack that an actor entered on top of its first one; see call_on_second_stack.
struct second_stack {
    host::fiber fiber;
    host::fiber *below = nullptr;   // where to go back to
    second_stack *outer = nullptr;  // the second stack below this one
    bool abandoned = false;
};

/// C++ keeps its caught exceptions per host thread; fibers must carry theirs along.
struct exception_globals {
    void *caught = nullptr;
    unsigned uncaught = 0;
};

struct actor {
    // Parker.  Native states: empty, token (an unpark came first), waiting.
    std::atomic<std::uint32_t> parker{0};

    // Simulation.
    std::uint32_t id = 0;  // creation order within the machine: the strategy's name for it
    actor_state state = actor_state::unused;
    bool holds_processor = false;
    bool daemon = false;   // serves a processor: keeps no execution alive, runs only with work
    bool serving = false;  // a daemon in the middle of its work
    bool frozen = false;   // a DPC or ISR runs on its processor, on top of it
    bool (*ready)(const actor &) = nullptr;  // a daemon's: whether it may run, instead of the rest
    std::uint32_t work = 0;                  // a daemon's: what is queued for it
    std::uint64_t allowed = ~0ULL;           // the processors it may run on, as bits
    bool has_token = false;
    bool timed_out = false;
    bool idle =
        false;  // a worker that waits for work: while it is parked, it is no reason to wait
    std::uint64_t alarm_ns = host::no_deadline;
    // While it polls: the word and what it must not hold; without a word, the step it yielded at.
    const void *polled = nullptr;
    std::uint64_t polled_value = 0;
    std::size_t polled_size = 0;
    context *at_work = nullptr;  // current_context while it is switched out
    exception_globals exceptions;

    host::fiber fiber;                 // its first stack
    host::stack simulated_on;          // that, in simulation: kept from execution to execution
    host::fiber *running_on = &fiber;  // the stack it runs on, or will
    second_stack *top = nullptr;

    void (*entry)(void *) = nullptr;
    void *argument = nullptr;
    void *owner = nullptr;  // whoever embeds it
};

}  // namespace emu::sched
