// Waiting on a 32-bit word, as the host offers it: futex on Linux, WaitOnAddress on Windows.
#pragma once
#include <atomic>
#include <cstdint>

namespace emu::host {

constexpr std::uint64_t no_deadline = ~std::uint64_t{0};

/// Blocks while `word` holds `expected`, until a wake, the deadline on clock_ns()'s scale, or for
/// no reason.  False if the deadline passed.
bool futex_wait(std::atomic<std::uint32_t> &word, std::uint32_t expected,
                std::uint64_t deadline_ns) noexcept;

/// Wakes up to `count` waiters.  Harmless on a word whose owner has gone.
void futex_wake(std::atomic<std::uint32_t> &word, int count) noexcept;

/// Monotonic nanoseconds.
std::uint64_t clock_ns() noexcept;

/// Wall-clock time in 100 ns since 1 January 1601 UTC, NT's scale.
std::int64_t system_time_100ns() noexcept;

/// Processors of the host that this process may use.
unsigned processor_count() noexcept;

/// A full barrier in every thread of the process: the rare side of a handshake whose frequent side
/// makes do with a compiler barrier.  False if the host has none.
bool process_barrier() noexcept;

/// One pause of a spin loop.
inline void spin_pause() noexcept { __builtin_ia32_pause(); }

}  // namespace emu::host
