// Levels and regions through the shared library, each beside calls that do nothing.
#include <benchmark/benchmark.h>

#include "bench/empty_calls.hpp"
extern "C" {
#include <ntifs.h>
}

namespace {

void raise_and_lower(benchmark::State &state, KIRQL to) {
    for (auto _ : state) {
        KIRQL before;
        KeRaiseIrql(to, &before);
        benchmark::ClobberMemory();
        KeLowerIrql(before);
    }
}

// The nested case: a processor is held already.
void raise_and_lower_at_dispatch(benchmark::State &state) {
    KIRQL before;
    KeRaiseIrql(DISPATCH_LEVEL, &before);
    raise_and_lower(state, DISPATCH_LEVEL);
    KeLowerIrql(before);
}

void current_level(benchmark::State &state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(KeGetCurrentIrql());
    }
}

void critical_region(benchmark::State &state) {
    for (auto _ : state) {
        KeEnterCriticalRegion();
        benchmark::ClobberMemory();
        KeLeaveCriticalRegion();
    }
}

void guarded_region(benchmark::State &state) {
    for (auto _ : state) {
        KeEnterGuardedRegion();
        benchmark::ClobberMemory();
        KeLeaveGuardedRegion();
    }
}

void one_empty_call(benchmark::State &state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(bench_empty_level(0));
    }
}

void two_empty_calls(benchmark::State &state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(bench_empty_level(2));
        benchmark::ClobberMemory();
        bench_empty_level(0);
    }
}

BENCHMARK(one_empty_call)->Name("current_irql/floor_one_call");
BENCHMARK(current_level)->Name("current_irql/checked");
BENCHMARK(two_empty_calls)->Name("irql_dispatch/floor_two_calls");
BENCHMARK_CAPTURE(raise_and_lower, to_dispatch, DISPATCH_LEVEL)->Name("irql_dispatch/checked");
BENCHMARK(two_empty_calls)->Name("irql_apc/floor_two_calls");
BENCHMARK_CAPTURE(raise_and_lower, to_apc, APC_LEVEL)->Name("irql_apc/checked");
BENCHMARK(two_empty_calls)->Name("irql_nested_dispatch/floor_two_calls");
BENCHMARK(raise_and_lower_at_dispatch)->Name("irql_nested_dispatch/checked");
BENCHMARK(two_empty_calls)->Name("critical_region/floor_two_calls");
BENCHMARK(critical_region)->Name("critical_region/checked");
BENCHMARK(two_empty_calls)->Name("guarded_region/floor_two_calls");
BENCHMARK(guarded_region)->Name("guarded_region/checked");

}  // namespace

BENCHMARK_MAIN();
