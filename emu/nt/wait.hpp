// What every routine that waits for dispatcher objects has in common.
#pragma once
#include "emu/dispatcher/wait.hpp"
#include "emu/nt/enter.hpp"

namespace emu::nt {

/// Restores the level after Wait = TRUE, checks it against the timeout (a LARGE_INTEGER *, null
/// for none), waits, and notes the mutexes that the thread has then: bit i of `mutants` says that
/// object i is one.  Raises STATUS_MUTANT_LIMIT_EXCEEDED.
NTSTATUS wait_as(const verify::call &at, const dispatcher::wait_request &wanted,
                 const void *timeout, std::uint64_t mutants);

}  // namespace emu::nt
