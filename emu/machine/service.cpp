#include "emu/machine/service.hpp"

#include <memory>
#include <new>
#include <utility>

#include "emu/machine/dpc.hpp"
#include "emu/machine/generic_call.hpp"
#include "emu/machine/interrupt.hpp"
#include "emu/machine/ipi_call.hpp"
#include "emu/machine/machine.hpp"
#include "emu/machine/processor.hpp"
#include "emu/sched/sched.hpp"
#include "emu/host/mutex.hpp"

namespace emu::machine {

host::mutex work_guard;

namespace {

std::array<std::unique_ptr<processor_work>, max_processors> works;  // type-stable once made
std::uint64_t touched = 0;

void make_fresh(processor_work &one, unsigned number) {
    one.number = number;
    InitializeListHead(&one.dpcs);
    InitializeListHead(&one.threaded);
    one.dpc_count = one.threaded_count = one.due_timers = 0;
    one.requested = false;
    one.epoch = 0;
    one.service = nullptr;
    one.threaded_service = nullptr;
    one.interrupts.clear();
    one.isrs_at_work = 0;
    one.interrupt_service = nullptr;
    one.dpc_runs.store(false, std::memory_order_relaxed);
    for (auto &epoch : one.cells) {
        for (unsigned kind = 0; kind < epoch.size(); ++kind) {
            epoch[kind] = {&one, 0, kind == 1, kind == 2};
        }
    }
}

}  // namespace

processor_work &work_of(unsigned processor) {
    if ((touched >> processor & 1) == 0) {
        touched |= std::uint64_t{1} << processor;
        if (works[processor] == nullptr) {
            works[processor] = std::make_unique<processor_work>();
        }
        make_fresh(*works[processor], processor);
    }
    return *works[processor];
}

std::uint64_t touched_processors() noexcept { return touched; }

void tell_work(const processor_work &of) noexcept {
    if (of.service != nullptr) {
        sched::set_work(of.service->actor, of.dpc_count + of.due_timers);
    }
    if (of.threaded_service != nullptr) {
        sched::set_work(of.threaded_service->actor, of.threaded_count);
    }
}

thread &start_daemon(const char *name, std::uint64_t processors, void (*serve)(void *),
                     void *argument) {
    thread &made = create_thread(name);
    made.affinity = processors;
    made.own.preferred_processor = static_cast<std::uint16_t>(__builtin_ctzll(processors));
    made.start_routine = serve;
    made.start_context = argument;
    start_thread(made);
    sched::make_daemon(made.actor, processors);
    return made;
}

namespace {

// The thread whose work a service interrupts as it takes the processor: the one that ran last, if
// it was on it, or null.
thread *interrupted_thread(unsigned processor) {
    sched::actor *before = sched::interrupted_actor();
    if (before == nullptr || before->daemon) {
        return nullptr;
    }
    auto *owner = static_cast<thread *>(before->owner);
    const bool here =
        owner->own.irql < dispatch_level && current_processor(owner->own) == processor;
    return here ? owner : nullptr;
}

}  // namespace

void take_free_processor(const processor_work &of, context &self) {
    thread *below = interrupted_thread(of.number);
    if (below != nullptr) {
        sched::freeze(below->actor, true);
    }
    take_this_processor(self, of.number);
    self.irql = dispatch_level;
    self.borrowed = below;
}

void leave_interrupted_thread(context &self) {
    if (thread *below = std::exchange(self.borrowed, nullptr)) {
        sched::freeze(below->actor, false);
    }
}

// A thread that a fault or the machine's death ended may have held the guard.
void reset_dpcs() {
    if (touched != 0) {
        new (&work_guard) host::mutex;
        touched = 0;
        reset_flushes();
        reset_generic_calls();
        reset_interrupts();
        reset_ipi_calls();
    }
}

}  // namespace emu::machine
