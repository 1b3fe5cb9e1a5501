// What threads do to a push lock while every schedule of its atomic operations is searched.
#pragma once
#include <vector>

#include "emu/locks/push_lock.hpp"
#include "emu/machine/thread.hpp"
#include "emu/test.hpp"
#include "locks/every_schedule.hpp"

namespace tests::push_lock {

namespace core = emu::locks::push_lock;

enum operation { exclusive, shared, try_exclusive, try_shared };
using script = std::vector<operation>;

inline emu::sched::actor &self() { return emu::machine::current_thread().actor; }

inline void acquire(core::word &lock, operation how) {
    const waiting_for told(&lock);
    if (how == exclusive) {
        if (!core::try_acquire_exclusive(lock)) {
            core::acquire_exclusive(lock, self());
        }
    } else if (!core::try_acquire_shared(lock)) {
        core::acquire_shared(lock, self());
    }
}

inline void run_script(core::word &lock, witness &seen, const script &steps) {
    for (const operation how : steps) {
        if ((how == try_exclusive && !core::try_acquire_exclusive(lock)) ||
            (how == try_shared && !core::try_acquire_shared_slowly(lock))) {
            continue;
        }
        if (how == exclusive || how == shared) {
            acquire(lock, how);
        }
        if (how == exclusive || how == try_exclusive) {
            seen.enter_exclusive();
            seen.leave_exclusive();
        } else {
            seen.enter_shared();
            seen.leave_shared();
        }
        core::release(lock);
    }
}

inline searched explore_scripts(const std::vector<script> &threads,
                                std::optional<unsigned> bound = std::nullopt) {
    return search_every_schedule(
        [&] {
            core::word lock{0};
            witness seen;
            std::vector<emu::system_thread> others;
            for (std::size_t i = 1; i < threads.size(); ++i) {
                others.emplace_back([&, i] { run_script(lock, seen, threads[i]); });
            }
            run_script(lock, seen, threads[0]);
            for (auto &each : others) {
                each.join();
            }
            if (lock.bare() != 0 || !seen.empty()) {
                throw std::string("everybody has released the lock, and it is not free");
            }
        },
        bound);
}

// Whoever comes last, as a counter under the lock tells, ends the lock's life: nobody may touch it
// after having given it away.
inline searched explore_last_touch(operation first, operation second) {
    return search_every_schedule([&] {
        core::word lock{0};
        emu::sched::atomic<std::uint32_t> arrived{0};
        const auto visit = [&](operation how) {
            acquire(lock, how);
            if (arrived.fetch_add(1, std::memory_order_relaxed) == 1 && how == exclusive) {
                dead_word = &lock;
                return;
            }
            core::release(lock);
        };
        emu::system_thread other{[&] { visit(second); }};
        visit(first);
        other.join();
    });
}

inline void until_somebody_waits(core::word &lock) {
    std::uint64_t seen = lock.load(std::memory_order_relaxed);
    for (unsigned turn = 0; (seen & core::waiting) == 0; ++turn) {
        emu::sched::poll(self(), lock, seen, turn);
        seen = lock.load(std::memory_order_relaxed);
    }
}

// Two sharers leave while one writer waits and others queue behind it: each that does so between
// the last sharer's look and its exchange makes it start over.
inline searched explore_leaving_sharers(int writers, std::optional<unsigned> bound) {
    return search_every_schedule(
        [=] {
            core::word lock{0};
            witness seen;
            std::vector<emu::system_thread> others;
            for (int i = 0; i < 2; ++i) {
                acquire(lock, shared);
                seen.enter_shared();
            }
            for (int i = 0; i < writers; ++i) {
                others.emplace_back([&] { run_script(lock, seen, {exclusive}); });
            }
            until_somebody_waits(lock);
            for (int i = 0; i < 2; ++i) {
                seen.leave_shared();
                core::release(lock);
            }
            for (auto &each : others) {
                each.join();
            }
        },
        bound);
}

}  // namespace tests::push_lock
