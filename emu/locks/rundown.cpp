#include "emu/locks/rundown.hpp"

#include "emu/host/futex.hpp"
#include "emu/locks/view.hpp"
#include "emu/sched/sched.hpp"

namespace emu::locks::rundown {

namespace {

struct alignas(16) wait_block {
    sched::atomic<std::uint64_t> users{0};
    sched::atomic<std::uint32_t> all_gone{0};
    sched::actor *waiter = nullptr;
};

wait_block *block_of(std::uint64_t seen) noexcept {
    return reinterpret_cast<wait_block *>(seen & ~active);
}

bool release_waited_for(wait_block &block, std::uint64_t count) noexcept {
    sched::actor &waiter = *block.waiter;  // the block may go with the last user
    // acq_rel: the last user hands on what all of them did
    const std::uint64_t before = block.users.fetch_sub(count, std::memory_order_acq_rel);
    if (before < count) {
        return false;
    }
    if (before == count) {
        block.all_gone.store(1, std::memory_order_release);  // pairs with the acquire in sleep
        sched::unpark(waiter);
    }
    return true;
}

void sleep(wait_block &block) noexcept {
    for (unsigned i = 0; i < sched::spin_limit; ++i) {
        if (block.all_gone.load(std::memory_order_acquire) != 0) {
            return;
        }
        host::spin_pause();
    }
    while (block.all_gone.load(std::memory_order_acquire) == 0) {
        sched::park(*block.waiter, host::no_deadline);
    }
}

}  // namespace

bool acquire(word &protection, std::uint64_t count) noexcept {
    std::uint64_t seen = protection.load(std::memory_order_relaxed);
    while ((seen & active) == 0) {
        // acquire pairs with the store that initialised it
        if (protection.compare_exchange_strong(seen, seen + count * one_user,
                                               std::memory_order_acquire,
                                               std::memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

bool release(word &protection, std::uint64_t count) noexcept {
    std::uint64_t seen = protection.load(std::memory_order_acquire);
    while ((seen & active) == 0) {
        if (seen < count * one_user) {
            return false;
        }
        // release pairs with the acquire of try_run_down and wait
        if (protection.compare_exchange_strong(seen, seen - count * one_user,
                                               std::memory_order_release,
                                               std::memory_order_acquire)) {
            return true;
        }
    }
    return seen != active && release_waited_for(*block_of(seen), count);
}

bool try_run_down(word &protection) noexcept {
    std::uint64_t seen = 0;
    return protection.compare_exchange_strong(seen, active, std::memory_order_acquire,
                                              std::memory_order_acquire) ||
           seen == active;
}

void wait(word &protection, sched::actor &self) noexcept {
    wait_block block;
    block.waiter = &self;
    for (unsigned turn = 0; !try_run_down(protection); ++turn) {
        std::uint64_t seen = protection.load(std::memory_order_acquire);
        if ((seen & active) != 0) {
            sched::poll(self, protection, seen, turn);  // somebody else waits already
            continue;
        }
        block.users.store(seen / one_user, std::memory_order_relaxed);
        if (seen != 0 &&
            protection.compare_exchange_strong(
                seen, reinterpret_cast<std::uint64_t>(&block) | active, std::memory_order_acq_rel,
                std::memory_order_relaxed)) {  // release publishes the block to its users
            sleep(block);
            protection.store(active, std::memory_order_release);
            return;
        }
    }
}

}  // namespace emu::locks::rundown

namespace emu::locks {

rundown_view view_rundown(const void *protection) noexcept {
    using namespace rundown;
    const std::uint64_t seen =
        static_cast<const word *>(protection)->bare().load(std::memory_order_acquire);
    rundown_view view;
    view.word = seen;
    view.run_down = seen == active;
    view.waited_for = (seen & active) != 0 && seen != active;
    const bool user_half = seen >= 4096 && seen < (std::uint64_t{1} << 47);
    view.plausible = (seen & active) == 0 ? seen < (std::uint64_t{1} << 47)
                                          : view.run_down || (user_half && seen % 16 == active);
    return view;
}

}  // namespace emu::locks
