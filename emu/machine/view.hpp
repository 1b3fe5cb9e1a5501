// What verify and the reports may know of the machine: read-only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

#include "emu/base/context.hpp"
#include "emu/base/strategy.hpp"
#include "emu/options.hpp"

namespace emu::machine {

struct thread_view {
    std::uint64_t id = 0;
    const char *name = "";
    const void *object = nullptr;  // the PKTHREAD
    const context *own = nullptr;
    bool system = false;
    bool ended = false;
    std::uint32_t actor = 0;  // the name the strategy knows it by
};

/// The thread whose identity a context has.
thread_view thread_of(const context &self) noexcept;

/// The context is at DISPATCH_LEVEL on behalf of a wait that must come next.
bool wait_is_due(const context &self) noexcept;

/// The address lies on one of the stacks of the thread whose identity a context has.
bool on_stack_of_thread(const context &self, const void *address) noexcept;
/// The APC counters that the regions entered in a context count.
const apc_counters &apc_counters_of(const context &self) noexcept;

/// All threads of the machine in order of creation.
std::size_t threads_made() noexcept;
std::optional<thread_view> thread_number(std::size_t index) noexcept;

struct pool_view {
    const void *data = nullptr;
    std::size_t size = 0;
    std::uint32_t tag = 0;
    std::uint32_t type = 0;  // POOL_TYPE
    bool freed = false;
    const void *allocated_by = nullptr;
    const void *freed_by = nullptr;
};

/// The pool block that contains an address, live or freed.  Slow.
std::optional<pool_view> pool_around(const void *address) noexcept;

/// A call that was made to fail on the test's request.
struct fault_view {
    fault kind = fault::pool_allocation;
    code_point at;
    std::uint32_t call = 0;  // which of those from the same place, from 1
};

/// Those of the running machine, the first few of them; nothing behind the last index.
std::optional<fault_view> fault_number(std::size_t index) noexcept;

/// What the machine was booted with: one in so many calls fails, drawn from a seed.
struct fault_chance {
    std::uint32_t one_in = 0;
    std::uint64_t seed = 0;
};
fault_chance chance_of_faults() noexcept;

/// A queued DPC in [low, low + size), or null.
const void *queued_dpc(const void *low, std::size_t size) noexcept;

/// A DPC or ISR at work.
struct callback_view {
    const context *own = nullptr;
    const void *routine = nullptr;
    const void *object = nullptr;
    std::uint64_t interrupted_thread = 0;
};
/// Those at work: nothing behind the last index; own is null for one that has ended.
std::optional<callback_view> callback_number(std::size_t index) noexcept;

}  // namespace emu::machine
