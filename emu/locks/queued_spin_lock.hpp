// Queued spin locks: the lock of Mellor-Crummey and Scott ("Algorithms for scalable
// synchronization on shared-memory multiprocessors", 1991) in the public bytes of KSPIN_LOCK and
// KLOCK_QUEUE_HANDLE.
//
// The lock's word is 0 when free, else the newest handle.  A handle (KSPIN_LOCK_QUEUE):
//
//   next   the handle that came after, 0 until it has linked itself
//   lock   the lock's address, and in its low bits:
//          waits   its thread polls this word
//          owned   its thread holds the lock (observed: bit 1)
//          none    released, or not in use
//
// A waiter polls its own handle; the holder passes the lock on in order of arrival by the store
// that turns waits into owned in the next handle.  After that store, or the exchange that frees
// the lock, neither lock nor queue is touched.
#pragma once
#include <cstdint>

#include "emu/locks/spin_lock.hpp"

namespace emu::locks::queued_spin_lock {

struct handle {
    sched::atomic<std::uint64_t> next;
    sched::atomic<std::uint64_t> lock;
};

constexpr std::uint64_t waits = 1;
constexpr std::uint64_t owned = 2;
constexpr std::uint64_t flag_bits = 3;

inline handle &handle_of(void *queue_handle) noexcept {
    return *static_cast<handle *>(queue_handle);
}

/// The lock that a handle stands for.
inline void *lock_of(const handle &of) noexcept {
    return reinterpret_cast<void *>(of.lock.bare().load(std::memory_order_relaxed) & ~flag_bits);
}

inline bool owns(const handle &one) noexcept {
    return (one.lock.bare().load(std::memory_order_relaxed) & owned) != 0;
}

/// Takes the lock if it is free.
bool try_acquire(spin_lock::word &lock, handle &mine) noexcept;

/// Queues and polls.
void acquire(spin_lock::word &lock, handle &mine, sched::actor &self);

/// Passes the lock on, or frees it.  The handle owns it.
void release(handle &mine, sched::actor &self);

}  // namespace emu::locks::queued_spin_lock
