// Semaphores.  State of KSEMAPHORE: Header.SignalState is the count, from 0 to Limit.
#pragma once
#include "emu/dispatcher/wait.hpp"

namespace emu::dispatcher {

void initialize_semaphore(KSEMAPHORE &semaphore, LONG count, LONG limit) noexcept;

/// Adds to the count and lets as many waiters go; false if the limit forbids it.  `before` is the
/// count it had.
bool release_semaphore(KSEMAPHORE &semaphore, LONG adjustment, LONG &before) noexcept;

LONG read_semaphore(const KSEMAPHORE &semaphore) noexcept;

}  // namespace emu::dispatcher
