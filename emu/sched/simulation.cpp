// The questions of a simulation: who may go on, who does, and what happens when nobody can.
#include "emu/sched/simulation.hpp"

#include <algorithm>
#include <cstring>

#include "emu/base/invariant.hpp"
#include "emu/sched/atomic.hpp"
#include "emu/sched/backend.hpp"
#include "emu/sched/world.hpp"

namespace emu::sched {

world sim;
actor *simulated_actor = nullptr;

void leave_to_root(outcome result) {
    sim.result = result;
    host::fiber &from = *simulated_actor->running_on;
    *sim.host_exceptions = sim.root_exceptions;
    current_context = sim.root_context;
    simulated_actor = nullptr;
    host::switch_fiber(from, sim.root);
    EMU_INVARIANT(!"an abandoned fiber was resumed");
    __builtin_unreachable();
}

static void switch_to(actor &next) {
    actor &from = *simulated_actor;
    if (&next == &from) {
        return;
    }
    sim.interrupted = from.state == actor_state::runnable ? &from : nullptr;
    from.at_work = current_context;
    from.exceptions = *sim.host_exceptions;
    simulated_actor = &next;
    current_context = next.at_work;
    *sim.host_exceptions = next.exceptions;
    if (from.state == actor_state::finished) {
        host::leave_fiber(*from.running_on, *next.running_on);
    }
    host::switch_fiber(*from.running_on, *next.running_on);
}

void make_runnable(actor &woken) {
    woken.state = actor_state::runnable;
    auto &ids = sim.runnable;
    ids.push_back(woken.id);
    for (std::size_t at = ids.size() - 1; at > 0 && ids[at - 1] > ids[at]; --at) {
        std::swap(ids[at - 1], ids[at]);
    }
}

void make_unrunnable(actor &gone, actor_state why) {
    gone.state = why;
    std::erase(sim.runnable, gone.id);
}

static bool word_changed(const actor &poller) {
    if (poller.polled == nullptr) {
        return sim.question.step > poller.polled_value;
    }
    std::uint64_t now = 0;
    std::memcpy(&now, poller.polled, poller.polled_size);
    return now != poller.polled_value;
}

// Those whose word has changed may go on.
[[gnu::noinline]] static void look_at_polled_words() {
    std::erase_if(sim.polling, [](actor *each) {
        if (!word_changed(*each)) {
            return false;
        }
        make_runnable(*each);
        return true;
    });
}

static std::uint64_t all_processors() {
    return sim.processors < 64 ? (std::uint64_t{1} << sim.processors) - 1 : ~std::uint64_t{0};
}

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
static bool nobody_is_left() {
    return std::all_of(sim.started.begin(), sim.started.end(), [](const actor *each) {
        return each->state == actor_state::finished || (each->daemon && !each->serving) ||
               (each->state == actor_state::parked && each->idle);
    });
}

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

// Threads below DISPATCH_LEVEL find a processor, no daemon is about and no alarm set: who is
// runnable may go on.
static bool all_eligible() {
    return sim.processors_held < sim.processors && !sim.restricted && sim.alarmed.empty();
}

static std::uint64_t next_alarm_ns() {
    std::uint64_t first = host::no_deadline;
    for (const actor *each : sim.alarmed) {
        first = std::min(first, each->alarm_ns);
    }
    return first;
}

// The earliest alarm rings, and with it all of the same time, so that who goes first among them is
// the strategy's choice.
static bool ring_next_alarm() {
    if (sim.alarmed.empty()) {
        return false;
    }
    sim.now_ns = std::max(sim.now_ns, next_alarm_ns());
    ring_alarms();
    return true;
}

// A thread may be preempted for a quantum at any of its steps: what is due by then may come first.
static bool time_may_pass() {
    constexpr std::uint64_t quantum_ns = 30'000'000;  // two ticks of the clock, as on clients
    return sim.early_alarms > 0 && !sim.alarmed.empty() &&
           next_alarm_ns() <= sim.now_ns + quantum_ns;
}

[[gnu::noinline]] static std::span<const std::uint32_t> find_eligible() {
    sim.eligible.clear();
    for (const std::uint32_t id : sim.runnable) {
        if (eligible(*sim.started[id])) {
            sim.eligible.push_back(id);
        }
    }
    if (!sim.eligible.empty() && time_may_pass()) {
        sim.eligible.push_back(time_passes);
    }
    return sim.eligible;
}

static std::span<const std::uint32_t> eligible_ones() {
    return all_eligible() ? std::span<const std::uint32_t>(sim.runnable) : find_eligible();
}

// The strategy's answer; does not return if it has seen enough of this execution.
static std::uint32_t answer_to(point_kind kind, std::span<const std::uint32_t> candidates,
                               std::int32_t running) {
    sim.choices += candidates.size() > 1 ? 1U : 0U;
    sim.question.kind = kind;
    sim.question.candidates = candidates;
    sim.question.running = running;
    if (__builtin_expect(sim.every_step, 0)) {
        sim.question.since = sim.touched;
    }
    const std::uint32_t chosen = sim.chooser->choose(sim.question);
    if (__builtin_expect(chosen == strategy::cut, 0)) {
        leave_to_root(outcome::cut);
    }
    if (__builtin_expect(sim.every_step, 0)) {
        sim.touched.clear();
    }
    EMU_INVARIANT(chosen < candidates.size());
    return chosen;
}

[[gnu::noinline]] static void pass_time_early() {
    --sim.early_alarms;
    ring_next_alarm();
    simulated_touch(nullptr, access::write);
}

// `running`: the actor that asks, if it may go on, or -1.
static actor &ask(point_kind kind, std::span<const std::uint32_t> candidates,
                  std::int32_t running) {
    for (;;) {
        if (candidates.size() == 1 && !sim.every_step) {
            return *sim.started[candidates[0]];
        }
        EMU_INVARIANT(!candidates.empty());
        const std::uint32_t chosen = candidates[answer_to(kind, candidates, running)];
        if (__builtin_expect(chosen != time_passes, 1)) {
            return *sim.started[chosen];
        }
        pass_time_early();
        candidates = eligible_ones();
    }
}

// Those that yielded go on when nobody else can.
static bool let_yielders_go_on() {
    return std::erase_if(sim.polling, [](actor *each) {
               if (each->polled != nullptr) {
                   return false;
               }
               make_runnable(*each);
               return true;
           }) > 0;
}

// Lets time pass, or waits end, until somebody may go on; ends the execution if nobody ever will.
static std::span<const std::uint32_t> find_somebody() {
    for (;;) {
        const std::span<const std::uint32_t> found = eligible_ones();
        if (!found.empty()) {
            return found;
        }
        if (sim.restricted && nobody_is_left()) {
            leave_to_root(outcome::completed);  // timers that are set keep no execution alive
        }
        if (!ring_next_alarm() && !let_yielders_go_on()) {
            leave_to_root(nobody_is_left() ? outcome::completed : outcome::stuck);
        }
    }
}

void run_another(point_kind kind) {
    if ((attention_word.load(std::memory_order_relaxed) & attention_stopped) != 0) {
        leave_to_root(outcome::completed);  // the survivor of an expected bug check is done
    }
    if (!sim.polling.empty()) {
        look_at_polled_words();
    }
    switch_to(ask(kind, find_somebody(), -1));
}

static void count_step() {
    if (++sim.question.step > sim.step_limit) {
        leave_to_root(outcome::step_limit);
    }
}

// A question before the running actor goes on.
[[gnu::always_inline]] static inline void point_before(point_kind kind, code_point at) {
    count_step();
    sim.question.at = at;
    if (__builtin_expect(!sim.polling.empty(), 0)) {
        look_at_polled_words();
    }
    if (sim.runnable.size() > 1 || sim.every_step || !sim.alarmed.empty()) {
        switch_to(ask(kind, eligible_ones(), static_cast<std::int32_t>(simulated_actor->id)));
    }
}

static void wait_polling(actor &self) {
    make_unrunnable(self, actor_state::polling);
    sim.polling.push_back(&self);
    run_another(point_kind::blocked);
}

void simulated_touch(const void *object, access how) noexcept {
    if (sim.every_step) {
        sim.touched.push_back({object, how});
    }
}

[[gnu::noinline]] static void seen_point(point_kind kind, const void *object, code_point at) {
    point_before(kind, at);
    simulated_touch(object, access::write);
}

void simulated_point(point_kind kind, const void *object, code_point at) {
    if (__builtin_expect(sim.every_step, 0)) {
        return seen_point(kind, object, at);
    }
    point_before(kind, at);
}

void simulated_access(const void *word, access how) {
    point_before(point_kind::access, {sim.question.at.by, nullptr});
    simulated_touch(word, how);
}

static std::uint32_t answer_in_numbers(point_kind kind, std::uint32_t alternatives) {
    while (sim.data.size() < alternatives) {
        sim.data.push_back(static_cast<std::uint32_t>(sim.data.size()));
    }
    return answer_to(kind, std::span(sim.data).first(alternatives), 0);
}

std::uint32_t simulated_pick(std::uint32_t alternatives) {
    return answer_in_numbers(point_kind::data, alternatives);
}

bool simulated_fault(code_point at, fault_odds odds) {
    sim.question.at = at;
    sim.question.odds = odds;
    return answer_in_numbers(point_kind::fault, 2) == 1;
}

void simulated_yield(actor &self, code_point at) {
    sim.question.at = at;
    count_step();
    self.polled = nullptr;
    self.polled_value = sim.question.step;
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

}  // namespace emu::sched
