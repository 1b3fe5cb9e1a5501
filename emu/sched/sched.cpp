// The front of the two backends: the one place that branches on "simulated".
#include "emu/sched/sched.hpp"

#include "emu/base/invariant.hpp"
#include "emu/sched/atomic.hpp"
#include "emu/sched/backend.hpp"

namespace emu::sched {

unsigned spin_limit = 0;
void (*stopped_handler)(actor &self) = nullptr;
void (*gone_handler)(actor &self) = nullptr;
void (*spinning_handler)(actor &self) = nullptr;

bool park(actor &self, std::uint64_t deadline_ns) {
    return simulating() ? simulated_park(self, deadline_ns) : native_park(self, deadline_ns);
}

void poll_word(actor &self, const void *word, std::size_t size, std::uint64_t seen,
               unsigned turn) {
    simulating() ? simulated_poll(self, word, size, seen) : native_poll(self, word, seen, turn);
}

void unpark(actor &other) noexcept {
    simulating() ? simulated_unpark(other) : native_unpark(other);
}

void interrupt(actor &other) noexcept {
    if (!simulating()) {
        native_unpark(other);
    }
}

std::uint64_t now_ns() noexcept { return simulating() ? simulated_now_ns() : native_now_ns(); }

void start(actor &made, context &at_work, void (*entry)(void *), void *argument) {
    made.at_work = &at_work;
    made.entry = entry;
    made.argument = argument;
    simulating() ? simulated_start(made) : native_start(made);
}

void finish(actor &self) { simulating() ? simulated_finish(self) : native_finish(self); }

void make_daemon(actor &served_by, std::uint64_t processors) {
    if (simulating()) {
        served_by.daemon = true;
        simulated_allow(served_by, processors);
    }
}

void make_daemon(actor &served_by, bool (*ready)(const actor &)) {
    make_daemon(served_by, ~std::uint64_t{0});
    if (simulating()) {
        served_by.ready = ready;
    }
}

void note_on_top(actor &self, bool begins) noexcept {
    if (simulating()) {
        self.holds_processor = begins;
        note_touch(nullptr);
    }
}

void pass_time(std::uint64_t ns) {
    if (simulating()) {
        return simulated_pass_time(ns);
    }
    for (const std::uint64_t end = native_now_ns() + ns; native_now_ns() < end;) {
        host::spin_pause();
    }
}

// In simulation everything is on one host thread; natively nobody reads these fields.
void set_work(actor &daemon, std::uint32_t count) noexcept {
    if (simulating()) {
        daemon.work = count;
        note_touch(nullptr);
    }
}

void note_serving(actor &daemon, bool begins) noexcept {
    if (simulating()) {
        daemon.serving = begins;
        note_touch(nullptr);
    }
}

void freeze(actor &interrupted, bool begins) noexcept {
    if (simulating()) {
        interrupted.frozen = begins;
        note_touch(nullptr);
    }
}

void set_alarm(actor &daemon, std::uint64_t deadline_ns) {
    simulating() ? simulated_set_alarm(daemon, deadline_ns) : native_unpark(daemon);
}

void allow_processors(actor &self, std::uint64_t processors) {
    if (simulating()) {
        simulated_allow(self, processors);
    }
}

void adopt(actor &made) {
    host::adopt_host_stack(made.fiber);
    made.running_on = &made.fiber;
}

namespace {

struct second_call {
    actor *self;
    second_stack *on;
    void (*body)(void *);
    void *argument;
};

void run_second(void *argument) {
    auto &call = *static_cast<second_call *>(argument);
    call.body(call.argument);
    call.self->running_on = call.on->below;
    call.on->fiber.unwound = true;
    host::leave_fiber(call.on->fiber, *call.on->below);
}

}  // namespace

bool call_on_second_stack(actor &self, void (*body)(void *), void *argument) {
    second_stack on;
    second_call call{&self, &on, body, argument};
    on.below = self.running_on;
    on.outer = self.top;
    on.fiber.label = on.below->label;
    const host::stack stack = host::take_stack();
    host::prepare(on.fiber, stack, run_second, &call);
    self.top = &on;
    self.running_on = &on.fiber;
    host::switch_fiber(*on.below, on.fiber);
    self.top = on.outer;
    host::discard(on.fiber);
    host::return_stack(stack, on.abandoned ? on.fiber.registers : nullptr);
    return !on.abandoned;
}

void abandon_second_stack(actor &self, second_stack &down_to) {
    host::fiber &from = *self.running_on;
    for (second_stack *each = self.top; each != &down_to; each = each->outer) {
        EMU_INVARIANT(each != nullptr);
        if (&each->fiber != &from) {
            host::discard(each->fiber);
            host::return_stack(each->fiber.bounds, each->fiber.registers);
        }
    }
    down_to.abandoned = true;
    self.top = &down_to;
    self.running_on = down_to.below;
    host::leave_fiber(from, *down_to.below);
}

}  // namespace emu::sched
