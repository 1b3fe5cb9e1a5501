// One execution from its beginning to its end; its actors, clock and processors.
#include <cxxabi.h>

#include <algorithm>

#include "emu/base/invariant.hpp"
#include "emu/host/race.hpp"
#include "emu/host/sanitizer.hpp"
#include "emu/sched/backend.hpp"
#include "emu/sched/world.hpp"

namespace emu::sched {

namespace {

void first_steps(void *argument) {
    auto &self = *static_cast<actor *>(argument);
    self.entry(self.argument);
    simulated_finish(self);
}

// Actors keep their stacks, so that the next execution finds the same ones.  Sanitizers have to
// forget the frames that were left on them, and to remember what abandoned ones own.
void return_stacks() {
    for (actor *each : sim.started) {
        for (second_stack *upper = each->top; upper != nullptr; upper = upper->outer) {
            host::discard(upper->fiber);
            host::return_stack(upper->fiber.bounds, upper->fiber.registers);
            host::order_stacks();
        }
        each->top = nullptr;
        host::discard(each->fiber);
        if (sanitizer_build) {
            const bool unwound = each->state == actor_state::finished;
            host::return_stack(each->simulated_on, unwound ? nullptr : each->fiber.registers);
            each->simulated_on = {};
        }
    }
    if (sanitizer_build) {
        host::order_stacks();
    }
}

}  // namespace

void begin_simulation(const simulation_setup &setup) {
    sim.chooser = setup.chooser;
    sim.step_limit = setup.step_limit;
    sim.processors = setup.processors;
    sim.early_alarms = setup.early_alarms;
    sim.processors_held = 0;
    sim.held = 0;
    sim.restricted = false;
    sim.interrupted = nullptr;
    sim.runnable.clear();
    sim.alarmed.clear();
    sim.polling.clear();
    sim.started.clear();
    sim.touched.clear();
    sim.every_step = setup.chooser->sees_every_step();
    sim.question = {};
    sim.now_ns = 0;
    sim.choices = 0;
    sim.host_exceptions = reinterpret_cast<exception_globals *>(abi::__cxa_get_globals());
    spin_limit = 0;
}

outcome run() {
    EMU_INVARIANT(!sim.in_progress && !sim.runnable.empty());
    sim.in_progress = true;
    sim.root_context = current_context;
    sim.root_exceptions = *sim.host_exceptions;
    host::adopt_host_stack(sim.root);
    actor &first = *sim.started[sim.runnable.front()];
    simulated_actor = &first;
    current_context = first.at_work;
    *sim.host_exceptions = first.exceptions;
    host::watch_races((attention_word.load(std::memory_order_relaxed) & attention_tracing) != 0);
    host::switch_fiber(sim.root, *first.running_on);
    host::end_race_watch();
    if (sim.every_step) {
        sim.chooser->execution_ended(sim.touched);
    }
    return_stacks();
    sim.in_progress = false;
    return sim.result;
}

void end_if_simulated() {
    if (simulating()) {
        leave_to_root(outcome::ended);
    }
}

bool inside_simulation() noexcept { return simulated_actor != nullptr && met(); }
std::uint64_t steps_passed() noexcept { return sim.question.step; }
std::uint64_t choices_made() noexcept { return sim.choices; }

void simulated_set_alarm(actor &parked, std::uint64_t deadline_ns) {
    const bool idle = parked.daemon && !parked.serving && parked.work == 0 && !parked.timed_out;
    if (idle && parked.state == actor_state::runnable && &parked != simulated_actor) {
        make_unrunnable(parked, actor_state::parked);  // it has just been started
    }
    if (parked.state != actor_state::parked || parked.alarm_ns == deadline_ns) {
        return;
    }
    if (parked.alarm_ns != host::no_deadline) {
        std::erase(sim.alarmed, &parked);
    }
    parked.alarm_ns = deadline_ns;
    if (deadline_ns <= sim.now_ns) {
        parked.alarm_ns = host::no_deadline;
        parked.timed_out = true;
        make_runnable(parked);
    } else if (deadline_ns != host::no_deadline) {
        sim.alarmed.push_back(&parked);
    }
}

// Time passes for the running actor: whose alarm that rings may go on.
void simulated_pass_time(std::uint64_t ns) {
    sim.now_ns += ns;
    ring_alarms();
    simulated_point(point_kind::call, nullptr, {});
}

std::uint64_t simulated_now_ns() noexcept { return sim.now_ns; }

void simulated_start(actor &made) {
    EMU_INVARIANT(made.top == nullptr);
    simulated_touch(nullptr, access::write);  // the order of creation gives ids
    made.id = static_cast<std::uint32_t>(sim.started.size());
    made.has_token = false;
    made.holds_processor = false;
    made.daemon = made.serving = made.frozen = false;
    made.work = 0;
    made.ready = nullptr;
    made.allowed = ~std::uint64_t{0};
    made.timed_out = false;
    made.idle = false;
    made.alarm_ns = host::no_deadline;
    made.exceptions = {};
    made.running_on = &made.fiber;
    if (made.simulated_on.low == nullptr) {
        made.simulated_on = host::take_stack();
    }
    host::prepare(made.fiber, made.simulated_on, first_steps, &made);
    sim.started.push_back(&made);
    make_runnable(made);
}

void simulated_finish(actor &self) {
    simulated_touch(self.owner, access::write);
    make_unrunnable(self, actor_state::finished);
    run_another(point_kind::finished);
    EMU_INVARIANT(!"a finished actor was resumed");
    __builtin_unreachable();
}

void simulated_note_processor(actor &self, unsigned processor, bool holds) noexcept {
    simulated_touch(nullptr, access::write);
    self.holds_processor = holds;
    sim.processors_held += holds ? 1U : -1U;
    sim.held ^= std::uint64_t{1} << processor;
}

void simulated_allow(actor &self, std::uint64_t processors) {
    self.allowed = processors;
    sim.restricted = true;
    if (&self == simulated_actor && !eligible(self)) {
        run_another(point_kind::blocked);
    }
}

actor *interrupted_actor() noexcept { return simulating() ? sim.interrupted : nullptr; }

}  // namespace emu::sched
