#include "emu/machine/ipi_call.hpp"

#include <array>

#include "emu/host/happens_before.hpp"
#include "emu/machine/interrupt.hpp"
#include "emu/machine/processor.hpp"
#include "emu/machine/call_turn.hpp"
#include "emu/sched/sched.hpp"

namespace emu::machine {

namespace {

constexpr std::uint8_t ipi_level = 14;

call_turn under_way;

struct ipi_call {
    PKIPI_BROADCAST_WORKER routine;
    ULONG_PTR argument;
    std::uint32_t total;
    int source;                               // the caller's processor
    ULONG_PTR result = 0;                     // written there
    sched::atomic<std::uint32_t> arrived{0};  // at the barrier
    sched::atomic<std::uint32_t> done{0};
};

// acquire pairs with the fetch_add of each processor
void wait_for_all(context &self, const sched::atomic<std::uint32_t> &counter,
                  std::uint32_t total) {
    std::uint32_t seen = 0;
    for (unsigned turn = 0; (seen = counter.load(std::memory_order_acquire)) != total; ++turn) {
        sched::poll(self.thread->actor, counter, seen, turn);
    }
    host::taken_over(&under_way);
}

BOOLEAN run_here(PKINTERRUPT, PVOID argument) {
    auto &call = *static_cast<ipi_call *>(argument);
    context &self = *current_context;
    host::handed_over(&under_way);
    call.arrived.fetch_add(1, std::memory_order_acq_rel);
    wait_for_all(self, call.arrived, call.total);
    const ULONG_PTR result = call.routine(call.argument);
    if (self.processor == call.source) {
        call.result = result;
    }
    // release: what the routine wrote is seen by the caller that returns; then the call is gone
    host::handed_over(&under_way);
    call.done.fetch_add(1, std::memory_order_acq_rel);
    return TRUE;
}

KINTERRUPT &connect_to(ipi_call &call, unsigned processor) {
    KINTERRUPT &made = connect_interrupt();
    made.routine = run_here;
    made.told = reinterpret_cast<const void *>(call.routine);
    made.context = &call;
    made.vector = 0;
    made.irql = made.synchronize_irql = ipi_level;
    made.processors = std::uint64_t{1} << processor;
    return made;
}

}  // namespace

ULONG_PTR interrupt_all_processors(context &self, PKIPI_BROADCAST_WORKER routine,
                                   ULONG_PTR argument) {
    // The processor first: who waits for its turn on one can be interrupted there.
    const std::uint8_t before = self.irql;
    if (before < dispatch_level) {
        set_irql(self, dispatch_level);
    }
    under_way.take(self);
    ipi_call call{routine, argument, processor_count(), self.processor};
    std::array<KINTERRUPT *, max_processors> interrupts{};
    for (unsigned each = 0; each < call.total; ++each) {
        interrupts[each] = &connect_to(call, each);
        if (static_cast<int>(each) != call.source) {
            raise_interrupt(*interrupts[each], static_cast<int>(each));
        }
    }
    serve_now(self, *interrupts[static_cast<unsigned>(call.source)]);
    wait_for_all(self, call.done, call.total);
    for (unsigned each = 0; each < call.total; ++each) {
        disconnect_interrupt(self, *interrupts[each]);
    }
    under_way.give_back();
    if (self.irql != before) {
        set_irql(self, before);
    }
    return call.result;
}

void reset_ipi_calls() noexcept { under_way.reset(); }

}  // namespace emu::machine
