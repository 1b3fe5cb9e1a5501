#include "emu/nt/enter.hpp"

#include "emu/dispatcher/wait.hpp"
#include "emu/host/backtrace.hpp"
#include "emu/machine/apc.hpp"
#include "emu/host/happens_before.hpp"
#include "emu/host/race.hpp"
#include "emu/machine/machine.hpp"
#include "emu/machine/processor.hpp"
#include "emu/machine/stop.hpp"
#include "emu/nt/ports.hpp"
#include "emu/sched/simulation.hpp"
#include "emu/trace/events.hpp"
#include "emu/verify/bug_checks.hpp"

namespace emu::nt {

context &meet() {
    if (!machine::booted()) {
        boot_machine(machine::default_options());
    }
    return machine::adopt_current();
}

void stop_on(const finding *found) {
    if (found != nullptr) {
        machine::stop(*found);
    }
}

void note_blocked(const verify::call &at, std::optional<lock_family> lock) {
    note_kind_waited_for(at.self, lock);
    at.self.waits_at = at.caller;
    at.self.waits_in = at.by;
    if (trace::recording()) {
        wait_stack &stack = at.self.thread->blocked_at;
        stack.count = static_cast<std::uint32_t>(host::capture_frames(stack.frames, 1));
        at.self.waits_on_stack = &stack;
    }
    // read by other threads that free memory: release pairs with the acquire in judge_free
    __atomic_store_n(&at.self.waits_for, at.object, __ATOMIC_RELEASE);
    trace_event(at, trace::event_kind::blocked);
}

void note_unblocked(const verify::call &at) {
    __atomic_store_n(&at.self.waits_for, nullptr, __ATOMIC_RELAXED);
    trace_event(at, trace::event_kind::woke);
}

void contract_broken(const verify::call &at) { stop_on(verify::judge_contract(at)); }

void bad_address(const verify::call &at, std::size_t alignment, const bug_check &misaligned) {
    stop_on(verify::judge_object_address(at, alignment, misaligned));
}

namespace {

void refuse(const verify::call &at) {
    machine::thread &self = machine::current_thread();
    if (self.system && !machine::survived_by(self)) {
        sched::finish(self.actor);  // stops at its first call after the machine's death
    }
    stop_on(verify::broken(
        at, rule::machine_dead, {},
        "%s was called after the machine's bug check; boot another with emu::boot()",
        contract_of(at.by).name));
}

}  // namespace

const finding *race_found(const verify::call &at) {
    if constexpr (host::race_detection) {
        if (const host::race *noted = host::noted_race()) {
            // In a dead machine nothing orders the survivor after the threads that were left.
            const finding *found = machine::dead() ? nullptr : verify::judge_race(at, *noted);
            host::forget_race();
            return found;
        }
    }
    static_cast<void>(at);
    return nullptr;
}

void attend(const verify::call &at, interferes with_others) {
    const std::uint32_t word = attention_word.load(std::memory_order_acquire);
    if ((word & attention_stopped) != 0) {
        refuse(at);
    }
    if ((word & attention_simulating) != 0) {
        if (sched::simulated_actor != &at.self.thread->actor) {
            machine::adopt_current();  // a host thread in a simulation: ends the process
        }
        stop_on(race_found(at));
        if (with_others == interferes::yes) {
            sched::point(point_kind::call, at.object, {at.by, at.caller});
        } else if (at.object != nullptr) {
            sched::note_touch(at.object);
        }
    }
    if (machine::pending(at.self) && (word & attention_simulating) == 0) {
        machine::deliver_pending(at.self, at.self.irql);  // simulated, the strategy says when
    }
    if (__builtin_expect(machine::kernel_apcs_queued(*at.self.thread), 0)) {
        if (with_others == interferes::yes) {
            stop_on(verify::judge_wait_due(at));
        }
        machine::deliver_kernel_apcs(at.self);
    }
    if (with_others == interferes::yes) {
        trace_event(at, trace::event_kind::call);  // queries would only fill the picture
    }
}

}  // namespace emu::nt
