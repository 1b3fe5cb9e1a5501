#include "emu/machine/dpc.hpp"

#include <algorithm>

#include "emu/machine/clock.hpp"
#include "emu/machine/machine.hpp"
#include "emu/machine/processor.hpp"
#include "emu/machine/service.hpp"
#include "emu/sched/sched.hpp"
#include "emu/host/happens_before.hpp"

namespace emu::machine {

namespace {

enum cell_kind : unsigned { plain_cell, timer_cell, threaded_cell };

bool has_target(const KDPC &dpc) noexcept { return dpc.Number >= first_target; }

unsigned target_of(const KDPC &dpc) noexcept {
    return has_target(dpc) ? dpc.Number - first_target : 0;
}

KDPC &dpc_of(LIST_ENTRY *entry) noexcept { return *CONTAINING_RECORD(entry, KDPC, DpcListEntry); }

bool list_has(const LIST_ENTRY &head, const KDPC &dpc) noexcept {
    for (const LIST_ENTRY *each = head.Flink; each != &head; each = each->Flink) {
        if (each == &dpc.DpcListEntry) {
            return true;
        }
    }
    return false;
}

// The guard is held.
template <class Visit>
void for_each_queue(const Visit &visit) {
    for (std::uint64_t left = touched_processors(); left != 0; left &= left - 1) {
        processor_work &each = work_of(static_cast<unsigned>(__builtin_ctzll(left)));
        visit(each, each.dpcs);
        visit(each, each.threaded);
    }
}

// The queue it is on, or null.  DpcData of a KDPC that was never initialised, or that an earlier
// machine left queued, says nothing: the queues do.  The guard is held.
processor_work *queue_of(const KDPC &dpc) noexcept {
    processor_work *found = nullptr;
    for_each_queue([&](processor_work &each, const LIST_ENTRY &head) {
        if (list_has(head, dpc)) {
            found = &each;
        }
    });
    return found;
}

// The guard is held.
void count_off(dpc_cell &cell) {
    if (--cell.outstanding == 0) {
        wake_flushers();
    }
}

// The guard is held.
void count_queued(processor_work &of, bool threaded, std::int32_t more) {
    (threaded ? of.threaded_count : of.dpc_count) += static_cast<std::uint32_t>(more);
    tell_work(of);
}

// The guard is held.
dpc_cell &take_off(KDPC &dpc) {
    auto &cell = *static_cast<dpc_cell *>(dpc.DpcData);
    RemoveEntryList(&dpc.DpcListEntry);
    host::taken_over(&dpc);
    sched::note_touch(nullptr);
    dpc.DpcData = nullptr;
    count_queued(*cell.of, cell.threaded, -1);
    return cell;
}

// The guard is held.
void put_on(processor_work &onto, KDPC &dpc, void *first, void *second, bool by_timer) {
    const bool threaded = dpc.Type == threaded_dpc_object;
    dpc_cell &cell = onto.cells[onto.epoch][threaded   ? threaded_cell
                                            : by_timer ? timer_cell
                                                       : plain_cell];
    ++cell.outstanding;
    host::handed_over(&dpc);
    sched::note_touch(nullptr);  // whoever holds the processor may be the next to run it
    dpc.DpcData = &cell;
    dpc.SystemArgument1 = first;
    dpc.SystemArgument2 = second;
    LIST_ENTRY &head = threaded ? onto.threaded : onto.dpcs;
    dpc.Importance == HighImportance ? InsertHeadList(&head, &dpc.DpcListEntry)
                                     : InsertTailList(&head, &dpc.DpcListEntry);
    count_queued(onto, threaded, 1);
}

void mark_pending(context &of) {
    __atomic_fetch_or(&of.attention, attention_pending, __ATOMIC_RELAXED);
}

// Who is to run it, now that it is queued.  The guard is held.
void request(context &self, processor_work &on, const KDPC &dpc) {
    if (dpc.Type == threaded_dpc_object) {
        return wake_threaded_service(on);
    }
    const bool own = self.processor == static_cast<int>(on.number);
    if (own ? dpc.Importance != LowImportance
            : dpc.Importance == HighImportance || dpc.Importance == MediumHighImportance) {
        on.requested = true;
        // acquire pairs with the release of try_take_last_processor
        if (context *holder = processor_tokens[on.number].holder.load(std::memory_order_acquire)) {
            mark_pending(*holder);
        }
    }
    if (!own || !on.requested) {
        wake_service(on);  // else this very context runs it as its level falls
    }
}

struct deferred_call {
    KDPC *dpc;
    PKDEFERRED_ROUTINE routine;
    void *context;
    void *first;
    void *second;
};

void call_deferred(void *argument) {
    const auto &call = *static_cast<deferred_call *>(argument);
    call.routine(call.dpc, call.context, call.first, call.second);
}

// Takes the first off the list; false if it is empty.
bool next_of(LIST_ENTRY &head, deferred_call &into, dpc_cell *&cell) {
    const std::lock_guard held(work_guard);
    if (IsListEmpty(&head)) {
        return false;
    }
    KDPC &dpc = dpc_of(head.Flink);
    into = {&dpc, dpc.DeferredRoutine, dpc.DeferredContext, dpc.SystemArgument1,
            dpc.SystemArgument2};
    cell = &take_off(dpc);
    return true;
}

void done_with(dpc_cell &cell) {
    host::handed_over(&work_guard);  // to flush_dpcs
    const std::lock_guard held(work_guard);
    count_off(cell);
}

callback_entry entry_of(const deferred_call &call, const dpc_cell &cell) {
    callback_entry made;
    made.routine = reinterpret_cast<const void *>(call.routine);
    made.object = call.dpc;
    made.by_timer = cell.by_timer;
    return made;
}

void run_all(processor_work &of) {
    deferred_call call{};
    dpc_cell *cell = nullptr;
    while (!dead() && next_of(of.dpcs, call, cell)) {
        begin_interruption(of.dpc, context_kind::dpc, dispatch_level, entry_of(call, *cell));
        of.dpc_runs.store(true, std::memory_order_relaxed);
        // off its queue, and not begun: too late to remove it
        sched::point(point_kind::start, nullptr, {});
        call_driver(call_deferred, &call);
        of.dpc_runs.store(false, std::memory_order_relaxed);
        end_interruption(of.dpc);
        done_with(*cell);
    }
}

bool has_due_timers(const processor_work &of) {
    const std::lock_guard held(work_guard);
    return of.due_timers != 0;
}

// Of a dead machine nothing is served any more.
void stop_if_dead(context &self) {
    if (dead()) {
        sched::finish(self.thread->actor);
    }
}

void serve_once(processor_work &of, context &self) {
    sched::note_serving(self.thread->actor, true);
    take_free_processor(of, self);
    if (has_due_timers(of)) {
        timers.expire(of.number);
        // too late to cancel, but not to remove the DPC
        sched::point(point_kind::start, nullptr, {});
    }
    run_queued_dpcs(self);
    return_processor(self);
    self.irql = 0;
    leave_interrupted_thread(self);
    sched::note_serving(self.thread->actor, false);
}

bool has_work(const processor_work &of) {
    const std::lock_guard held(work_guard);
    return of.dpc_count + of.due_timers != 0;
}

void serve(void *argument) {
    auto &of = *static_cast<processor_work *>(argument);
    context &self = *current_context;
    for (;;) {
        stop_if_dead(self);
        if (has_work(of)) {
            serve_once(of, self);
        } else {
            sched::park(self.thread->actor, host::no_deadline);
        }
    }
}

// A threaded DPC runs in the thread's own context: at PASSIVE_LEVEL, but nothing that it may take
// along.
void serve_threaded(void *argument) {
    auto &of = *static_cast<processor_work *>(argument);
    context &self = *current_context;
    for (;;) {
        deferred_call call{};
        dpc_cell *cell = nullptr;
        stop_if_dead(self);
        sched::note_serving(self.thread->actor, true);
        if (next_of(of.threaded, call, cell)) {
            callback_entry began = entry_of(call, *cell);
            note_callback_begin(self, began);
            call_driver(call_deferred, &call);
            report_callback_end(self, began);
            done_with(*cell);
            sched::note_serving(self.thread->actor, false);
        } else {
            sched::note_serving(self.thread->actor, false);
            sched::park(self.thread->actor, host::no_deadline);
        }
    }
}

void wake(thread *&worker, processor_work &of, const char *name, void (*serving)(void *)) {
    if (worker == nullptr) {
        worker = &start_daemon(name, std::uint64_t{1} << of.number, serving, &of);
    } else {
        sched::unpark(worker->actor);
    }
    tell_work(of);
}

}  // namespace

void initialize_dpc(KDPC &made, std::uint8_t type, PKDEFERRED_ROUTINE routine,
                    void *context) noexcept {
    made.Type = type;
    made.Importance = MediumImportance;
    made.Number = 0;
    made.DeferredRoutine = routine;
    made.DeferredContext = context;
    made.DpcData = nullptr;
}

void wake_service(processor_work &of) { wake(of.service, of, "DPC service", serve); }

void wake_threaded_service(processor_work &of) {
    wake(of.threaded_service, of, "threaded DPC service", serve_threaded);
}

bool insert_dpc(context &self, KDPC &dpc, void *first, void *second, bool by_timer) {
    const std::uint8_t before = self.irql;
    const bool targeted = has_target(dpc);
    const unsigned target = target_of(dpc);
    // Held, the processor that it is queued on stays the caller's own.
    const bool raises = before < dispatch_level && dpc.Type == dpc_object &&
                        (!targeted || target == current_processor(self));
    if (raises && targeted) {
        if (try_take_this_processor(self, target)) {
            self.irql = dispatch_level;
        }
    } else if (raises) {
        set_irql(self, dispatch_level);
    }
    const unsigned on = targeted ? target : current_processor(self);
    bool queued = false;
    {
        const std::lock_guard held(work_guard);
        queued = dpc.DpcData == nullptr || queue_of(dpc) == nullptr;
        if (queued) {
            processor_work &onto = work_of(on);
            put_on(onto, dpc, first, second, by_timer);
            request(self, onto, dpc);
        }
    }
    if (self.irql != before) {
        set_irql(self, before);
    }
    return queued;
}

bool insert_timer_dpc(KDPC &dpc, void *first, void *second, unsigned processor) {
    const std::lock_guard held(work_guard);
    if (dpc.DpcData != nullptr && queue_of(dpc) != nullptr) {
        return false;
    }
    processor_work &onto = work_of(has_target(dpc) ? target_of(dpc) : processor);
    put_on(onto, dpc, first, second, true);
    dpc.Type == threaded_dpc_object ? wake_threaded_service(onto) : wake_service(onto);
    return true;
}

bool remove_dpc(KDPC &dpc) noexcept {
    const std::lock_guard held(work_guard);
    if (dpc.DpcData == nullptr || queue_of(dpc) == nullptr) {
        return false;
    }
    count_off(take_off(dpc));
    return true;
}

bool is_queued(const KDPC &dpc) noexcept {
    const std::lock_guard held(work_guard);
    return queue_of(dpc) != nullptr;
}

const KDPC *queued_dpc_inside(const void *low, std::size_t size) noexcept {
    const auto inside = [&](const void *address) {
        return reinterpret_cast<std::uintptr_t>(address) - reinterpret_cast<std::uintptr_t>(low) <
               size;
    };
    const KDPC *found = nullptr;
    const std::lock_guard held(work_guard);
    for_each_queue([&](processor_work &, LIST_ENTRY &head) {
        for (LIST_ENTRY *each = head.Flink; each != &head; each = each->Flink) {
            if (inside(&dpc_of(each))) {
                found = &dpc_of(each);
            }
        }
    });
    return found;
}

void run_queued_dpcs(context &self) {
    if (self.kind != context_kind::thread) {
        return;  // a DPC runs to its end before the next begins
    }
    processor_work *of = nullptr;
    {
        const std::lock_guard held(work_guard);
        of = &work_of(static_cast<unsigned>(self.processor));
        if (!of->requested && self.thread != of->service) {
            return;  // nobody asked for it to happen now: the service's turn will come
        }
        of->requested = false;
    }
    run_all(*of);
}

bool dpc_runs_on(const context &self) noexcept {
    if (self.processor < 0) {
        return false;
    }
    const std::lock_guard held(work_guard);
    return work_of(static_cast<unsigned>(self.processor)).dpc_runs.load(std::memory_order_relaxed);
}

}  // namespace emu::machine
