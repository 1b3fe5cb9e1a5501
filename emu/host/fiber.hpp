// Fibers: a second, third ... stack for a host thread, and the switch between them.
//
// A thin layer over Boost.Context's make_fcontext and jump_fcontext that tells the sanitizers
// about every switch.  A fiber never migrates to another host thread.
#pragma once
#include <cstdint>

#include "emu/host/stack.hpp"

namespace emu::host {

struct fiber {
    void *registers = nullptr;  // where it is suspended; meaningless while it runs
    stack bounds;               // its stack
    void *sanitizer_stack = nullptr;
    void *sanitizer_fiber = nullptr;
    void (*entry)(void *) = nullptr;
    void *argument = nullptr;
    bool unwound = false;     // set by its entry: every frame of the user's on it has returned
    std::uint64_t label = 0;  // set before prepare(): what a race report calls it by
};

/// Makes `made` a suspended fiber that will call entry(argument) on `on`.  entry must not return.
void prepare(fiber &made, stack on, void (*entry)(void *), void *argument);

/// The outermost function of every fiber: behind it there is nothing to unwind to.
const void *outermost_function() noexcept;

/// Makes `made` stand for the host thread's own stack: the place to switch back to.
void adopt_host_stack(fiber &made);

/// Suspends `from`, which must be the running fiber, and resumes `to`.
void switch_fiber(fiber &from, fiber &to) noexcept;

/// As switch_fiber, but `from` never runs again.
[[noreturn]] void leave_fiber(fiber &from, fiber &to) noexcept;

/// Frees what the sanitizers hold for a fiber that will not run again.  Call it from another
/// fiber; what the old one did then counts as done before.
void discard(fiber &old) noexcept;

/// Runs body(argument) on the running stack, that of `on`, as a context of its own in the eyes of
/// a race detector: a DPC or an interrupt that borrows the stack of the thread it interrupts.  The
/// two are not ordered but by what they hand over.  `as` may serve again, for what the same
/// processor runs later; discard() it at last.
void run_as(fiber &on, fiber &as, void (*body)(void *), void *argument);

}  // namespace emu::host
