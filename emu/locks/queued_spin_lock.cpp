#include "emu/locks/queued_spin_lock.hpp"

namespace emu::locks::queued_spin_lock {

namespace {

template <class Pointee>
std::uint64_t bits_of(const Pointee &object) noexcept {
    return reinterpret_cast<std::uint64_t>(&object);
}

// Makes the handle the newest; what was there before.
std::uint64_t enqueue(spin_lock::word &lock, handle &mine, sched::actor &self) {
    unsigned turn = 0;
    std::uint64_t seen = lock.load(std::memory_order_relaxed);
    for (;;) {
        if (seen == spin_lock::held) {
            // Held through the ordinary routines, which is misuse: there is no queue to join.
            sched::poll(self, lock, seen, turn++);
            seen = lock.load(std::memory_order_relaxed);
        } else if (lock.compare_exchange_strong(seen, bits_of(mine), std::memory_order_acq_rel,
                                                std::memory_order_relaxed)) {
            // release publishes the handle to whoever comes next; acquire pairs with release()
            return seen;
        }
    }
}

}  // namespace

bool try_acquire(spin_lock::word &lock, handle &mine) noexcept {
    if (lock.load(std::memory_order_relaxed) != 0) {
        return false;
    }
    mine.next.store(0, std::memory_order_relaxed);
    std::uint64_t seen = 0;
    if (!lock.compare_exchange_strong(seen, bits_of(mine), std::memory_order_acq_rel,
                                      std::memory_order_relaxed)) {
        return false;
    }
    mine.lock.store(bits_of(lock) | owned, std::memory_order_relaxed);
    return true;
}

void acquire(spin_lock::word &lock, handle &mine, sched::actor &self) {
    mine.next.store(0, std::memory_order_relaxed);
    mine.lock.store(bits_of(lock) | waits, std::memory_order_relaxed);
    const std::uint64_t before = enqueue(lock, mine, self);
    if (before == 0) {
        mine.lock.store(bits_of(lock) | owned, std::memory_order_relaxed);
        return;
    }
    // release pairs with the acquire load of `next` in release()
    handle_of(reinterpret_cast<void *>(before))
        .next.store(bits_of(mine), std::memory_order_release);
    for (unsigned turn = 0;; ++turn) {
        // acquire pairs with the release store that passes the lock on
        const std::uint64_t seen = mine.lock.load(std::memory_order_acquire);
        if ((seen & waits) == 0) {
            return;
        }
        sched::poll(self, mine.lock, seen, turn);
    }
}

void release(handle &mine, sched::actor &self) {
    const std::uint64_t lock_bits = mine.lock.load(std::memory_order_relaxed) & ~flag_bits;
    auto &lock = spin_lock::word_of(reinterpret_cast<void *>(lock_bits));
    mine.lock.store(lock_bits, std::memory_order_relaxed);
    std::uint64_t next = mine.next.load(std::memory_order_acquire);
    if (next == 0) {
        std::uint64_t seen = bits_of(mine);
        if (lock.compare_exchange_strong(seen, 0, std::memory_order_release,
                                         std::memory_order_relaxed)) {
            return;
        }
        // Somebody is newest already and about to link itself.
        for (unsigned turn = 0; (next = mine.next.load(std::memory_order_acquire)) == 0; ++turn) {
            sched::poll(self, mine.next, std::uint64_t{0}, turn);
        }
    }
    handle_of(reinterpret_cast<void *>(next))
        .lock.store(lock_bits | owned, std::memory_order_release);
}

}  // namespace emu::locks::queued_spin_lock
