// The dispatcher lock: one lock for all dispatcher headers, waits and APC queues.
//
// A test-and-set word, so that taking and giving it back cost one locked instruction.  It is a
// leaf: whoever holds it calls nothing but unpark, and passes no scheduling point; in simulation
// it is therefore never contended, and not even taken.  A thread that finds it taken spins, then
// naps: its holder is never asleep for long.
#pragma once
#include <atomic>
#include <cstdint>

#include "emu/host/futex.hpp"
#include "emu/host/mutex.hpp"

namespace emu::machine {

class dispatcher_lock {
public:
    void lock() noexcept {
        if (!try_lock()) {
            lock_slowly();
        }
    }
    bool try_lock() noexcept {
        if (host::single_threaded) {
            return true;
        }
        std::uint32_t expected = 0;
        // acquire pairs with the release of unlock
        return word_.compare_exchange_strong(expected, 1, std::memory_order_acquire,
                                             std::memory_order_relaxed);
    }
    void unlock() noexcept { word_.store(0, std::memory_order_release); }

private:
    void lock_slowly() noexcept;

    std::atomic<std::uint32_t> word_{0};
};

extern constinit dispatcher_lock the_dispatcher_lock;

}  // namespace emu::machine
