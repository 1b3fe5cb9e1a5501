// How often each routine was called, and how often the call broke a rule.
//
// Each host thread counts in an array of its own; a process started with EMU_ROUTINE_CALLS=FOLDER
// writes the sums to FOLDER/<pid>.csv when it ends, as routine,calls,violating_calls.
#pragma once
#include <cstdint>

#include "emu/base/routine.hpp"

namespace emu {

/// The counts of the running host thread, indexed by routine; lives as long as the process.
std::uint64_t *host_thread_call_counts();

void count_violating_call(routine which) noexcept;

/// Writes the file, if one is wanted.  Runs by itself at exit; call it before _exit.
void write_call_counts() noexcept;

}  // namespace emu
