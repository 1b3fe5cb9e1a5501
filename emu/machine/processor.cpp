#include "emu/machine/processor.hpp"

#include <array>

#include "emu/base/invariant.hpp"
#include "emu/host/futex.hpp"
#include "emu/machine/thread.hpp"
#include "emu/sched/sched.hpp"

namespace emu::machine {

namespace {

// One token per processor, each on a cache line of its own: null, or the context that holds it.
struct alignas(64) token {
    std::atomic<context *> holder{nullptr};
};

std::array<token, max_processors> tokens;
unsigned count = 1;

// Raised whenever a token is returned while somebody waits for one.
std::atomic<std::uint32_t> returns{0};
std::atomic<std::uint32_t> waiters{0};

thread_local unsigned preferred = 0;

bool try_take(context &self, unsigned index) noexcept {
    context *expected = nullptr;
    // acquire pairs with the release in return_processor: per-processor data is handed over with it
    if (tokens[index].holder.load(std::memory_order_relaxed) != nullptr ||
        !tokens[index].holder.compare_exchange_strong(expected, &self, std::memory_order_acquire)) {
        return false;
    }
    self.processor = static_cast<std::int16_t>(index);
    return true;
}

bool try_take_any(context &self) noexcept {
    const unsigned first = preferred < count ? preferred : 0;
    for (unsigned i = 0; i < count; ++i) {
        const unsigned index = first + i < count ? first + i : first + i - count;
        if (try_take(self, index)) {
            preferred = index;
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
    waiters.fetch_add(1, std::memory_order_seq_cst);
    for (;;) {
        const std::uint32_t seen = returns.load(std::memory_order_seq_cst);
        if (try_take_any(self)) {
            break;
        }
        host::futex_wait(returns, seen, host::no_deadline);
    }
    waiters.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace

void reset_processors(unsigned wanted) noexcept {
    EMU_INVARIANT(wanted >= 1 && wanted <= max_processors);
    for (unsigned i = 0; i < count; ++i) {
        tokens[i].holder.store(nullptr, std::memory_order_relaxed);
    }
    count = wanted;
}

unsigned processor_count() noexcept { return count; }

void take_processor(context &self) noexcept {
    if (!try_take_any(self)) {
        wait_for_token(self);
    }
    sched::note_processor(self.thread->actor, true);
}

void return_processor(context &self) noexcept {
    sched::note_processor(self.thread->actor, false);
    token &mine = tokens[static_cast<unsigned>(self.processor)];
    self.processor = -1;
    // seq_cst pairs with `waiters`: either the waiter sees the free token or we see the waiter
    mine.holder.store(nullptr, std::memory_order_seq_cst);
    if (waiters.load(std::memory_order_seq_cst) != 0) {
        returns.fetch_add(1, std::memory_order_seq_cst);
        host::futex_wake(returns, 1);
    }
}

}  // namespace emu::machine
