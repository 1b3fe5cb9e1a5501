#include "emu/sched/simulation.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "emu/base/invariant.hpp"
#include "emu/host/race.hpp"
#include "emu/sched/atomic.hpp"
#include "emu/sched/backend.hpp"

namespace emu::sched {

namespace {

struct world {
    strategy *chooser = nullptr;
    std::vector<actor *> runnable;            // ascending id
    std::vector<std::uint32_t> runnable_ids;  // theirs
    std::vector<std::uint32_t> candidates;  // ids of `runnable`, or of those of it that may go on
    std::vector<actor *> alarmed;           // parked with a deadline, in order of parking
    std::vector<actor *> polling;           // waiting for a word to change
    std::vector<actor *> started;           // all actors of the execution, for their stacks
    actor *running = nullptr;
    host::fiber root;
    context *root_context = nullptr;
    exception_globals root_exceptions;
    exception_globals *host_exceptions = nullptr;
    std::uint64_t now_ns = 0;
    std::uint64_t steps = 0;
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
    code_point at;                    // where the actor stands that ran last
};

world sim;

// Resumes the root, which ends the execution.
[[noreturn]] void leave_to_root(outcome result) {
    sim.result = result;
    host::fiber &from = *sim.running->running_on;
    *sim.host_exceptions = sim.root_exceptions;
    current_context = sim.root_context;
    sim.running = nullptr;
    host::switch_fiber(from, sim.root);
    EMU_INVARIANT(!"an abandoned fiber was resumed");
    __builtin_unreachable();
}

void switch_to(actor &next) {
    actor &from = *sim.running;
    if (&next == &from) {
        return;
    }
    sim.interrupted = from.state == actor_state::runnable ? &from : nullptr;
    from.at_work = current_context;
    from.exceptions = *sim.host_exceptions;
    sim.running = &next;
    current_context = next.at_work;
    *sim.host_exceptions = next.exceptions;
    if (from.state == actor_state::finished) {
        host::leave_fiber(*from.running_on, *next.running_on);
    }
    host::switch_fiber(*from.running_on, *next.running_on);
}

void make_runnable(actor &woken) {
    woken.state = actor_state::runnable;
    auto at = sim.runnable.end();
    while (at != sim.runnable.begin() && (*(at - 1))->id > woken.id) {
        --at;
    }
    sim.runnable_ids.insert(sim.runnable_ids.begin() + (at - sim.runnable.begin()), woken.id);
    sim.runnable.insert(at, &woken);
}

void make_unrunnable(actor &gone, actor_state why) {
    gone.state = why;
    const auto at = std::find(sim.runnable.begin(), sim.runnable.end(), &gone);
    sim.runnable_ids.erase(sim.runnable_ids.begin() + (at - sim.runnable.begin()));
    sim.runnable.erase(at);
}

bool word_changed(const actor &poller) {
    if (poller.polled == nullptr) {
        return sim.steps > poller.polled_value;
    }
    std::uint64_t now = 0;
    std::memcpy(&now, poller.polled, poller.polled_size);
    return now != poller.polled_value;
}

// Those whose word has changed may go on.
void look_at_polled_words() {
    std::erase_if(sim.polling, [](actor *each) {
        if (!word_changed(*each)) {
            return false;
        }
        make_runnable(*each);
        return true;
    });
}

std::uint64_t all_processors() {
    return sim.processors < 64 ? (std::uint64_t{1} << sim.processors) - 1 : ~std::uint64_t{0};
}

// A thread below DISPATCH_LEVEL needs a processor that none at DISPATCH_LEVEL holds.
bool eligible(const actor &one) {
    if (one.ready != nullptr && !one.serving) {
        return one.ready(one);
    }
    if (one.frozen || (one.daemon && !one.serving && one.work == 0 && !one.timed_out)) {
        return false;
    }
    return one.holds_processor || (one.allowed & all_processors() & ~sim.held) != 0;
}

// Every actor has ended but for daemons with nothing under way.
bool nobody_is_left() {
    return std::all_of(sim.started.begin(), sim.started.end(), [](const actor *each) {
        return each->state == actor_state::finished || (each->daemon && !each->serving) ||
               (each->state == actor_state::parked && each->idle);
    });
}

// Whoever's alarm is due may go on.
void ring_alarms() {
    std::erase_if(sim.alarmed, [](actor *each) {
        if (each->alarm_ns > sim.now_ns) {
            return false;
        }
        each->alarm_ns = host::no_deadline;
        each->timed_out = true;
        make_runnable(*each);
        return true;
    });
}

// With nobody runnable, time passes: the earliest alarm rings, and with it all of the same time,
// so that who goes first among them is the strategy's choice.
bool ring_next_alarm() {
    if (sim.alarmed.empty()) {
        return false;
    }
    const auto first =
        std::min_element(sim.alarmed.begin(), sim.alarmed.end(),
                         [](actor *a, actor *b) { return a->alarm_ns < b->alarm_ns; });
    sim.now_ns = std::max(sim.now_ns, (*first)->alarm_ns);
    ring_alarms();
    return true;
}

// Those that may go on.
std::span<const std::uint32_t> eligible_ones() {
    sim.candidates.clear();
    for (const actor *each : sim.runnable) {
        if (eligible(*each)) {
            sim.candidates.push_back(each->id);
        }
    }
    return sim.candidates;
}

// The strategy's answer; does not return if it has seen enough of this execution.
std::uint32_t answer_to(point_kind kind, std::span<const std::uint32_t> candidates,
                        std::int32_t current) {
    sim.choices += candidates.size() > 1 ? 1U : 0U;
    const std::uint32_t chosen =
        sim.chooser->choose({kind, sim.steps, candidates, current, sim.at, sim.touched});
    if (__builtin_expect(chosen == strategy::cut, 0)) {
        leave_to_root(outcome::cut);
    }
    sim.touched.clear();
    EMU_INVARIANT(chosen < candidates.size());
    return chosen;
}

actor &ask(point_kind kind, const actor *current) {
    const bool all_eligible = sim.processors_held < sim.processors && !sim.restricted;
    const std::span<const std::uint32_t> candidates =
        all_eligible ? std::span<const std::uint32_t>(sim.runnable_ids) : eligible_ones();
    EMU_INVARIANT(!candidates.empty());
    if (candidates.size() == 1 && !sim.every_step) {
        return *sim.started[candidates[0]];
    }
    std::int32_t index_of_current = -1;
    for (std::size_t i = 0; current != nullptr && i < candidates.size(); ++i) {
        if (candidates[i] == current->id) {
            index_of_current = static_cast<std::int32_t>(i);
            break;
        }
    }
    return *sim.started[candidates[answer_to(kind, candidates, index_of_current)]];
}

bool anybody_can_run() {
    return std::any_of(sim.runnable.begin(), sim.runnable.end(),
                       [](actor *each) { return eligible(*each); });
}

// Those that yielded go on when nobody else can.
bool let_yielders_go_on() {
    return std::erase_if(sim.polling, [](actor *each) {
               if (each->polled != nullptr) {
                   return false;
               }
               make_runnable(*each);
               return true;
           }) > 0;
}

// The running actor cannot go on: somebody else must, or the execution is over.
void run_another(point_kind kind) {
    if ((attention_word.load(std::memory_order_relaxed) & attention_stopped) != 0) {
        leave_to_root(outcome::completed);  // the survivor of an expected bug check is done
    }
    look_at_polled_words();
    while (!anybody_can_run()) {
        if (sim.restricted && nobody_is_left()) {
            leave_to_root(outcome::completed);  // timers that are set keep no execution alive
        }
        if (!ring_next_alarm() && !let_yielders_go_on()) {
            leave_to_root(nobody_is_left() ? outcome::completed : outcome::stuck);
        }
    }
    switch_to(ask(kind, nullptr));
}

void first_steps(void *argument) {
    auto &self = *static_cast<actor *>(argument);
    self.entry(self.argument);
    simulated_finish(self);
}

void return_stacks() {
    for (actor *each : sim.started) {
        const bool abandoned = each->state != actor_state::finished;
        for (second_stack *upper = each->top; upper != nullptr; upper = upper->outer) {
            host::discard(upper->fiber);
            host::return_stack(upper->fiber.bounds, true);
        }
        each->top = nullptr;
        host::discard(each->fiber);
        host::return_stack(each->fiber.bounds, abandoned);
    }
    host::order_stacks();
}

void count_step() {
    if (++sim.steps > sim.step_limit) {
        leave_to_root(outcome::step_limit);
    }
}

// A question before the running actor goes on.
void point_before(point_kind kind, const code_point &at) {
    count_step();
    sim.at = at;
    if (!sim.polling.empty()) {
        look_at_polled_words();
    }
    if (sim.runnable.size() > 1 || sim.every_step) {
        switch_to(ask(kind, sim.running));
    }
}

void wait_polling(actor &self) {
    make_unrunnable(self, actor_state::polling);
    sim.polling.push_back(&self);
    run_another(point_kind::blocked);
}

}  // namespace

void begin_simulation(const simulation_setup &setup) {
    sim.chooser = setup.chooser;
    sim.step_limit = setup.step_limit;
    sim.processors = setup.processors;
    sim.processors_held = 0;
    sim.held = 0;
    sim.restricted = false;
    sim.interrupted = nullptr;
    sim.runnable.clear();
    sim.runnable_ids.clear();
    sim.alarmed.clear();
    sim.polling.clear();
    sim.started.clear();
    sim.touched.clear();
    sim.every_step = setup.chooser->sees_every_step();
    sim.at = {};
    sim.now_ns = 0;
    sim.steps = 0;
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
    actor &first = *sim.runnable.front();
    sim.running = &first;
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

bool inside_simulation() noexcept { return sim.running != nullptr && met(); }
std::uint64_t steps_passed() noexcept { return sim.steps; }
std::uint64_t choices_made() noexcept { return sim.choices; }
actor &running_actor() noexcept { return *sim.running; }

void simulated_touch(const void *object, access how) noexcept {
    if (sim.every_step) {
        sim.touched.push_back({object, how});
    }
}

void simulated_point(point_kind kind, const void *object, const code_point &at) {
    point_before(kind, at);
    simulated_touch(object, access::write);
}

void simulated_access(const void *word, access how) {
    point_before(point_kind::access, {sim.at.by, nullptr});
    simulated_touch(word, how);
}

std::uint32_t simulated_pick(std::uint32_t alternatives) {
    while (sim.data.size() < alternatives) {
        sim.data.push_back(static_cast<std::uint32_t>(sim.data.size()));
    }
    return answer_to(point_kind::data, std::span(sim.data).first(alternatives), 0);
}

void simulated_yield(actor &self, const code_point &at) {
    sim.at = at;
    count_step();
    self.polled = nullptr;
    self.polled_value = sim.steps;
    wait_polling(self);
}

void simulated_poll(actor &self, const void *word, std::size_t size, std::uint64_t seen) {
    self.polled = word;
    self.polled_size = size;
    self.polled_value = seen;
    if (word_changed(self)) {
        return;
    }
    count_step();
    wait_polling(self);
    simulated_touch(word, access::read);
}

bool simulated_park(actor &self, std::uint64_t deadline_ns) {
    if (self.has_token) {
        self.has_token = false;
        return true;
    }
    if (deadline_ns != host::no_deadline && deadline_ns <= sim.now_ns) {
        return false;
    }
    make_unrunnable(self, actor_state::parked);
    self.timed_out = false;
    self.alarm_ns = deadline_ns;
    if (deadline_ns != host::no_deadline) {
        sim.alarmed.push_back(&self);
    }
    count_step();
    const void *waits_for = current_context->waits_for;
    run_another(point_kind::blocked);
    if (waits_for != nullptr) {
        simulated_touch(waits_for, access::write);
    }
    return !self.timed_out;
}

void simulated_unpark(actor &other) noexcept {
    simulated_touch(&other, access::write);
    if (other.state != actor_state::parked) {
        other.has_token = true;
        return;
    }
    if (other.alarm_ns != host::no_deadline) {
        sim.alarmed.erase(std::find(sim.alarmed.begin(), sim.alarmed.end(), &other));
        other.alarm_ns = host::no_deadline;
    }
    make_runnable(other);
}

void simulated_set_alarm(actor &parked, std::uint64_t deadline_ns) {
    const bool idle = parked.daemon && !parked.serving && parked.work == 0 && !parked.timed_out;
    if (idle && parked.state == actor_state::runnable && &parked != sim.running) {
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
    host::prepare(made.fiber, host::take_stack(), first_steps, &made);
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
    if (&self == sim.running && !eligible(self)) {
        run_another(point_kind::blocked);
    }
}

actor *interrupted_actor() noexcept { return simulating() ? sim.interrupted : nullptr; }

}  // namespace emu::sched
