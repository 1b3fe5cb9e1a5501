// The lock of the library's own tables.
//
// While one host thread runs the whole machine, in simulation, it locks nothing: the strategy
// switches fibers at scheduling points only, and nobody passes one with a lock of the library
// held.  A locked instruction costs as much as a scheduling point's question.
//
// In a build with race detection the thread sanitizer sees every pthread mutex, also one that
// uninstrumented code takes, and would take the library's own for a promise of the driver's: two
// threads that both allocate pool memory would count as ordered.  There it is a word of its own
// that the sanitizer knows nothing of.
#pragma once
#include <mutex>

#ifdef EMU_RACES
#include "emu/host/futex.hpp"
#endif

namespace emu::host {

/// True while one host thread runs the whole machine.  Changes only while no table is locked.
extern bool single_threaded;

class mutex {
public:
#ifdef EMU_RACES
    void lock() noexcept {
        while (word_.exchange(taken, std::memory_order_acquire) != free) {
            futex_wait(word_, taken, clock_ns() + second_look_ns);
        }
    }
    bool try_lock() noexcept { return word_.exchange(taken, std::memory_order_acquire) == free; }
    void unlock() noexcept { word_.store(free, std::memory_order_release); }

private:
    // Nobody is woken: in simulation nobody ever waits, and natively such a build is for races.
    static constexpr std::uint64_t second_look_ns = 50'000;
    enum state : std::uint32_t { free, taken };
    std::atomic<std::uint32_t> word_{free};
#else
    void lock() {
        if (!single_threaded) {
            inner_.lock();
        }
    }
    bool try_lock() { return single_threaded || inner_.try_lock(); }
    void unlock() {
        if (!single_threaded) {
            inner_.unlock();
        }
    }

private:
    std::mutex inner_;
#endif
};

}  // namespace emu::host
