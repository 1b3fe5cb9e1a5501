#include "emu/locks/run_once.hpp"

#include "emu/host/futex.hpp"
#include "emu/sched/sched.hpp"

namespace emu::locks::run_once {

namespace {

struct alignas(16) waiter {
    waiter *older = nullptr;
    sched::actor *actor = nullptr;
    sched::atomic<std::uint32_t> woken{0};
};

waiter *newest_of(std::uint64_t seen) noexcept {
    return reinterpret_cast<waiter *>(seen & ~state_bits);
}

void wake_all(waiter *each) noexcept {
    while (each != nullptr) {
        waiter *older = each->older;
        sched::actor &sleeper = *each->actor;  // the block is gone once its waiter sees the word
        each->woken.store(1, std::memory_order_release);  // pairs with the acquire in wait
        sched::unpark(sleeper);
        each = older;
    }
}

}  // namespace

look begin(word &once, bool async, bool check_only) noexcept {
    // acquire pairs with the release of complete: what was initialised is visible
    std::uint64_t seen = once.load(std::memory_order_acquire);
    for (;;) {
        const std::uint64_t state = seen & state_bits;
        if (state == done) {
            return {answer::done, seen & ~state_bits};
        }
        if (check_only) {
            return {answer::not_yet, 0};
        }
        if (state == pending) {
            return {async ? answer::wrong_mode : answer::wait, 0};
        }
        if (state == pending_async) {
            return {async ? answer::yours : answer::wrong_mode, 0};
        }
        if (once.compare_exchange_strong(seen, async ? pending_async : pending,
                                         std::memory_order_acquire, std::memory_order_acquire)) {
            return {answer::yours, 0};
        }
    }
}

void wait(word &once, sched::actor &self) noexcept {
    waiter block;
    block.actor = &self;
    std::uint64_t seen = once.load(std::memory_order_relaxed);
    do {
        if ((seen & state_bits) != pending) {
            return;
        }
        block.older = newest_of(seen);
        // release publishes the block to whoever completes
    } while (!once.compare_exchange_strong(seen, reinterpret_cast<std::uint64_t>(&block) | pending,
                                           std::memory_order_acq_rel, std::memory_order_relaxed));
    while (block.woken.load(std::memory_order_acquire) == 0) {
        sched::park(self, host::no_deadline);
    }
}

bool complete(word &once, bool async, bool failed, std::uint64_t context) noexcept {
    const std::uint64_t wanted = async ? pending_async : pending;
    std::uint64_t seen = once.load(std::memory_order_relaxed);
    const std::uint64_t next = failed ? not_begun : context | done;
    do {
        if ((seen & state_bits) != wanted) {
            return false;
        }
        // release pairs with the acquire in begin
    } while (!once.compare_exchange_strong(seen, next, std::memory_order_acq_rel,
                                           std::memory_order_relaxed));
    wake_all(newest_of(seen));
    return true;
}

}  // namespace emu::locks::run_once
