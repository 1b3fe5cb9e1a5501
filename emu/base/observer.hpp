// The port through which the machine tells what happened to a thread.  Implemented in emu/verify.
// An observer returns a finding or null; it never waits and never acts.
#pragma once
#include "emu/base/context.hpp"
#include <cstdint>

namespace emu {

struct finding;

/// A callback of the driver that has returned, and what it found when it began.
struct callback_return {
    const void *routine;
    const void *object;  // the KAPC
    std::uint8_t irql;
    apc_counters counters;
};

/// How a DPC, an ISR or another callback of the machine began.
struct callback_entry {
    std::uint8_t irql = 0;
    std::int16_t kernel_apc_disable = 0;  // of the thread it borrows
    std::int16_t special_apc_disable = 0;
    const void *routine = nullptr;
    const void *object = nullptr;  // the KDPC, KTIMER or KINTERRUPT
    bool by_timer = false;
    std::uint32_t held_count = 0;
};

class observer {
public:
    virtual ~observer() = default;

    /// A thread is about to end.  A finding if it holds a lock, a raised level or a disabled
    /// counter.
    virtual const finding *thread_ends(context &self) = 0;

    /// A routine of an APC has returned.  A finding if the level or the APC counters are not as
    /// they were; and, after the `last` of them, if the APC still holds a lock.
    virtual const finding *apc_returned(context &at_work, const callback_return &what,
                                        bool last) = 0;
    /// A DPC's or ISR's routine has returned.  A finding if it holds a lock, or does not leave the
    /// level or the APC counters as it found them.
    virtual const finding *callback_ends(context &self, const callback_entry &began) = 0;
};

}  // namespace emu
