// The port through which the machine tells what happened to a thread.  Implemented in emu/verify.
// An observer returns a finding or null; it never waits and never acts.
#pragma once
#include "emu/base/context.hpp"
#include <cstdint>

namespace emu {

struct finding;

/// How a DPC, an ISR, an APC or another routine of the driver that the machine calls began.
struct callback_entry {
    std::uint8_t irql = 0;
    apc_counters counters;  // of the thread that it runs on
    const void *routine = nullptr;
    const void *object = nullptr;  // the KDPC, KTIMER, KINTERRUPT or KAPC
    bool by_timer = false;
    bool of_apc = false;
    bool last = true;  // of the routines that run in this context
    std::uint32_t held_count = 0;
};

class observer {
public:
    virtual ~observer() = default;

    /// A thread is about to end.  A finding if it holds a lock, a raised level or a disabled
    /// counter.
    virtual const finding *thread_ends(context &self) = 0;

    /// A routine of the driver has returned.  A finding if it does not leave the level or the APC
    /// counters as it found them; and, after the last of its context, if that holds a lock.
    virtual const finding *callback_ends(context &self, const callback_entry &began) = 0;
};

}  // namespace emu
