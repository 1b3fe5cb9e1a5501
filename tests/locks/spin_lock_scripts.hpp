// What threads do to spin locks and mutexes while every schedule of their atomic operations is
// searched.
#pragma once
#include <vector>

#include "emu/locks/fast_mutex.hpp"
#include "emu/locks/queued_spin_lock.hpp"
#include "emu/locks/rw_spin_lock.hpp"
#include "emu/machine/thread.hpp"
#include "emu/test.hpp"
#include "locks/every_schedule.hpp"

extern "C" {
#include <ntifs.h>
}

namespace tests::spin_locks {

namespace locks = emu::locks;

inline emu::sched::actor &self() { return emu::machine::current_thread().actor; }

// Each lock: visit() acquires, calls inside(), and releases unless that says no.
struct spin {
    locks::spin_lock::word word{0};

    template <class Inside>
    void visit(bool, const Inside &inside) {
        {
            const waiting_for told(&word);
            if (!locks::spin_lock::try_acquire(word)) {
                locks::spin_lock::acquire(word, self());
            }
        }
        if (inside()) {
            locks::spin_lock::release(word);
        }
    }
    bool is_free() const { return word.bare() == 0; }
};

struct queued {
    locks::spin_lock::word word{0};

    template <class Inside>
    void visit(bool, const Inside &inside) {
        locks::queued_spin_lock::handle mine;
        {
            const waiting_for told(&word);
            if (!locks::queued_spin_lock::try_acquire(word, mine)) {
                locks::queued_spin_lock::acquire(word, mine, self());
            }
        }
        if (inside()) {
            locks::queued_spin_lock::release(mine, self());
        }
    }
    bool is_free() const { return word.bare() == 0; }
};

struct reader_writer {
    locks::rw_spin_lock::word word{0};

    template <class Inside>
    void visit(bool shared, const Inside &inside) {
        {
            const waiting_for told(&word);
            shared ? locks::rw_spin_lock::acquire_shared(word, self())
                   : locks::rw_spin_lock::acquire_exclusive(word, self());
        }
        if (inside()) {
            shared ? locks::rw_spin_lock::release_shared(word)
                   : locks::rw_spin_lock::release_exclusive(word);
        }
    }
    // A writer that saw another one wait may have left its bit behind only if one waits still.
    bool is_free() const { return word.bare() == 0; }
};

struct mutex {
    locks::fast_mutex::layout words{emu::sched::atomic<std::int32_t>{1}, nullptr, {}};

    template <class Inside>
    void visit(bool, const Inside &inside) {
        {
            const waiting_for told(&words);
            if (!locks::fast_mutex::try_acquire(words.count)) {
                locks::fast_mutex::acquire(words, self());
            }
        }
        if (inside()) {
            locks::fast_mutex::release(words);
        }
    }
    bool is_free() const { return words.count.bare() == 1; }
};

// The routines around the locks, which bring their level, their records and their handles along.
struct ordinary_routines {
    KSPIN_LOCK lock = 0;

    template <class Inside>
    void visit(bool, const Inside &inside) {
        KIRQL before;
        KeAcquireSpinLock(&lock, &before);
        inside();
        KeReleaseSpinLock(&lock, before);
    }
    bool is_free() const { return lock == 0; }
};

struct cancel_routines {
    template <class Inside>
    void visit(bool, const Inside &inside) {
        KIRQL before;
        IoAcquireCancelSpinLock(&before);
        inside();
        IoReleaseCancelSpinLock(before);
    }
    bool is_free() const { return true; }  // nobody sees its word
};

// A thread's visits: true is shared, where the lock knows that.
using script = std::vector<bool>;

template <class Lock>
searched explore_scripts(const std::vector<script> &threads,
                         std::optional<unsigned> bound = std::nullopt) {
    return search_every_schedule(
        [&] {
            Lock lock;
            witness seen;
            const auto run = [&](const script &steps) {
                for (const bool shared : steps) {
                    lock.visit(shared, [&] {
                        shared ? seen.enter_shared() : seen.enter_exclusive();
                        shared ? seen.leave_shared() : seen.leave_exclusive();
                        return true;
                    });
                }
            };
            std::vector<emu::system_thread> others;
            for (std::size_t i = 1; i < threads.size(); ++i) {
                others.emplace_back([&, i] { run(threads[i]); });
            }
            run(threads[0]);
            for (auto &each : others) {
                each.join();
            }
            if (!lock.is_free() || !seen.empty()) {
                throw std::string("everybody has released the lock, and it is not free");
            }
        },
        bound);
}

// Whoever comes last ends the lock's life instead of releasing it.
template <class Lock>
searched explore_last_touch(bool first, bool second) {
    return search_every_schedule([&] {
        Lock lock;
        emu::sched::atomic<std::uint32_t> arrived{0};
        const auto visit = [&](bool shared) {
            lock.visit(shared, [&] {
                if (arrived.fetch_add(1, std::memory_order_relaxed) == 1 && !shared) {
                    dead_word = &lock;
                    return false;
                }
                return true;
            });
        };
        emu::system_thread other{[&] { visit(second); }};
        visit(first);
        other.join();
    });
}

// With the routines nobody can end the life of a lock that he holds: whoever comes last does so
// after his release.
template <class Lock>
searched explore_after_last_release() {
    return search_every_schedule([&] {
        Lock lock;
        emu::sched::atomic<std::uint32_t> arrived{0};
        const auto visit = [&] {
            bool last = false;
            lock.visit(false,
                       [&] { last = arrived.fetch_add(1, std::memory_order_relaxed) == 1; });
            if (last) {
                dead_word = &lock;
            }
        };
        emu::system_thread other{visit};
        visit();
        other.join();
    });
}

}  // namespace tests::spin_locks
