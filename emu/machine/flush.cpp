// KeFlushQueuedDpcs: closes the open epoch of every queue and waits until nothing of it is queued
// or at work.  What is queued later goes into the next epoch and does not hold it up.
//
// There are two epochs, so that one can be closed only when the one before has run dry.  A flush
// that comes meanwhile waits for that first; whoever sees it closes for all of them.
#include "emu/host/happens_before.hpp"
#include "emu/machine/dpc.hpp"
#include "emu/machine/processor.hpp"
#include "emu/machine/service.hpp"
#include "emu/sched/sched.hpp"

namespace emu::machine {

namespace {

// Those that wait in flush_dpcs; guarded by work_guard.
struct flush_waiter {
    sched::actor *parked;
    flush_waiter *next;
};
flush_waiter *flushing = nullptr;

std::uint64_t closed = 0;  // how many epochs have been closed; guarded by work_guard

template <class Visit>
void for_each_processor(const Visit &visit) {
    for (std::uint64_t left = touched_processors(); left != 0; left &= left - 1) {
        visit(work_of(static_cast<unsigned>(__builtin_ctzll(left))));
    }
}

// Nothing of the epoch closed last is queued or at work.  The guard is held.
bool is_dry() {
    bool dry = true;
    for_each_processor([&](const processor_work &each) {
        for (const dpc_cell &cell : each.cells[each.epoch ^ 1]) {
            dry = dry && cell.outstanding == 0;
        }
    });
    return dry;
}

// The guard is held.
void close_epoch() {
    for_each_processor([](processor_work &each) { each.epoch ^= 1; });
    ++closed;
}

// Whether all of the epoch with that number has run; closes it when its turn has come.  The guard
// is held.
bool has_run(std::uint64_t epoch) {
    if (closed < epoch && is_dry()) {
        close_epoch();
    }
    return closed > epoch || (closed == epoch && is_dry());
}

void stop_waiting(flush_waiter &me) {
    flush_waiter **at = &flushing;
    while (*at != &me) {
        at = &(*at)->next;
    }
    *at = me.next;
}

}  // namespace

void flush_dpcs(context &self) {
    flush_waiter me{&self.thread->actor, nullptr};
    std::uint64_t epoch = 0;  // that what is queued now belongs to
    {
        const std::lock_guard held(work_guard);
        epoch = closed + 1;
        me.next = flushing;
        flushing = &me;
    }
    for (;;) {
        {
            const std::lock_guard held(work_guard);
            if (has_run(epoch)) {
                stop_waiting(me);
                host::taken_over(&work_guard);  // from every DPC that has ended
                return;
            }
        }
        sched::park(self.thread->actor, host::no_deadline);
    }
}

void wake_flushers() {
    for (flush_waiter *each = flushing; each != nullptr; each = each->next) {
        sched::unpark(*each->parked);
    }
}

void reset_flushes() noexcept {
    flushing = nullptr;
    closed = 0;
}

}  // namespace emu::machine
