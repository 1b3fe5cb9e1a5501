// What a machine is booted with.  EMU_OPTIONS sets the defaults; EMU_OPTIONS=help lists the names.
#pragma once
#include <cstdint>

#ifndef EMU_API
#define EMU_API __attribute__((visibility("default")))
#endif

namespace emu {

enum class fidelity : std::uint8_t {
    verifier,  // every documented rule is enforced
    free,      // retail behaviour: only what bug-checks there
};

enum class backend : std::uint8_t { native, simulated };

struct machine_options {
    fidelity mode = fidelity::verifier;
    backend on = backend::native;
    std::uint16_t target = 0x0A00;  // Windows version, major << 8 | minor
    std::uint16_t processors = 4;
    std::uint64_t step_limit = 200'000;  // scheduling points of one execution
    bool trace = false;                  // keep events for the report's picture
    std::uint64_t schedules = 1000;      // explored by emu::explore unless it says otherwise
    std::uint64_t seed = 0;              // of the first schedule; 0: the same in every run
    std::uint16_t watchdog = 5;          // seconds a simulated thread may block the host; 0: any
    bool atomics = false;                // accesses of lock words are scheduling points too
    bool debug_print = true;             // DbgPrint writes to standard error
    // Explored: so many timers and timeouts of an execution may come while threads can still run,
    // if they are due within a quantum (30 ms).  The others come when no thread can run.
    std::uint16_t early_alarms = 2;
};

/// Reads "name=value,name=value" over the given options.  A name or value that is none stops the
/// process with the list of those there are; "help" prints it and stops.
EMU_API void read_options(machine_options &into, const char *text);

/// The defaults with EMU_OPTIONS read over them.
EMU_API machine_options options_from_environment();

}  // namespace emu
