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

/// Makes `made` stand for the host thread's own stack: the place to switch back to.
void adopt_host_stack(fiber &made);

/// Suspends `from`, which must be the running fiber, and resumes `to`.
void switch_fiber(fiber &from, fiber &to) noexcept;

/// As switch_fiber, but `from` never runs again.
[[noreturn]] void leave_fiber(fiber &from, fiber &to) noexcept;

/// Frees what the sanitizers hold for a fiber that will not run again.  Call it from another
/// fiber; what the old one did then counts as done before.
void discard(fiber &old) noexcept;

}  // namespace emu::host
