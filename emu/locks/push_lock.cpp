#include "emu/locks/push_lock.hpp"

#include "emu/host/futex.hpp"
#include "emu/locks/view.hpp"
#include "emu/sched/sched.hpp"

namespace emu::locks::push_lock {

namespace {

enum class wait_state : std::uint32_t { queued, compete, granted };

// Sixteen-byte alignment keeps the flag bits of the word free.
struct alignas(16) wait_block {
    wait_block *older =
        nullptr;  // towards the oldest; written by its waiter, then by the waker only
    wait_block *newer = nullptr;              // the waker's, filled as it walks
    sched::atomic<std::uint64_t> sharers{0};  // in the oldest block, while `multiple` is set
    lock_mode mode = lock_mode::exclusive;
    sched::actor *waiter = nullptr;
    sched::atomic<wait_state> state{wait_state::queued};
};

wait_block *newest_of(std::uint64_t seen) noexcept {
    return reinterpret_cast<wait_block *>(seen & ~flag_bits);
}

std::uint64_t pointer_bits(const wait_block *block) noexcept {
    return reinterpret_cast<std::uint64_t>(block);
}

void wake(wait_block &block, wait_state how) noexcept {
    sched::actor &waiter = *block.waiter;  // the block is gone once its waiter sees the state
    // release pairs with the acquire in wait_in: what the last holder wrote is handed over
    block.state.store(how, std::memory_order_release);
    sched::unpark(waiter);
}

// Walks to the oldest block, setting the links back.
wait_block *link_and_find_oldest(wait_block *newest) noexcept {
    wait_block *block = newest;
    while (block->older != nullptr) {
        block->older->newer = block;
        block = block->older;
    }
    newest->newer = nullptr;
    return block;
}

// Takes the oldest writer off the list and wakes it to compete.  False if the word changed
// meanwhile.
bool wake_writer(word &lock, std::uint64_t seen, wait_block &oldest) noexcept {
    wait_block *rest = oldest.newer;
    if (rest != nullptr) {
        rest->older = nullptr;
    }
    const std::uint64_t next = rest != nullptr ? (seen & ~flag_bits) | waiting : 0;
    if (!lock.compare_exchange_strong(seen, next, std::memory_order_acq_rel,
                                      std::memory_order_relaxed)) {
        if (rest != nullptr) {
            rest->older = &oldest;
        }
        return false;
    }
    wake(oldest, wait_state::compete);
    return true;
}

// Hands the lock to the oldest run of readers.  False if the word changed meanwhile.
bool grant_readers(word &lock, std::uint64_t seen, wait_block &oldest) noexcept {
    std::uint64_t count = 1;
    wait_block *last = &oldest;
    while (last->newer != nullptr && last->newer->mode == lock_mode::shared) {
        last = last->newer;
        ++count;
    }
    wait_block *rest = last->newer;
    std::uint64_t next = locked | count * one_sharer;
    if (rest != nullptr) {
        rest->older = nullptr;
        rest->sharers.store(count, std::memory_order_relaxed);  // published by the exchange below
        next = (seen & ~flag_bits) | waiting | locked | (count > 1 ? multiple : 0);
    }
    if (!lock.compare_exchange_strong(seen, next, std::memory_order_acq_rel,
                                      std::memory_order_relaxed)) {
        if (rest != nullptr) {
            rest->older = last;
        }
        return false;
    }
    for (wait_block *block = &oldest; block != rest;) {
        wait_block *following = block->newer;
        wake(*block, wait_state::granted);
        block = following;
    }
    return true;
}

// Called by the thread that set `waking`.
void wake_oldest(word &lock) noexcept {
    for (;;) {
        std::uint64_t seen = lock.load(std::memory_order_acquire);
        if ((seen & locked) != 0) {
            // Somebody took the lock on the way past; the wake-up becomes the business of its
            // release. release hands the links that we wrote to the next waker.
            if (lock.compare_exchange_strong(seen, seen & ~waking, std::memory_order_release,
                                             std::memory_order_relaxed)) {
                return;
            }
            continue;
        }
        wait_block *oldest = link_and_find_oldest(newest_of(seen));
        const bool done = oldest->mode == lock_mode::exclusive
                              ? wake_writer(lock, seen, *oldest)
                              : grant_readers(lock, seen, *oldest);
        if (done) {
            return;
        }
    }
}

bool push(word &lock, std::uint64_t seen, wait_block &block) noexcept {
    const bool first = (seen & waiting) == 0;
    const std::uint64_t sharers = first ? seen / one_sharer : 0;
    block.older = first ? nullptr : newest_of(seen);
    block.newer = nullptr;
    block.sharers.store(sharers, std::memory_order_relaxed);
    block.state.store(wait_state::queued, std::memory_order_relaxed);
    const std::uint64_t kept = first ? locked | (sharers > 1 ? multiple : 0) : seen & flag_bits;
    // release publishes the block to the waker and to sharers that walk to the oldest
    return lock.compare_exchange_strong(seen, pointer_bits(&block) | kept | waiting,
                                        std::memory_order_acq_rel, std::memory_order_relaxed);
}

wait_state wait_in(wait_block &block) noexcept {
    for (unsigned i = 0; i < sched::spin_limit; ++i) {
        const wait_state state = block.state.load(std::memory_order_acquire);
        if (state != wait_state::queued) {
            return state;
        }
        host::spin_pause();
    }
    wait_state state = block.state.load(std::memory_order_acquire);
    while (state == wait_state::queued) {
        sched::park(*block.waiter, host::no_deadline);
        state = block.state.load(std::memory_order_acquire);
    }
    return state;
}

}  // namespace

void acquire_exclusive(word &lock, sched::actor &self) noexcept {
    wait_block block;
    block.waiter = &self;
    unsigned spins = sched::spin_limit;
    for (;;) {
        std::uint64_t seen = lock.load(std::memory_order_relaxed);
        if ((seen & locked) == 0) {
            if (lock.compare_exchange_strong(seen, seen | locked, std::memory_order_acquire,
                                             std::memory_order_relaxed)) {
                return;
            }
        } else if (spins > 0) {
            --spins;
            host::spin_pause();
        } else if (push(lock, seen, block)) {
            wait_in(block);
            spins = sched::spin_limit;
        }
    }
}

void acquire_shared(word &lock, sched::actor &self) noexcept {
    wait_block block;
    block.waiter = &self;
    block.mode = lock_mode::shared;
    unsigned spins = sched::spin_limit;
    for (;;) {
        if (try_acquire_shared(lock)) {
            return;
        }
        const std::uint64_t seen = lock.load(std::memory_order_relaxed);
        const bool held_alone = seen == locked;
        if (held_alone && spins > 0) {
            --spins;
            host::spin_pause();
        } else if ((held_alone || (seen & waiting) != 0) && push(lock, seen, block)) {
            wait_in(block);  // a reader is always granted the lock
            return;
        }
    }
}

bool try_acquire_shared_slowly(word &lock) noexcept {
    for (;;) {
        if (try_acquire_shared(lock)) {
            return true;
        }
        const std::uint64_t seen = lock.load(std::memory_order_relaxed);
        if (seen != 0 && !readers_only(seen)) {
            return false;
        }
    }
}

void release(word &lock) noexcept {
    bool counted = false;
    for (;;) {
        std::uint64_t seen = lock.load(std::memory_order_acquire);
        if ((seen & locked) == 0) {
            return;
        }
        if ((seen & waiting) == 0) {
            const std::uint64_t left = seen < 2 * one_sharer ? 0 : seen - one_sharer;
            if (lock.compare_exchange_strong(seen, left, std::memory_order_release,
                                             std::memory_order_relaxed)) {
                return;
            }
            continue;
        }
        if ((seen & multiple) != 0 && !counted) {
            // We still hold the lock, so nobody takes blocks off the list while we walk it.
            wait_block *oldest = newest_of(seen);
            while (oldest->older != nullptr) {
                oldest = oldest->older;
            }
            if (oldest->sharers.fetch_sub(1, std::memory_order_acq_rel) > 1) {
                return;
            }
            counted = true;
        }
        const bool ours_to_wake = (seen & waking) == 0;
        if (lock.compare_exchange_strong(seen, (seen & ~(locked | multiple)) | waking,
                                         std::memory_order_acq_rel, std::memory_order_relaxed)) {
            if (ours_to_wake) {
                wake_oldest(lock);
            }
            return;
        }
    }
}

}  // namespace emu::locks::push_lock

namespace emu::locks {

push_lock_view view_push_lock(const void *lock) noexcept {
    using namespace push_lock;
    push_lock_view view;
    // Only a look: it orders nothing, and is no scheduling point.
    view.word = static_cast<const word *>(lock)->bare().load(std::memory_order_relaxed);
    view.somebody_waits = (view.word & waiting) != 0;
    view.held = (view.word & locked) != 0;
    if (view.somebody_waits) {
        const std::uint64_t pointer = view.word & ~flag_bits;
        const bool user_half = pointer >= 4096 && pointer < (std::uint64_t{1} << 47);
        view.plausible = user_half && !((view.word & multiple) != 0 && !view.held);
    } else {
        view.sharers = view.word / one_sharer;
        view.plausible = (view.word & (waking | multiple)) == 0 && view.sharers < most_sharers &&
                         (view.held || view.sharers == 0);
    }
    view.exclusive = view.held && !view.somebody_waits && view.sharers == 0;
    return view;
}

}  // namespace emu::locks
