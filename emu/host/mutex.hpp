// The lock of the library's own tables.
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

#ifdef EMU_RACES
class mutex {
public:
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
};
#else
using mutex = std::mutex;
#endif

}  // namespace emu::host
