#include "emu/machine/dispatcher_lock.hpp"

#include "emu/sched/sched.hpp"

namespace emu::machine {

constinit dispatcher_lock the_dispatcher_lock;

void dispatcher_lock::lock_slowly() noexcept {
    constexpr std::uint64_t nap_ns = 50'000;
    for (unsigned turn = 0; !try_lock(); ++turn) {
        if (turn < sched::spin_limit) {
            host::spin_pause();
        } else {
            host::futex_wait(word_, 1, host::clock_ns() + nap_ns);
        }
    }
}

}  // namespace emu::machine
