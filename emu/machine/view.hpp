// What verify and the reports may know of the machine: read-only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

#include "emu/base/context.hpp"

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

/// The APC counters of the thread whose identity a context has.
apc_counters counters_of(const context &self) noexcept;

/// The context is at DISPATCH_LEVEL on behalf of a wait that must come next.
bool wait_is_due(const context &self) noexcept;

/// The address lies on one of the stacks of the thread whose identity a context has.
bool on_stack_of_thread(const context &self, const void *address) noexcept;

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

}  // namespace emu::machine
