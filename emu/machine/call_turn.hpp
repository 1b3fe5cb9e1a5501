// Calls that reach all processors take turns: one ends before the next begins.
#pragma once
#include "emu/base/context.hpp"
#include "emu/machine/thread.hpp"
#include "emu/sched/atomic.hpp"

namespace emu::machine {

class call_turn {
public:
    void take(context &self) {
        std::uint32_t seen = 0;
        // acquire pairs with the release of give_back()
        for (unsigned turn = 0; !word_.compare_exchange_strong(seen, 1, std::memory_order_acquire,
                                                               std::memory_order_relaxed);
             ++turn) {
            sched::poll(self.thread->actor, word_, 1U, turn);
            seen = 0;
        }
    }
    void give_back() noexcept { word_.store(0, std::memory_order_release); }
    void reset() noexcept { word_.bare().store(0, std::memory_order_relaxed); }

private:
    sched::atomic<std::uint32_t> word_{0};  // 0 free, 1 a call is under way
};

}  // namespace emu::machine
