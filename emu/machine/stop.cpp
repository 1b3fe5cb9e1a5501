#include "emu/machine/stop.hpp"

#include <unistd.h>

#include <cstdio>

#include "emu/base/call_counts.hpp"
#include "emu/machine/exceptions.hpp"
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
    wdm_emu_seh_frame *boundary;
};

void run_watched(void *argument) {
    auto &call = *static_cast<watched_body *>(argument);
    call.watch->stack = call.self->actor.top;
    if (wdm_emu_seh_save(call.boundary) == 0) {
        call.body(call.argument);
    }
}

}  // namespace

const finding &last_finding() noexcept { return last; }
void clear_last_finding() noexcept { last.which = rule::none; }

void stop(const finding &found) {
    count_violating_call(found.in);
    thread &self = current_thread();
    if (expectation *watch = self.expecting) {
        if (!kill(self)) {
            sched::stopped_handler(self.actor);  // another thread survives
        }
        await_stop_of_others(self);
        watch->violated = true;
        watch->found = found;
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
    context &own = *current_context;
    const exception_state before = own.exceptions;
    own.exceptions.handling = nullptr;  // of another stack: addresses do not compare
    wdm_emu_seh_frame &boundary = push_frame(own, block_kind::boundary);
    watched_body call{&self, &watch, body, argument, &boundary};
    watch.outer = self.expecting;
    self.expecting = &watch;
    context *const at_work = current_context;
    sched::call_on_second_stack(self.actor, run_watched, &call);
    current_context = at_work;  // what the stack below had borrowed the thread for is gone
    self.expecting = watch.outer;
    const bool passed = own.exceptions.innermost == before.innermost;  // the boundary is off
    if (!passed) {
        drop_frames(own, boundary);
    }
    drop_handling(own);
    own.exceptions.handling = before.handling;
    if (passed) {
        wdm_emu_seh_frame &target = *boundary.target;
        const NTSTATUS code = boundary.code;
        release_frame(boundary);
        unwind(own, target, code);
    }
    return watch.violated;
}

}  // namespace emu::machine
