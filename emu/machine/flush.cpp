// KeFlushQueuedDpcs: each flush begins a new epoch of every queue, and waits until nothing of the
// one before is queued or at work.  What is queued later does not hold it up.
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

// The cells that a flush waits for: the guard is held.
bool anything_outstanding(const std::array<dpc_cell, 3> *const cells[], std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        for (const dpc_cell &each : *cells[i]) {
            if (each.outstanding != 0) {
                return true;
            }
        }
    }
    return false;
}

}  // namespace

void flush_dpcs(context &self) {
    const std::array<dpc_cell, 3> *before_now[max_processors];
    std::size_t count = 0;
    flush_waiter me{&self.thread->actor, nullptr};
    {
        const std::lock_guard held(work_guard);
        for (std::uint64_t left = touched_processors(); left != 0; left &= left - 1) {
            processor_work &each = work_of(static_cast<unsigned>(__builtin_ctzll(left)));
            before_now[count++] = &each.cells[each.epoch];
            each.epoch ^= 1;
        }
        me.next = flushing;
        flushing = &me;
    }
    for (;;) {
        {
            const std::lock_guard held(work_guard);
            if (!anything_outstanding(before_now, count)) {
                flush_waiter **at = &flushing;
                while (*at != &me) {
                    at = &(*at)->next;
                }
                *at = me.next;
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

void reset_flushes() noexcept { flushing = nullptr; }

}  // namespace emu::machine
