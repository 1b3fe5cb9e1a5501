// One execution of a test body on a simulated machine.
#pragma once
#include <exception>
#include <functional>

#include "emu/base/finding.hpp"
#include "emu/base/strategy.hpp"
#include "emu/options.hpp"

namespace emu::test {

using body = std::function<void()>;

struct execution {
    finding found;              // which is rule::none if no rule was broken
    std::exception_ptr thrown;  // what left the body
    std::uint64_t points = 0;
    std::uint64_t choices = 0;
    bool cut = false;  // by the strategy

    bool failed() const noexcept { return found.which != rule::none || thrown != nullptr; }
};

/// Boots a machine, runs body to the end of its last thread or to its failure.  The machine's
/// tables stay as they are until the next boot, for the report.
execution execute(const body &given, strategy &chooser, machine_options with, bool traced);

/// Before a run of executions: faults and stalls of the host thread are watched for.
void begin_executions(const machine_options &with);

/// Before a machine is booted on request: restores the drivers' images, if no machine runs, as
/// then its boot would not.
void begin_with_clean_images();

/// After a run of executions: no machine.
void end_executions();

/// Keeps the first failed check of the running execution; false outside of one.
bool keep_failed_check(const char *expression, const char *file, int line);

}  // namespace emu::test
