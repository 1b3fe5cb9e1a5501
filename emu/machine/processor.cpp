#include "emu/machine/processor.hpp"

#include "emu/base/invariant.hpp"
#include "emu/host/futex.hpp"
#include "emu/host/happens_before.hpp"
#include "emu/machine/thread.hpp"
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

bool try_take_any(context &self) noexcept {
    const auto first = static_cast<std::uint16_t>(
        self.preferred_processor < count ? self.preferred_processor : 0);
    for (unsigned i = 0; i < count; ++i) {
        self.preferred_processor = static_cast<std::uint16_t>((first + i) % count);
        if (try_take_last_processor(self)) {
            return true;
        }
    }
    return false;
}

// Native only: in simulation a thread below DISPATCH_LEVEL runs only while a processor is free.
void wait_for_token(context &self) noexcept {
    for (unsigned i = 0; i < sched::spin_limit; ++i) {
        host::spin_pause();
        if (try_take_any(self)) {
            return;
        }
    }
    processor_waiters.fetch_add(1, std::memory_order_seq_cst);
    const bool exact = host::process_barrier();
    for (;;) {
        const std::uint32_t seen = returns.load(std::memory_order_seq_cst);
        if (try_take_any(self)) {
            break;
        }
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

void take_processor(context &self) noexcept {
    if (!try_take_any(self)) {
        wait_for_token(self);
    }
    host::taken_over(&processor_tokens[static_cast<unsigned>(self.processor)]);
    sched::note_processor(self.thread->actor, true);
}

void return_processor(context &self) noexcept {
    sched::note_processor(self.thread->actor, false);
    host::handed_over(&processor_tokens[static_cast<unsigned>(self.processor)]);
    give_back_token(self);
}

void wake_processor_waiter() noexcept {
    returns.fetch_add(1, std::memory_order_seq_cst);
    host::futex_wake(returns, 1);
}

}  // namespace emu::machine
