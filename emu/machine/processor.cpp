#include "emu/machine/processor.hpp"

#include "emu/base/invariant.hpp"
#include "emu/host/futex.hpp"
#include "emu/host/happens_before.hpp"
#include "emu/machine/dpc.hpp"
#include "emu/machine/interrupt.hpp"
#include "emu/machine/machine.hpp"
#include "emu/sched/sched.hpp"

namespace emu::machine {

std::array<processor_token, max_processors> processor_tokens;
std::atomic<std::uint32_t> processor_waiters{0};

namespace {

unsigned count = 1;

// Counts token returns that somebody waited for; the futex word of the waiters.
std::atomic<std::uint32_t> returns{0};

// On a host without process_barrier a wake-up may be missed: waiters look again after this long.
constexpr std::uint64_t second_look_ns = 1'000'000;

bool may_use(const context &self, unsigned processor) noexcept {
    return (allowed_processors(self) >> processor & 1) != 0;
}

bool try_take_any(context &self) noexcept {
    const auto first = static_cast<std::uint16_t>(
        self.preferred_processor < count ? self.preferred_processor : 0);
    for (unsigned i = 0; i < count; ++i) {
        self.preferred_processor = static_cast<std::uint16_t>((first + i) % count);
        if (may_use(self, self.preferred_processor) && try_take_last_processor(self)) {
            return true;
        }
    }
    return false;
}

void stop_if_dead(context &self) {
    if (dead() && !survived_by(*self.thread)) {
        processor_waiters.fetch_sub(1, std::memory_order_relaxed);
        sched::stopped_handler(self.thread->actor);
    }
}

// Native only: in simulation a thread below DISPATCH_LEVEL runs only while a processor is free.
template <class Try>
void wait_for_token(context &self, const Try &try_take) {
    for (unsigned i = 0; i < sched::spin_limit; ++i) {
        host::spin_pause();
        if (try_take()) {
            return;
        }
    }
    processor_waiters.fetch_add(1, std::memory_order_seq_cst);
    const bool exact = host::process_barrier();
    for (;;) {
        const std::uint32_t seen = returns.load(std::memory_order_seq_cst);
        if (try_take()) {
            break;
        }
        stop_if_dead(self);
        host::futex_wait(returns, seen,
                         exact ? host::no_deadline : host::clock_ns() + second_look_ns);
    }
    processor_waiters.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace

void reset_processors(unsigned wanted) noexcept {
    EMU_INVARIANT(wanted >= 1 && wanted <= max_processors);
    for (unsigned i = 0; i < count; ++i) {
        processor_tokens[i].holder.store(nullptr, std::memory_order_relaxed);
    }
    count = wanted;
}

unsigned processor_count() noexcept { return count; }

std::uint64_t active_processors() noexcept {
    return count < max_processors ? (std::uint64_t{1} << count) - 1 : ~std::uint64_t{0};
}

std::uint64_t allowed_processors(const context &self) noexcept {
    const std::uint64_t wanted = self.thread->affinity & active_processors();
    return wanted != 0 ? wanted : active_processors();
}

unsigned current_processor(context &self) noexcept {
    if (self.processor >= 0) {
        return static_cast<unsigned>(self.processor);
    }
    const unsigned first = self.preferred_processor < count ? self.preferred_processor : 0;
    for (unsigned i = 0; i < count; ++i) {
        const unsigned each = (first + i) % count;
        if (may_use(self, each) &&
            processor_tokens[each].holder.load(std::memory_order_relaxed) == nullptr) {
            self.preferred_processor = static_cast<std::uint16_t>(each);
            break;
        }
    }
    return self.preferred_processor < count ? self.preferred_processor : 0;
}

namespace {

// Data of the processor is handed over with its token.
void note_taken(context &self) {
    const auto number = static_cast<unsigned>(self.processor);
    host::taken_over(&processor_tokens[number]);
    sched::note_processor(self.thread->actor, number, true);
}

}  // namespace

void take_processor(context &self) {
    if (!try_take_any(self)) {
        wait_for_token(self, [&] { return try_take_any(self); });
    }
    note_taken(self);
}

bool try_take_this_processor(context &self, unsigned wanted) noexcept {
    self.preferred_processor = static_cast<std::uint16_t>(wanted);
    if (!try_take_last_processor(self)) {
        return false;
    }
    note_taken(self);
    return true;
}

void take_this_processor(context &self, unsigned wanted) {
    self.preferred_processor = static_cast<std::uint16_t>(wanted);
    if (!try_take_last_processor(self)) {
        wait_for_token(self, [&] { return try_take_last_processor(self); });
    }
    note_taken(self);
}

void return_processor(context &self) noexcept {
    sched::note_processor(self.thread->actor, static_cast<unsigned>(self.processor), false);
    host::handed_over(&processor_tokens[static_cast<unsigned>(self.processor)]);
    give_back_token(self);
}

namespace {

// Moves a context below DISPATCH_LEVEL to where it may run.
void apply_affinity(context &self) {
    const std::uint64_t allowed = allowed_processors(self);
    self.thread->affinity_changed = false;
    if ((allowed >> self.preferred_processor & 1) == 0) {
        self.preferred_processor = static_cast<std::uint16_t>(__builtin_ctzll(allowed));
    }
    sched::allow_processors(self.thread->actor, allowed);
}

}  // namespace

void leave_processor(context &self) {
    if (__builtin_expect(pending(self), 0)) {
        self.irql = dispatch_level;
        run_queued_dpcs(self);
    }
    return_processor(self);
}

void set_affinity(context &self, std::uint64_t processors) {
    self.thread->affinity = processors;
    if (self.irql < dispatch_level) {
        apply_affinity(self);
    } else {
        self.thread->affinity_changed = true;
        __atomic_fetch_or(&self.attention, attention_pending, __ATOMIC_RELAXED);
    }
}

void deliver_pending(context &self, std::uint8_t level) {
    if (self.processor >= 0) {
        deliver_interrupts(self, level);
    }
    if (level < dispatch_level && self.kind == context_kind::thread) {
        __atomic_fetch_and(&self.attention, static_cast<std::uint8_t>(~attention_pending),
                           __ATOMIC_RELAXED);
        if (self.thread->affinity_changed) {
            apply_affinity(self);
        }
    }
}

void wake_processor_waiters() noexcept {
    returns.fetch_add(1, std::memory_order_seq_cst);
    host::futex_wake(returns, ~0U >> 1);
}

}  // namespace emu::machine
