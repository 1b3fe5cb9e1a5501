#include "emu/machine/stop.hpp"

#include <unistd.h>

#include <cstdio>

#include "emu/base/call_counts.hpp"
#include "emu/machine/machine.hpp"
#include "emu/sched/simulation.hpp"

namespace emu::machine {

void (*print_report)(const finding &found) = nullptr;

namespace {

finding last;

struct watched_body {
    thread *self;
    expectation *watch;
    void (*body)(void *);
    void *argument;
};

void run_watched(void *argument) {
    auto &call = *static_cast<watched_body *>(argument);
    call.watch->stack = call.self->actor.top;
    call.body(call.argument);
}

}  // namespace

const finding &last_finding() noexcept { return last; }
void clear_last_finding() noexcept { last.which = rule::none; }

void stop(const finding &found) {
    count_violating_call(found.in);
    thread &self = current_thread();
    if (expectation *watch = self.expecting) {
        watch->violated = true;
        watch->found = found;
        kill(self);
        sched::abandon_second_stack(self.actor, *watch->stack);
    }
    last = found;
    sched::end_if_simulated();
    print_report(found);
    std::fflush(nullptr);
    write_call_counts();
    _exit(violation_exit_code);
}

bool expect(expectation &watch, void (*body)(void *), void *argument) {
    thread &self = current_thread();
    watched_body call{&self, &watch, body, argument};
    watch.outer = self.expecting;
    self.expecting = &watch;
    context *const before = current_context;
    sched::call_on_second_stack(self.actor, run_watched, &call);
    current_context = before;  // the violation may have been a DPC's, on top of this context
    self.expecting = watch.outer;
    return watch.violated;
}

}  // namespace emu::machine
