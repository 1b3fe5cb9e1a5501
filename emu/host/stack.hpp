// Stacks with a guard below them, pooled: an execution of the explorer takes and returns a few
// without a system call.
#pragma once
#include <cstddef>

namespace emu::host {

struct stack {
    std::byte *low = nullptr;  // lowest usable byte; the guard lies below
    std::size_t size = 0;
    bool contains(const void *address) const noexcept {
        const auto *byte = static_cast<const std::byte *>(address);
        return byte >= low && byte < low + size;
    }
};

constexpr std::size_t default_stack_size = 256 * 1024;

/// More than a page, so that a function with a large frame does not step over it.
constexpr std::size_t stack_guard_size = 64 * 1024;

/// A stack from the pool, or a new one.  Safe from any host thread.
stack take_stack();

/// Returns a stack.  Not null, `frames_from` is the lowest byte of frames on it that never
/// returned: a sanitizer is told to forget them, but not what they own.
void return_stack(stack old, const void *frames_from) noexcept;

/// Makes the pool hand out the same stacks in the same order after every execution.
void order_stacks() noexcept;

/// The running host thread's own stack.
stack host_thread_stack() noexcept;

}  // namespace emu::host
