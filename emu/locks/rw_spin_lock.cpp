#include "emu/locks/rw_spin_lock.hpp"

#include "emu/locks/view.hpp"

namespace emu::locks::rw_spin_lock {

// Each acquire exchange below pairs with the release exchanges of the two releases.

bool try_acquire_exclusive(word &lock) noexcept {
    std::uint32_t seen = lock.load(std::memory_order_relaxed);
    while ((seen & ~writer_waits) == 0) {
        if (lock.compare_exchange_strong(seen, seen | exclusive, std::memory_order_acquire,
                                         std::memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

bool try_acquire_shared(word &lock) noexcept {
    std::uint32_t seen = lock.load(std::memory_order_relaxed);
    while ((seen & (exclusive | writer_waits)) == 0) {
        if (lock.compare_exchange_strong(seen, seen + 1, std::memory_order_acquire,
                                         std::memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

void acquire_exclusive(word &lock, sched::actor &self) {
    for (unsigned turn = 0;; ++turn) {
        std::uint32_t seen = lock.load(std::memory_order_relaxed);
        if ((seen & ~writer_waits) == 0) {
            if (lock.compare_exchange_strong(seen, exclusive, std::memory_order_acquire,
                                             std::memory_order_relaxed)) {
                return;
            }
        } else if ((seen & writer_waits) == 0) {
            lock.compare_exchange_strong(seen, seen | writer_waits, std::memory_order_relaxed,
                                         std::memory_order_relaxed);
        } else {
            sched::poll(self, lock, seen, turn);
        }
    }
}

void acquire_shared(word &lock, sched::actor &self) {
    for (unsigned turn = 0; !try_acquire_shared(lock); ++turn) {
        const std::uint32_t seen = lock.load(std::memory_order_relaxed);
        if ((seen & (exclusive | writer_waits)) != 0) {
            sched::poll(self, lock, seen, turn);
        }
    }
}

bool try_convert(word &lock) noexcept {
    std::uint32_t seen = 1;
    return lock.compare_exchange_strong(seen, exclusive, std::memory_order_acquire,
                                        std::memory_order_relaxed);
}

void release_exclusive(word &lock) noexcept {
    std::uint32_t seen = lock.load(std::memory_order_relaxed);
    while ((seen & exclusive) != 0 &&
           !lock.compare_exchange_strong(seen, seen & ~exclusive, std::memory_order_release,
                                         std::memory_order_relaxed)) {
    }
}

void release_shared(word &lock) noexcept {
    std::uint32_t seen = lock.load(std::memory_order_relaxed);
    while ((seen & sharers) != 0 &&
           !lock.compare_exchange_strong(seen, seen - 1, std::memory_order_release,
                                         std::memory_order_relaxed)) {
    }
}

}  // namespace emu::locks::rw_spin_lock

namespace emu::locks {

rw_spin_lock_view view_rw_spin_lock(const void *lock) noexcept {
    using namespace rw_spin_lock;
    rw_spin_lock_view view;
    view.word = static_cast<const word *>(lock)->bare().load(std::memory_order_acquire);
    view.exclusive = (view.word & exclusive) != 0;
    view.writer_waits = (view.word & writer_waits) != 0;
    view.sharers = view.word & sharers;
    view.plausible = view.sharers < most_sharers && !(view.exclusive && view.sharers != 0);
    return view;
}

}  // namespace emu::locks
