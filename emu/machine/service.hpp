// What serves one processor: its queues and the threads of the machine that run them when nobody
// else does.  Private to this room.
//
// Natively each is a host thread, made when first needed; in simulation an actor that the strategy
// may choose exactly while something is queued for its processor and the processor is free.
#pragma once
#include <array>
#include <memory>
#include <mutex>
#include <vector>

#include "emu/base/nt.hpp"
#include "emu/machine/interruption.hpp"
#include "emu/host/mutex.hpp"

namespace emu::machine {

struct processor_work;

/// KDPC.DpcData while queued: the queue it is on, and what a flush counts.
struct dpc_cell {
    processor_work *of = nullptr;
    std::uint32_t outstanding = 0;  // queued or at work
    bool by_timer = false;
    bool threaded = false;
};

struct processor_work {
    unsigned number = 0;
    LIST_ENTRY dpcs{};      // by DpcListEntry
    LIST_ENTRY threaded{};  // those that run in a thread
    std::uint32_t dpc_count = 0;
    std::uint32_t due_timers = 0;  // that wait for the service to expire them
    std::uint32_t threaded_count = 0;
    bool requested = false;  // the queue is to be drained before the level falls below DISPATCH
    // Two epochs of by-timer, not by-timer and threaded; a flush begins a new one and waits for
    // the other to run dry.
    std::array<std::array<dpc_cell, 3>, 2> cells;
    unsigned epoch = 0;
    interruption dpc;
    std::atomic<bool> dpc_runs{false};
    thread *service = nullptr;
    thread *threaded_service = nullptr;
    // Interrupts that were raised and have not been served, the highest level first.
    std::vector<_KINTERRUPT *> interrupts;
    std::vector<std::unique_ptr<interruption>> isrs;  // by how many are at work below
    unsigned isrs_at_work = 0;
    thread *interrupt_service = nullptr;
};

/// Guards every queue.
extern host::mutex work_guard;

/// The work of a processor; touched from then on, so that the next boot resets it.  The guard is
/// held.
processor_work &work_of(unsigned processor);

/// The processors touched since boot, as bits.
std::uint64_t touched_processors() noexcept;

/// Makes its service, if it has none, and wakes it: something was queued.  The guard is held.
void wake_service(processor_work &of);
void wake_threaded_service(processor_work &of);

/// Tells the scheduler how much its threads have to do.  The guard is held.
void tell_work(const processor_work &of) noexcept;

/// A thread of the machine that serves it: not the driver's.
thread &start_daemon(const char *name, std::uint64_t processors, void (*serve)(void *),
                     void *argument);

/// Nothing of a queue's epoch is outstanding any more.  The guard is held.
void wake_flushers();
void reset_flushes() noexcept;

/// A service takes its processor, which is free, at DISPATCH_LEVEL, on top of the thread that ran
/// there last.
void take_free_processor(const processor_work &of, context &self);
/// It has given the processor back: that thread may go on.
void leave_interrupted_thread(context &self);

/// Runs the interrupts of the processor that the running context holds whose level is above
/// `level`.
void serve_interrupts(context &self, processor_work &of, std::uint8_t level);

}  // namespace emu::machine
