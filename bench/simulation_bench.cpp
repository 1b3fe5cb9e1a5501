// How fast schedules are explored.
//
// Counted are choices: points where two or more threads could run and the strategy was asked.
// Points with nobody else to run cost next to nothing and would flatter the figure.
#include <benchmark/benchmark.h>

#include <string>

#include "emu/test.hpp"
extern "C" {
#include <ntifs.h>
}

namespace {

constexpr std::uint64_t schedules_per_search = 1000;
constexpr int long_run_rounds = 5000;

void add_one(EX_PUSH_LOCK &lock, long &counter) {
    ExAcquirePushLockExclusiveEx(&lock, 0);
    ++counter;
    ExReleasePushLockExclusiveEx(&lock, 0);
}

// Two threads, three locks, a counter under each.
void three_counters() {
    EX_PUSH_LOCK locks[3]{};
    long counters[3]{};
    const auto add = [&] {
        KeEnterCriticalRegion();
        for (int i = 0; i < 3; ++i) {
            add_one(locks[i], counters[i]);
        }
        KeLeaveCriticalRegion();
    };
    emu::system_thread other{add};
    add();
    other.join();
    EMU_CHECK(counters[0] == 2 && counters[1] == 2 && counters[2] == 2);
}

// Three threads, each takes the two forks beside it, the lower first.
void three_philosophers() {
    EX_PUSH_LOCK forks[3]{};
    const auto dine = [&](int low, int high) {
        KeEnterCriticalRegion();
        ExAcquirePushLockExclusiveEx(&forks[low], 0);
        ExAcquirePushLockExclusiveEx(&forks[high], 0);
        ExReleasePushLockExclusiveEx(&forks[high], 0);
        ExReleasePushLockExclusiveEx(&forks[low], 0);
        KeLeaveCriticalRegion();
    };
    emu::system_thread second{[&] { dine(1, 2); }};
    emu::system_thread third{[&] { dine(0, 2); }};
    dine(0, 1);
    second.join();
    third.join();
}

// Two threads and one lock for so long that starting and ending do not count.
void long_run() {
    EX_PUSH_LOCK lock{};
    long counter = 0;
    const auto add = [&] {
        KeEnterCriticalRegion();
        for (int i = 0; i < long_run_rounds; ++i) {
            add_one(lock, counter);
        }
        KeLeaveCriticalRegion();
    };
    emu::system_thread other{add};
    add();
    other.join();
    EMU_CHECK(counter == 2 * long_run_rounds);
}

// The same without contention: each thread has a lock of its own, so nobody ever blocks.
void long_run_apart() {
    EX_PUSH_LOCK locks[2]{};
    long counters[2]{};
    const auto add = [&](int which) {
        KeEnterCriticalRegion();
        for (int i = 0; i < long_run_rounds; ++i) {
            add_one(locks[which], counters[which]);
        }
        KeLeaveCriticalRegion();
    };
    emu::system_thread other{[&] { add(1); }};
    add(0);
    other.join();
}

void search_with(benchmark::State &state, void (*body)(), emu::search_strategy strategy,
                 std::uint64_t schedules) {
    std::uint64_t executions = 0;
    std::uint64_t points = 0;
    std::uint64_t choices = 0;
    emu::exploration how;
    how.strategy = strategy;
    how.schedules = schedules;
    for (auto _ : state) {
        ++how.seed;
        const emu::exploration_result result = emu::search(body, how);
        if (result.failed) {
            state.SkipWithError(result.report.c_str());
            break;
        }
        executions += result.schedules;
        points += result.points;
        choices += result.choices;
    }
    using benchmark::Counter;
    const auto rate = [](std::uint64_t count) {
        return Counter(static_cast<double>(count) / 1e6, Counter::kIsRate);
    };
    state.counters["M_executions_per_s"] = rate(executions);
    state.counters["M_choices_per_s"] = rate(choices);
    state.counters["M_points_per_s"] = rate(points);
    state.counters["ns_per_choice"] =
        Counter(static_cast<double>(choices) / 1e9, Counter::kIsRate | Counter::kInvert);
    if (executions != 0) {
        state.counters["choices_per_execution"] =
            static_cast<double>(choices) / static_cast<double>(executions);
    }
}

}  // namespace

int main(int argc, char **argv) {
    using emu::search_strategy;
    const struct {
        const char *name;
        void (*body)();
        std::uint64_t schedules;
    } programs[] = {{"three_counters", three_counters, schedules_per_search},
                    {"three_philosophers", three_philosophers, schedules_per_search},
                    {"long_run", long_run, 1},
                    {"long_run_apart", long_run_apart, 1}};
    for (const auto &program : programs) {
        for (const auto strategy : {search_strategy::random, search_strategy::pct}) {
            const char *how = strategy == search_strategy::random ? "random" : "pct";
            benchmark::RegisterBenchmark(
                (std::string("simulation/") + program.name + "/" + how).c_str(), search_with,
                program.body, strategy, program.schedules);
        }
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 1;
    }
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
