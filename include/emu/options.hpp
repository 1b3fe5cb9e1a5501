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

/// What a test can make fail: see emu/faults.hpp.
enum class fault : std::uint8_t {
    pool_allocation,  // ExAllocatePool and its kin: NULL, or the status that their flag asks for
    thread_creation,  // PsCreateSystemThread, IoCreateSystemThread: STATUS_INSUFFICIENT_RESOURCES
    work_item_allocation,  // IoAllocateWorkItem, FltAllocate...WorkItem: NULL
    try_acquire,           // of a lock, also ExAcquire...Lite with Wait FALSE: FALSE
    alert,                 // an alertable wait that would block or time out: STATUS_ALERTED
    user_apc,              // such a wait in user mode: STATUS_USER_APC
};

/// A set of them.
struct fault_kinds {
    std::uint32_t bits = 0;
    constexpr fault_kinds() = default;
    constexpr fault_kinds(fault one) : bits(1U << static_cast<unsigned>(one)) {}
    constexpr bool has(fault one) const { return (bits & fault_kinds(one).bits) != 0; }
    friend constexpr fault_kinds operator|(fault_kinds a, fault_kinds b) {
        a.bits |= b.bits;
        return a;
    }
    bool operator==(const fault_kinds &) const = default;
};

constexpr fault_kinds operator|(fault a, fault b) { return fault_kinds(a) | fault_kinds(b); }

/// Whatever needs memory.
constexpr fault_kinds allocations =
    fault::pool_allocation | fault::thread_creation | fault::work_item_allocation;
constexpr fault_kinds every_fault =
    allocations | fault::try_acquire | fault::alert | fault::user_apc;

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
    std::uint32_t faults = 0;           // one in so many calls fails that can; 0: none
    fault_kinds failing = allocations;  // which can
    std::uint32_t most_faults = 0;      // in one execution; 0: any number
};

/// Reads "name=value,name=value" over the given options.  A name or value that is none stops the
/// process with the list of those there are; "help" prints it and stops.
EMU_API void read_options(machine_options &into, const char *text);

/// The defaults with EMU_OPTIONS read over them.
EMU_API machine_options options_from_environment();

}  // namespace emu
