#include "emu/locks/spin_lock.hpp"

#include "emu/locks/view.hpp"

namespace emu::locks::spin_lock {

void acquire(word &lock, sched::actor &self) {
    for (unsigned turn = 0; !try_acquire(lock); ++turn) {
        const std::uint64_t seen = lock.load(std::memory_order_relaxed);
        if (seen != 0) {
            sched::poll(self, lock, seen, turn);
        }
    }
}

}  // namespace emu::locks::spin_lock

namespace emu::locks {

spin_lock_view view_spin_lock(const void *lock) noexcept {
    constexpr std::uint64_t first_page = 4096;
    constexpr std::uint64_t user_half = std::uint64_t{1} << 47;
    spin_lock_view view;
    view.word = static_cast<const spin_lock::word *>(lock)->bare().load(std::memory_order_acquire);
    if (view.word == 0) {
        view.is = spin_lock_view::state::free;
    } else if (view.word == spin_lock::held) {
        view.is = spin_lock_view::state::held;
    } else if (view.word >= first_page && view.word < user_half && view.word % 8 == 0) {
        view.is = spin_lock_view::state::queued;
    }
    return view;
}

}  // namespace emu::locks
