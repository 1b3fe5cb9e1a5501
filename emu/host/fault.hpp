// Memory faults of driver code: caught, and turned into a call on an ordinary stack.
#pragma once
#include <array>
#include <cstdint>

namespace emu::host {

struct fault {
    const void *address = nullptr;  // what was touched; null also for non-canonical addresses
    const void *instruction = nullptr;
    const void *stack_pointer = nullptr;
    const void *frame_pointer = nullptr;
    bool write = false;
    bool stack_overflow = false;
    std::uint32_t frame_count = 0;
    std::array<const void *, 48> frames{};
};

/// From now on a fault for which wanted() holds continues as a call of handle() in the faulting
/// thread, outside the signal handler; handle must not return.  Other faults go where they went
/// before.  Does nothing in sanitizer builds, whose own report is the better one.
void watch_faults(bool (*wanted)(), void (*handle)(const fault &happened));

/// Lets the running host thread survive a fault on an exhausted stack.
void prepare_thread_for_faults();

}  // namespace emu::host
