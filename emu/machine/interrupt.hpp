// Interrupt objects: raised by a test, served at their level on a processor whose level is below.
//
// A raised interrupt waits in a list of its processor.  In simulation the processor's interrupt
// service, an actor of its own, is a candidate of the strategy for as long as the processor's
// level lets the interrupt in, and runs on top of whatever holds the processor, which stands
// still.  Natively no thread can be stopped: the holder runs it at its next emulated call, or as
// its level falls; the service does while nobody holds the processor.
#pragma once
#include <cstdint>

#include "emu/base/nt.hpp"
#include "emu/machine/thread.hpp"
#include "emu/sched/atomic.hpp"

struct _KINTERRUPT {
    CSHORT Type;  // 22, InterruptObject
    CSHORT Size;
    PKSERVICE_ROUTINE routine;
    const void *told;  // in reports: `routine`, or what the machine's own routine calls
    PVOID context;
    PKSPIN_LOCK lock;  // the driver's, or own_lock
    KSPIN_LOCK own_lock;
    ULONG vector;
    KIRQL irql;
    KIRQL synchronize_irql;
    std::uint64_t processors;
    std::uint32_t generation;                   // the machine's; 0 once disconnected
    std::atomic<emu::context *> holder;         // of the lock, for rules
    emu::sched::atomic<std::uint32_t> at_work;  // service routines that run
    std::uint64_t raised;
};

namespace emu::machine {

/// A connected interrupt; freed by disconnect_interrupt, at the latest by the next boot.
KINTERRUPT &connect_interrupt();

/// Takes it off every list and waits until its routine has ended.
void disconnect_interrupt(context &self, KINTERRUPT &gone);

/// Whether it is one that is connected, whatever address it is.
bool is_connected(const KINTERRUPT *one) noexcept;

/// Raised on the processor, or one of its own choice if that is negative; false if it is raised
/// there already.
bool raise_interrupt(KINTERRUPT &raised, int processor);

/// Serves it now on the caller's processor, whose level is below its.
void serve_now(context &self, KINTERRUPT &raised);

/// Raises to SynchronizeIrql and takes the lock; the level before.
std::uint8_t acquire_interrupt_lock(context &self, KINTERRUPT &of);
void release_interrupt_lock(context &self, KINTERRUPT &of, std::uint8_t level);

/// Those of the processor that the context holds which `level` lets in.
void deliver_interrupts(context &self, std::uint8_t level);

/// The running thread spins, natively: runs the interrupts that its level lets in.
void interrupt_spinning_thread(sched::actor &spinning);

/// Boot.
void reset_interrupts() noexcept;

}  // namespace emu::machine
