#include "emu/machine/interrupt.hpp"

#include <algorithm>
#include <deque>

#include "emu/machine/machine.hpp"
#include "emu/machine/processor.hpp"
#include "emu/machine/service.hpp"
#include "emu/sched/sched.hpp"

namespace emu::machine {

namespace {

constexpr CSHORT interrupt_object = 22;

// Guarded by work_guard.  Type-stable, and used again by later machines.
std::deque<_KINTERRUPT> interrupts;

// Those raised and not yet taken off a list, of all processors.
std::atomic<std::uint32_t> raised_count{0};

sched::atomic<KSPIN_LOCK> &word_of(KINTERRUPT &of) {
    static_assert(sizeof(sched::atomic<KSPIN_LOCK>) == sizeof(KSPIN_LOCK));
    return *reinterpret_cast<sched::atomic<KSPIN_LOCK> *>(of.lock);
}

// The level of whoever is on top on the processor.
std::uint8_t level_of(unsigned processor) {
    const context *holder = processor_tokens[processor].holder.load(std::memory_order_relaxed);
    return holder != nullptr ? holder->irql : 0;
}

// Word: 0 free, 1 held.  acquire pairs with the release in unlock: what the lock guards
void lock(context &self, KINTERRUPT &of) {
    KSPIN_LOCK seen = 0;
    for (unsigned turn = 0; !word_of(of).compare_exchange_strong(
             seen, 1, std::memory_order_acquire, std::memory_order_relaxed);
         ++turn) {
        sched::poll(self.thread->actor, word_of(of), KSPIN_LOCK{1}, turn);
        seen = 0;
    }
    of.holder.store(&self, std::memory_order_relaxed);
}

void unlock(KINTERRUPT &of) {
    of.holder.store(nullptr, std::memory_order_relaxed);
    word_of(of).store(0, std::memory_order_release);
}

struct service_call {
    KINTERRUPT *of;
};

void call_service(void *argument) {
    KINTERRUPT &of = *static_cast<service_call *>(argument)->of;
    of.routine(&of, of.context);
}

interruption &isr_of(processor_work &of) {
    const std::lock_guard held(work_guard);
    if (of.isrs.size() <= of.isrs_at_work) {
        of.isrs.push_back(std::make_unique<interruption>());
    }
    return *of.isrs[of.isrs_at_work++];
}

// In a context of its own, on the processor that the running context holds.
void run_service_routine(processor_work &of, KINTERRUPT &served) {
    callback_entry entry;
    entry.routine = served.told;
    entry.object = &served;
    interruption &isr = isr_of(of);
    begin_interruption(isr, context_kind::isr, served.irql, entry);
    isr.inner.irql = isr.began.irql = served.synchronize_irql;
    lock(isr.inner, served);
    service_call call{&served};
    call_driver(call_service, &call);
    unlock(served);
    end_interruption(isr);
    const std::lock_guard held(work_guard);
    --of.isrs_at_work;
}

// The next that the level lets in, off its list; null if there is none.
KINTERRUPT *next_interrupt(processor_work &of, std::uint8_t level) {
    const std::lock_guard held(work_guard);
    if (of.interrupts.empty() || of.interrupts.front()->irql <= level) {
        return nullptr;
    }
    KINTERRUPT *next = of.interrupts.front();
    of.interrupts.erase(of.interrupts.begin());
    raised_count.fetch_sub(1, std::memory_order_relaxed);
    // No scheduling point under the guard; disconnect_interrupt looks after it has taken the
    // guard.
    sched::note_touch(&next->at_work);
    next->at_work.bare().fetch_add(1, std::memory_order_relaxed);
    return next;
}

bool anything_raised(processor_work &of) {
    const std::lock_guard held(work_guard);
    return !of.interrupts.empty();
}

// In simulation: on top of whoever holds the processor.
void serve_on_top(processor_work &of, context &self, context &below) {
    std::atomic<context *> &holder = processor_tokens[of.number].holder;
    holder.store(&self, std::memory_order_relaxed);
    sched::note_on_top(self.thread->actor, true);
    self.processor = static_cast<std::int16_t>(of.number);
    self.irql = below.irql;
    self.borrowed = &identity_of(below);
    serve_interrupts(self, of, below.irql);
    const bool more = pending(self);  // a DPC was queued: for the one below to run
    self.borrowed = nullptr;
    self.irql = 0;
    self.processor = -1;
    __atomic_fetch_and(&self.attention, static_cast<std::uint8_t>(~attention_pending),
                       __ATOMIC_RELAXED);
    sched::note_on_top(self.thread->actor, false);
    holder.store(&below, std::memory_order_relaxed);
    if (more) {
        __atomic_fetch_or(&below.attention, attention_pending, __ATOMIC_RELAXED);
    }
}

void serve_on_free_processor(processor_work &of, context &self) {
    take_free_processor(of, self);
    serve_interrupts(self, of, dispatch_level);
    set_irql(self, 0);  // and the DPCs that they queued
    leave_interrupted_thread(self);
}

void serve(void *argument) {
    auto &of = *static_cast<processor_work *>(argument);
    context &self = *current_context;
    sched::actor &actor = self.thread->actor;
    for (;;) {
        if (dead()) {
            sched::finish(actor);
        }
        if (!anything_raised(of)) {
            sched::park(actor, host::no_deadline);
            continue;
        }
        sched::note_serving(actor, true);
        // Where no thread can be stopped the holder's context is its own to read.
        context *below = sched::can_freeze()
                             ? processor_tokens[of.number].holder.load(std::memory_order_relaxed)
                             : nullptr;
        if (below != nullptr) {
            sched::freeze(below->thread->actor, true);
            serve_on_top(of, self, *below);
            sched::freeze(below->thread->actor, false);
        } else {
            serve_on_free_processor(of, self);
        }
        sched::note_serving(actor, false);
    }
}

// For the scheduler: the highest interrupt raised is above the processor's level.
bool can_serve(const sched::actor &service) {
    const auto &of =
        *static_cast<const processor_work *>(static_cast<thread *>(service.owner)->start_context);
    return !of.interrupts.empty() && of.interrupts.front()->irql > level_of(of.number);
}

// The guard is held.
void wake_interrupt_service(processor_work &of) {
    if (of.interrupt_service != nullptr) {
        return sched::unpark(of.interrupt_service->actor);
    }
    of.interrupt_service = &start_daemon("interrupts", std::uint64_t{1} << of.number, serve, &of);
    sched::make_daemon(of.interrupt_service->actor, can_serve);
}

unsigned pick_processor(KINTERRUPT &raised) {
    const std::uint64_t allowed = raised.processors & active_processors();
    const std::uint64_t choices = allowed != 0 ? allowed : active_processors();
    // In turn, so that no processor is left out.
    std::uint64_t left = choices;
    const auto count = static_cast<std::uint64_t>(__builtin_popcountll(choices));
    for (std::uint64_t skip = raised.raised % count; skip > 0; --skip) {
        left &= left - 1;
    }
    return static_cast<unsigned>(__builtin_ctzll(left));
}

}  // namespace

void serve_interrupts(context &, processor_work &of, std::uint8_t level) {
    while (KINTERRUPT *next = next_interrupt(of, level)) {
        run_service_routine(of, *next);
        // release pairs with the acquire in disconnect_interrupt: the routine has ended
        next->at_work.fetch_sub(1, std::memory_order_release);
    }
}

void deliver_interrupts(context &self, std::uint8_t level) {
    processor_work *of = nullptr;
    {
        const std::lock_guard held(work_guard);
        of = &work_of(static_cast<unsigned>(self.processor));
    }
    serve_interrupts(self, *of, level);
}

KINTERRUPT &connect_interrupt() {
    const std::lock_guard held(work_guard);
    auto free = std::find_if(interrupts.begin(), interrupts.end(), [](const KINTERRUPT &each) {
        return each.generation != generation();
    });
    KINTERRUPT &made = free != interrupts.end() ? *free : interrupts.emplace_back();
    made.Type = interrupt_object;
    made.Size = sizeof made;
    made.own_lock = 0;
    made.lock = &made.own_lock;
    made.generation = generation();
    made.holder.store(nullptr, std::memory_order_relaxed);
    made.at_work.bare().store(0, std::memory_order_relaxed);
    made.raised = 0;
    return made;
}

void disconnect_interrupt(context &self, KINTERRUPT &gone) {
    {
        const std::lock_guard held(work_guard);
        for (std::uint64_t left = touched_processors(); left != 0; left &= left - 1) {
            const auto erased = std::erase(
                work_of(static_cast<unsigned>(__builtin_ctzll(left))).interrupts, &gone);
            raised_count.fetch_sub(static_cast<std::uint32_t>(erased), std::memory_order_relaxed);
        }
    }
    std::uint32_t seen = 0;
    for (unsigned turn = 0; (seen = gone.at_work.load(std::memory_order_acquire)) != 0; ++turn) {
        sched::poll(self.thread->actor, gone.at_work, seen, turn);
    }
    gone.generation = 0;
}

bool is_connected(const KINTERRUPT *one) noexcept {
    const std::lock_guard held(work_guard);
    return std::any_of(interrupts.begin(), interrupts.end(), [one](const KINTERRUPT &each) {
        return &each == one && each.generation == generation();
    });
}

bool raise_interrupt(KINTERRUPT &raised, int processor) {
    const std::lock_guard held(work_guard);
    const unsigned on = processor >= 0 ? static_cast<unsigned>(processor) : pick_processor(raised);
    ++raised.raised;
    processor_work &of = work_of(on);
    if (std::find(of.interrupts.begin(), of.interrupts.end(), &raised) != of.interrupts.end()) {
        return false;
    }
    const auto lower =
        std::find_if(of.interrupts.begin(), of.interrupts.end(),
                     [&](const KINTERRUPT *each) { return each->irql < raised.irql; });
    of.interrupts.insert(lower, &raised);
    raised_count.fetch_add(1, std::memory_order_relaxed);
    // acquire pairs with the release of try_take_last_processor
    if (context *holder = processor_tokens[on].holder.load(std::memory_order_acquire)) {
        __atomic_fetch_or(&holder->attention, attention_pending, __ATOMIC_RELAXED);
    }
    wake_interrupt_service(of);
    return true;
}

void serve_now(context &self, KINTERRUPT &raised) {
    const std::uint8_t before = self.irql;
    if (before < dispatch_level) {
        set_irql(self, dispatch_level);
    }
    processor_work *of = nullptr;
    {
        const std::lock_guard held(work_guard);
        of = &work_of(static_cast<unsigned>(self.processor));
    }
    raised.at_work.fetch_add(1, std::memory_order_relaxed);
    run_service_routine(*of, raised);
    raised.at_work.fetch_sub(1, std::memory_order_release);
    if (self.irql != before) {
        set_irql(self, before);
    }
}

std::uint8_t acquire_interrupt_lock(context &self, KINTERRUPT &of) {
    const std::uint8_t before = set_irql(self, of.synchronize_irql);
    lock(self, of);
    return before;
}

void release_interrupt_lock(context &self, KINTERRUPT &of, std::uint8_t level) {
    unlock(of);
    set_irql(self, level);
}

// The bit attention_pending would not do: whoever has just taken the processor was not told.
void interrupt_spinning_thread(sched::actor &) {
    context &self = *current_context;
    if (self.processor >= 0 && raised_count.load(std::memory_order_relaxed) != 0) {
        deliver_interrupts(self, self.irql);
    }
}

// Those of the last machine have its generation: they are free for use.
void reset_interrupts() noexcept { raised_count.store(0, std::memory_order_relaxed); }

}  // namespace emu::machine
