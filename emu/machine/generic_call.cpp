#include "emu/machine/generic_call.hpp"

#include <vector>

#include "emu/host/happens_before.hpp"
#include "emu/machine/dpc.hpp"
#include "emu/machine/processor.hpp"
#include "emu/machine/call_turn.hpp"
#include "emu/sched/sched.hpp"

namespace emu::machine {

namespace {

call_turn under_way;

struct generic_call {
    explicit generic_call(std::uint32_t processors)
        : total(processors), left(processors), dpcs(processors) {}
    std::uint32_t total;
    sched::atomic<std::uint32_t> left;  // processors that are not done
    sched::atomic<std::uint32_t> arrived{0};
    sched::atomic<std::uint32_t> phase{0};  // counts barriers passed
    std::vector<KDPC> dpcs;
};

void wait_for_change(context &self, const sched::atomic<std::uint32_t> &word, std::uint32_t seen) {
    // acquire pairs with the release of whoever changes it
    for (unsigned turn = 0; word.load(std::memory_order_acquire) == seen; ++turn) {
        sched::poll(self.thread->actor, word, seen, turn);
    }
    host::taken_over(&under_way);
}

void queue_on(context &self, generic_call &call, unsigned processor, PKDEFERRED_ROUTINE routine,
              void *argument) {
    KDPC &dpc = call.dpcs[processor];
    initialize_dpc(dpc, dpc_object, routine, argument);
    dpc.Importance = HighImportance;
    dpc.Number = static_cast<USHORT>(first_target + processor);
    insert_dpc(self, dpc, &call, &call);
}

}  // namespace

void call_on_all_processors(context &self, PKDEFERRED_ROUTINE routine, void *argument) {
    under_way.take(self);
    generic_call call(processor_count());
    const std::uint8_t before = set_irql(self, dispatch_level);
    for (unsigned i = 0; i < call.total; ++i) {
        queue_on(self, call, i, routine, argument);
    }
    set_irql(self, before);  // runs this processor's
    for (std::uint32_t seen; (seen = call.left.load(std::memory_order_acquire)) != 0;) {
        wait_for_change(self, call.left, seen);
    }
    under_way.give_back();
}

void generic_call_done(void *system_argument_1) {
    // release: what the routine wrote is seen by the caller that returns
    host::handed_over(&under_way);
    static_cast<generic_call *>(system_argument_1)->left.fetch_sub(1, std::memory_order_acq_rel);
}

bool generic_call_synchronize(context &self, void *system_argument_2) {
    auto &call = *static_cast<generic_call *>(system_argument_2);
    host::handed_over(&under_way);
    const std::uint32_t phase = call.phase.load(std::memory_order_relaxed);
    if (call.arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == call.total) {
        call.arrived.store(0, std::memory_order_relaxed);
        call.phase.store(phase + 1, std::memory_order_release);
        return true;
    }
    wait_for_change(self, call.phase, phase);
    return false;
}

void reset_generic_calls() noexcept { under_way.reset(); }

}  // namespace emu::machine
