// Failures on demand: allocations, thread creation, attempts on locks and alertable waits.
//
//     emu::fail_next(emu::fault::pool_allocation);          // in the body of a test
//     CHECK(CacheInitialize(&cache) == STATUS_INSUFFICIENT_RESOURCES);
//
//     emu::with_each_fault_once([] { use_the_driver(); });  // each allocation fails once
//
// By chance, natively and explored: machine_options::faults, or EMU_OPTIONS=faults=N.  Only calls
// fail that can fail on Windows, and only in ways that it documents.  See docs/faults.md.
#pragma once
#include <vector>

#include "emu/test.hpp"

namespace emu {

/// The nth call of this kind from now fails, counted over all threads of the machine; 1 is the
/// next.  Booting a machine forgets it.
EMU_API void fail_at(fault kind, std::uint64_t nth);

/// The next `count` calls of this kind fail.
EMU_API void fail_next(fault kind, std::uint64_t count = 1);

/// How many calls of the running machine were made to fail.
EMU_API std::uint64_t injected_failures();

/// A call that can fail.
struct failing_call {
    std::string routine;
    std::string place;       // "cache.c:41 in CacheInitialize"
    std::uint32_t call = 0;  // which of the routine's calls from there, in one execution; from 1
};

struct each_fault_result : exploration_result {
    /// The calls that were made to fail, in the order in which they were; all that the body
    /// reached if nothing failed.  If something did, the last one led to it.
    std::vector<failing_call> sites;
};

/// Runs body on simulated machines: once as it is, then once for each call of the given kinds that
/// was reached, with that call failing; a call that is reached only after a failure fails together
/// with it.  Prints the report and throws at the first run that fails; EMU_REPLAY runs it alone.
/// Threads take turns where they block; with how.schedules above one so many schedules are tried
/// for each failure.
EMU_API void with_each_fault_once(const std::function<void()> &body,
                                  fault_kinds kinds = allocations, const exploration &how = {},
                                  std::source_location at = std::source_location::current());

/// As with_each_fault_once, but hands the result back, and ignores EMU_REPLAY.
EMU_API each_fault_result search_each_fault(
    const std::function<void()> &body, fault_kinds kinds = allocations,
    const exploration &how = {}, std::source_location at = std::source_location::current());

}  // namespace emu
