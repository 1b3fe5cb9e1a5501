#include "emu/machine/clock.hpp"

#include "emu/machine/service.hpp"
#include "emu/sched/sched.hpp"

namespace emu::machine {

timer_source timers{};

namespace {

// Guarded by the timers' guard, which their source holds when it calls in here.
thread *clock_thread = nullptr;

void tick(void *) {
    sched::actor &self = current_context->thread->actor;
    for (;;) {
        sched::set_work(self, 0);
        sched::note_serving(self, true);
        const std::uint64_t next = timers.look(sched::now_ns());
        sched::note_serving(self, false);
        sched::park(self, next);
    }
}

}  // namespace

void set_clock(std::uint64_t deadline_ns) {
    if (clock_thread != nullptr) {
        sched::set_alarm(clock_thread->actor, deadline_ns);
    } else if (deadline_ns != host::no_deadline) {
        clock_thread = &start_daemon("clock", ~std::uint64_t{0}, tick, nullptr);
        sched::set_alarm(clock_thread->actor, deadline_ns);
    }
}

void set_due_timers(unsigned processor, std::uint32_t count) {
    const std::lock_guard held(work_guard);
    processor_work &of = work_of(processor);
    of.due_timers = count;
    if (count != 0) {
        wake_service(of);
    } else {
        tell_work(of);
    }
}

void reset_clock() noexcept { clock_thread = nullptr; }

}  // namespace emu::machine
