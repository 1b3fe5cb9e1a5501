// The runs that every lock goes through: alone, and against other threads.
//
// Names are <run>/<lock>[/<threads>/<percent exclusive>]; compare.py relies on that.  Lock is a
// type as in peers.hpp; its `visit` is what each thread has about it while it uses the lock.
#pragma once
#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "bench/busy.hpp"
#include "bench/disturbance.hpp"
#include "bench/peers.hpp"

namespace bench {

template <class Lock>
void alone_exclusive(benchmark::State &state) {
    Lock lock;
    const typename Lock::visit here{};
    benchmark::DoNotOptimize(&lock);
    for (auto _ : state) {
        lock.lock();
        benchmark::ClobberMemory();
        lock.unlock();
    }
    benchmark::DoNotOptimize(&here);
}

template <class Lock>
void alone_shared(benchmark::State &state) {
    Lock lock;
    const typename Lock::visit here{};
    benchmark::DoNotOptimize(&lock);
    for (auto _ : state) {
        lock.lock_shared();
        benchmark::ClobberMemory();
        lock.unlock_shared();
    }
    benchmark::DoNotOptimize(&here);
}

constexpr double inside_ns = 50;
constexpr double outside_ns = 100;
constexpr std::chrono::milliseconds window{100};

/// What the threads of one contended run share.  Each line has one kind of writer.
template <class Lock>
struct contest {
    alignas(64) Lock lock;
    alignas(64) std::atomic<unsigned> ready{0};
    alignas(64) std::atomic<bool> go{false};
    std::atomic<bool> stop{false};
    std::uint64_t percent_exclusive = 0;
    std::uint64_t turns_inside = 0;
    std::uint64_t turns_outside = 0;
};

/// Uses the lock until told to stop; how many times.
template <class Lock>
std::uint64_t compete(contest<Lock> &in, std::uint64_t seed) {
    const typename Lock::visit here{};
    benchmark::DoNotOptimize(&here);
    std::uint64_t random = seed * 0x9E3779B97F4A7C15U;
    std::uint64_t done = 0;
    in.ready.fetch_add(1);
    while (!in.go.load(std::memory_order_acquire)) {
        std::this_thread::yield();
    }
    while (!in.stop.load(std::memory_order_relaxed)) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        if ((random >> 32) % 100 < in.percent_exclusive) {
            in.lock.lock();
            turn(in.turns_inside);
            in.lock.unlock();
        } else {
            in.lock.lock_shared();
            turn(in.turns_inside);
            in.lock.unlock_shared();
        }
        turn(in.turns_outside);
        ++done;
    }
    return done;
}

/// One window of real time with all threads at work, rather than a number of operations for each:
/// with an unfair lock the threads that are done early would leave the others without contention.
template <class Lock>
void contended(benchmark::State &state) {
    const auto threads = static_cast<unsigned>(state.range(0));
    for (auto _ : state) {
        contest<Lock> shared;
        shared.percent_exclusive = static_cast<std::uint64_t>(state.range(1));
        shared.turns_inside = turns().turns_for(inside_ns);
        shared.turns_outside = turns().turns_for(outside_ns);
        std::vector<std::uint64_t> done(threads);
        std::vector<std::thread> running;
        for (unsigned i = 0; i < threads; ++i) {
            running.emplace_back([&, i] { done[i] = compete(shared, i + 1); });
        }
        while (shared.ready.load() != threads) {
            std::this_thread::yield();
        }
        const disturbance disturbed;
        const auto start = std::chrono::steady_clock::now();
        shared.go.store(true, std::memory_order_release);
        std::this_thread::sleep_for(window);
        shared.stop.store(true, std::memory_order_relaxed);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        state.counters["others"] = disturbed.by_others();
        std::uint64_t sum = 0;
        for (unsigned i = 0; i < threads; ++i) {
            running[i].join();
            sum += done[i];
        }
        state.SetIterationTime(took.count());
        const double mean = static_cast<double>(sum) / threads;
        const auto least = static_cast<double>(*std::min_element(done.begin(), done.end()));
        state.counters["Mops"] = static_cast<double>(sum) / took.count() / 1e6;
        // 1 is fair; near 0, one thread got nothing.
        state.counters["least_share"] = mean > 0 ? least / mean : 0;
    }
}

template <class Lock>
void register_alone() {
    const std::string name = Lock::name;
    benchmark::RegisterBenchmark(("exclusive/" + name).c_str(), alone_exclusive<Lock>);
    benchmark::RegisterBenchmark(("shared/" + name).c_str(), alone_shared<Lock>);
}

/// For each setting one lock after the other, so that what is compared runs close together.
template <class... Locks>
void register_contended() {
    for (const int threads : {2, 4, 8}) {
        for (const int percent : {0, 10, 50, 100}) {
            (benchmark::RegisterBenchmark((std::string("contended/") + Locks::name).c_str(),
                                          contended<Locks>)
                 ->Args({threads, percent})
                 ->Iterations(1)
                 ->UseManualTime(),
             ...);
        }
    }
}

inline int run_registered(int argc, char **argv) {
    benchmark::AddCustomContext("turns_inside", std::to_string(turns().turns_for(inside_ns)));
    benchmark::AddCustomContext("turns_outside", std::to_string(turns().turns_for(outside_ns)));
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 1;
    }
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}

/// Ours against all peers that this build has.
template <class... Ours>
void register_against_peers() {
    (register_alone<Ours>(), ...);
    register_alone<std_shared_mutex>();
    register_alone<posix_rwlock>();
#if BENCH_HAS_ABSL
    register_alone<absl_mutex>();
    // Debian's build looks for deadlocks at every acquire, which nobody wants in production.
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    register_contended<Ours..., std_shared_mutex, posix_rwlock, absl_mutex>();
#else
    register_contended<Ours..., std_shared_mutex, posix_rwlock>();
#endif
}

}  // namespace bench
