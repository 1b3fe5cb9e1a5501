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

/// Bit i: object i is a mutant.  Ends the context if one of them cannot be waited for.
std::uint64_t look_at_objects(const verify::call &at, std::span<void *const> objects,
                              KPROCESSOR_MODE mode);

/// Ends the context unless there are as many wait blocks as objects.
void require_wait_blocks(const verify::call &at, ULONG count, const KWAIT_BLOCK *blocks);

}  // namespace emu::nt
