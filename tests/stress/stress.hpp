// Bounded stress: threads that do random operations from a printed seed, on real threads and under
// random schedules.
//
//   EMU_STRESS_SEED=N    the seed of a failed run; on real threads the same operations, though not
//                        the same timing.  In simulation also the same schedules.
//   EMU_STRESS_SCALE=N   so many times the work (1)
//
// A run that does not end says so with its seed and ends the process.
#pragma once
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "both_backends.hpp"
#include "dpc_bodies.hpp"

extern "C" {
#include <ntifs.h>
}

namespace tests::stress {

inline std::uint64_t number_from(const char *variable, std::uint64_t otherwise) {
    const char *text = std::getenv(variable);
    return text != nullptr ? std::strtoull(text, nullptr, 0) : otherwise;
}

inline std::uint64_t seed() {
    static const std::uint64_t one = number_from("EMU_STRESS_SEED", std::random_device{}() | 1ULL);
    return one;
}

inline unsigned scale() {
    static const auto one = static_cast<unsigned>(number_from("EMU_STRESS_SCALE", 1));
    return one;
}

class random_numbers {
public:
    explicit random_numbers(std::uint64_t from) : state_(from * 0x9E3779B97F4A7C15U | 1U) {
        for (int i = 0; i < 4; ++i) {
            below(2);
        }
    }
    unsigned below(unsigned limit) {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return static_cast<unsigned>((state_ >> 33) % limit);
    }
    bool one_in(unsigned count) { return below(count) == 0; }

private:
    std::uint64_t state_;
};

/// What a scenario is to do; `from` makes its random operations.
struct plan {
    std::uint64_t from;
    unsigned threads;
    unsigned turns;
};

/// The plan's threads, each with its own random numbers; returns when all have ended.  They start
/// together, or the first would be done before the last has begun.
template <class Body>
void run_threads(const plan &how, const Body &body) {
    KEVENT everybody_there;
    KeInitializeEvent(&everybody_there, NotificationEvent, FALSE);
    std::vector<emu::system_thread> all;
    for (unsigned i = 0; i < how.threads; ++i) {
        all.emplace_back([&, i] {
            random_numbers any(how.from + i);
            wait_for(&everybody_there);
            body(any, i);
        });
    }
    KeSetEvent(&everybody_there, 0, FALSE);
    for (emu::system_thread &each : all) {
        each.join();
    }
}

/// run_threads, with body(any) for each turn.
template <class Body>
void take_turns(const plan &how, const Body &body) {
    run_threads(how, [&](random_numbers &any, unsigned) {
        for (unsigned turn = 0; turn < how.turns; ++turn) {
            body(any);
        }
    });
}

/// Data under a lock, which notice when the lock does not do what it should.
class guarded {
public:
    void write() {
        EMU_CHECK(writers_.fetch_add(1) == 0);
        EMU_CHECK(readers_.load() == 0);
        const std::uint64_t now = first_;
        first_ = now + 1;
        if (now % 32 == 0) {
            sched_yield();  // others see what the lock keeps from them
        }
        EMU_CHECK(second_ == now);
        second_ = now + 1;
        writes_.fetch_add(1, std::memory_order_relaxed);
        EMU_CHECK(writers_.fetch_sub(1) == 1);
    }
    void read() {
        readers_.fetch_add(1);
        EMU_CHECK(writers_.load() == 0);
        EMU_CHECK(first_ == second_);
        readers_.fetch_sub(1);
    }
    /// When everybody has left: nobody's write was lost.
    void check() const {
        EMU_CHECK(writers_.load() == 0 && readers_.load() == 0);
        EMU_CHECK(first_ == writes_.load() && second_ == writes_.load());
    }

private:
    std::atomic<int> writers_{0};
    std::atomic<int> readers_{0};
    std::atomic<std::uint64_t> writes_{0};
    volatile std::uint64_t first_ = 0;
    volatile std::uint64_t second_ = 0;
};

namespace detail {

inline char last_words[160];

inline void hangs(int) {
    [[maybe_unused]] const auto said = write(STDERR_FILENO, last_words, std::strlen(last_words));
    _exit(1);
}

// Natively a lost wake-up is a hang.
struct watched {
    explicit watched(const char *name) {
        std::snprintf(last_words, sizeof last_words,
                      "stress: %s does not end: EMU_STRESS_SEED=%llu EMU_STRESS_SCALE=%u\n", name,
                      static_cast<unsigned long long>(seed()), scale());
        std::signal(SIGALRM, hangs);
        alarm(30 + 2 * scale());
    }
    ~watched() { alarm(0); }
};

}  // namespace detail

inline void explore_randomly(void (*scenario)(const plan &), bool atomics) {
    emu::exploration how;
    how.schedules = 200 * std::uint64_t{scale()};
    how.seed = seed();
    how.strategy = emu::search_strategy::random;
    how.machine.atomics = atomics;
    const emu::exploration_result found = emu::search([&] { scenario({seed(), 3, 4}); }, how);
    INFO(found.report);
    CHECK_FALSE(found.failed);
}

/// The scenario on real threads, several times, and then under random schedules, with and without
/// scheduling points inside the lock algorithms.  Standard output has the seed before anything can
/// go wrong.
inline void put_under_stress(const char *name, void (*scenario)(const plan &),
                             unsigned native_turns = 1000) {
    constexpr unsigned rounds = 3;
    std::printf("stress: %s, EMU_STRESS_SEED=%llu\n", name,
                static_cast<unsigned long long>(seed()));
    std::fflush(stdout);
    INFO("EMU_STRESS_SEED=" << seed());
    const detail::watched until_the_end(name);
    for (unsigned round = 0; round < rounds * scale(); ++round) {
        emu::run([&] { scenario({seed() + round, 4, native_turns}); },
                 options_for(emu::backend::native));
    }
    explore_randomly(scenario, false);
    explore_randomly(scenario, true);
}

}  // namespace tests::stress
