// A host thread that should go on and does not: noticed by a timer, and told on that thread.
#pragma once
#include <array>
#include <cstdint>

namespace emu::host {

struct stall {
    bool computing = false;  // it uses the processor; else it sleeps in the operating system
    unsigned seconds = 0;
    std::uint32_t frame_count = 0;
    std::array<const void *, 48> frames{};
};

struct watch {
    std::uint64_t (*progress)();         // changes for as long as all is well; signal-safe
    void (*handle)(const stall &found);  // called in the stalled thread, outside the handler
    unsigned sleeping_seconds = 0;       // how long it may sleep
    unsigned computing_seconds = 0;      // how long it may compute
};

/// From now on the running host thread is looked at every second.  handle must not return: what
/// the thread was doing, a system call perhaps, is given up.  Time in which a debugger holds the
/// process does not count.
void start_watchdog(const watch &what);
void stop_watchdog() noexcept;

}  // namespace emu::host
