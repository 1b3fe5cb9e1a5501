// DPCs: a queue per processor, and who runs it.
//
// A queued DPC runs at DISPATCH_LEVEL in a context of its own, on a processor whose token is free
// or is about to become so.  Two may run it: the thread that lowers its level on that processor,
// on its own stack (DPCs that a DPC interrupt was requested for: attention_pending in its context
// says so), and the processor's service, a thread of the machine that waits for the token.
// Threaded DPCs run in a second thread of the processor, at PASSIVE_LEVEL.
//
// Lock order: the guard of the queues is a leaf below the dispatcher lock; starting a service
// takes the guard of the threads inside it.
#pragma once
#include <cstdint>

#include "emu/base/context.hpp"
#include "emu/base/nt.hpp"
#include "emu/machine/thread.hpp"

namespace emu::machine {

/// Values of KDPC.Type.
constexpr std::uint8_t dpc_object = 19;
constexpr std::uint8_t threaded_dpc_object = 24;

/// KDPC.Number: zero is the processor that queues it, else the target and this much.
constexpr std::uint16_t first_target = 0x100;

void initialize_dpc(KDPC &made, std::uint8_t type, PKDEFERRED_ROUTINE routine,
                    void *context) noexcept;

/// Queues it with its arguments; false if it is queued already.  Below DISPATCH_LEVEL on its own
/// processor it has run when this returns, unless it is of low importance.
bool insert_dpc(context &self, KDPC &dpc, void *first, void *second, bool by_timer = false);

/// As insert_dpc, by a timer that expires on this processor, whose service runs it.
bool insert_timer_dpc(KDPC &dpc, void *first, void *second, unsigned processor);

/// Takes it off its queue; false if it is on none.
bool remove_dpc(KDPC &dpc) noexcept;

/// True if it is on a queue: a look at the queues, whatever its bytes say.
bool is_queued(const KDPC &dpc) noexcept;

/// A queued DPC, or one whose routine lies there, inside [low, low + size); null if there is none.
const KDPC *queued_dpc_inside(const void *low, std::size_t size) noexcept;

/// Waits until all DPCs that are queued now have run.
void flush_dpcs(context &self);

/// Runs the DPCs of the processor that the running context, at DISPATCH_LEVEL, holds.
void run_queued_dpcs(context &self);

/// Whether a DPC's routine runs on the processor that the context holds.
bool dpc_runs_on(const context &self) noexcept;

/// Boot: forgets what the last machine left.
void reset_dpcs();

}  // namespace emu::machine
