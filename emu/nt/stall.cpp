#include "emu/nt/stall.hpp"

#include <algorithm>

#include "emu/host/watchdog.hpp"
#include "emu/machine/machine.hpp"
#include "emu/machine/stop.hpp"
#include "emu/nt/enter.hpp"
#include "emu/sched/simulation.hpp"

namespace emu::nt {

namespace {

// A loop may have good reasons to be long, sleeping has none.
constexpr unsigned patience_with_loops = 6;

// Between executions the explorer works, which is no concern of this watch.
std::uint64_t progress() {
    static std::uint64_t ticks = 0;
    return sched::inside_simulation()
               ? static_cast<std::uint64_t>(machine::generation()) << 32 ^ sched::steps_passed()
               : ~++ticks;
}

void report(const host::stall &stalled) {
    const verify::call at{*current_context, routine::none, nullptr, stalled.frames[0]};
    const finding *found =
        stalled.computing
            ? verify::broken(at, rule::endless_loop, {},
                             "it has computed for %u seconds without an emulated call; all other "
                             "threads stand still meanwhile",
                             stalled.seconds)
            : verify::broken(at, rule::host_blocking, {},
                             "it has slept in the host's operating system for %u seconds; all "
                             "other threads stand still meanwhile, also the one it waits for",
                             stalled.seconds);
    finding told = *found;  // both are enforced in every fidelity
    told.frame_count = stalled.frame_count;
    std::copy_n(stalled.frames.begin(), stalled.frame_count, told.frames.begin());
    machine::stop(told);
}

}  // namespace

void watch_stalls(unsigned seconds) {
    if (seconds != 0) {
        host::start_watchdog({progress, report, seconds, seconds * patience_with_loops});
    }
}

void end_watching_stalls() noexcept { host::stop_watchdog(); }

}  // namespace emu::nt
