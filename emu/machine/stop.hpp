// The end of a context: what happens to a finding.
//
// A finding never returns to the driver.  Inside an expectation control goes back to where the
// expectation began, on the stack below; in simulation the execution ends and the explorer
// reports; otherwise the report is printed and the process ends.
//
// What comes after an expectation ends the lives of the locks, events and DPCs on the stacks that
// the bug check left, so it comes after the other threads' last touch of them: the survivor goes
// on when every thread that the native machine started has stopped.  Those that are parked are
// woken to stop; those that poll look for the machine's death at each turn, the rest at their next
// emulated call.  None of them waits for the survivor: it holds no lock of the library's own, and
// whoever wants an emulated lock or a processor that it holds looks for the death too.  A thread
// that makes no emulated call is waited for during a grace time, then named on stderr and left to
// itself.  Of two threads that break rules at once the first survives.
#pragma once
#include "emu/base/finding.hpp"
#include "emu/machine/thread.hpp"

namespace emu::machine {

/// One running EMU_EXPECT_VIOLATION.
struct expectation {
    sched::second_stack *stack = nullptr;
    expectation *outer = nullptr;
    bool violated = false;
    finding found;
};

/// Ends the running context with a finding.  The machine is dead afterwards.
[[noreturn]] void stop(const finding &found);

/// Runs body(argument) on a second stack of the running thread; true, and the finding, if it broke
/// a rule.  The machine is dead then.
bool expect(expectation &watch, void (*body)(void *), void *argument);

/// The finding that ended the last execution; rule none if there is none.
const finding &last_finding() noexcept;
void clear_last_finding() noexcept;

/// How a finding is printed before the process ends; set by verify's report.
extern void (*print_report)(const finding &found);

/// Exit code of a process that a finding ended.
constexpr int violation_exit_code = 86;

}  // namespace emu::machine
