// What restoring a driver's global variables adds to an execution: the same driver, with and
// without driver_image.c, in executions that do nothing else.
#include <benchmark/benchmark.h>
#include <dlfcn.h>

#include <string>

#include "emu/test.hpp"

namespace {

void explore_driver(benchmark::State &state, const std::string &name) {
    void *module = dlopen((MODULES "/lib" + name + ".so").c_str(), RTLD_NOW | RTLD_LOCAL);
    if (module == nullptr) {
        state.SkipWithError(dlerror());
        return;
    }
    const auto touch = reinterpret_cast<void (*)()>(dlsym(module, "bench_touch"));
    emu::exploration how;
    how.schedules = 1000;
    how.keep_globals = true;
    std::uint64_t executions = 0;
    for (auto _ : state) {
        executions += emu::search(touch, how).schedules;
    }
    dlclose(module);
    using benchmark::Counter;
    state.counters["ns_per_execution"] =
        Counter(static_cast<double>(executions) / 1e9, Counter::kIsRate | Counter::kInvert);
    state.counters["M_executions_per_s"] =
        Counter(static_cast<double>(executions) / 1e6, Counter::kIsRate);
}

}  // namespace

int main(int argc, char **argv) {
    for (const char *size : {"1k", "4k", "16k", "1m"}) {
        for (const char *kind : {"plain", "restored"}) {
            const std::string name = std::string(kind) + "_" + size;
            benchmark::RegisterBenchmark(
                ("driver_image/" + name).c_str(),
                [name](benchmark::State &state) { explore_driver(state, name); });
        }
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 1;
    }
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
