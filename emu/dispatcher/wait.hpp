// Dispatcher objects: signal, wait, time out.
//
// An object is waitable through its DISPATCHER_HEADER; a waiting thread queues a wait block to
// each object it waits for.  One lock, the dispatcher lock, guards every header and every wait.  A
// waiter parks in a loop: whoever ends its wait takes the blocks off, stores the status, unparks.
// A kernel APC interrupts a wait: the thread runs it and queues again, at the tail.
#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "emu/machine/thread.hpp"

namespace emu::dispatcher {

/// Type byte of a DISPATCHER_HEADER, as NT numbers its objects.
enum object_kind : std::uint8_t {
#define EMU_DISPATCHER_KIND(name, type, words, signaled, consumed) name = type,
#include "emu/dispatcher/kinds.def"
#undef EMU_DISPATCHER_KIND
};

/// At boot: a thread that a fault ended may have held the dispatcher lock.
void reset() noexcept;

/// Bytes of a header, read under the dispatcher lock.
struct header_state {
    std::uint64_t first_word;
    UCHAR type;
    bool signaled;
    bool has_wait_list;  // an initialised list head points somewhere
};
header_state state_of(const DISPATCHER_HEADER &header) noexcept;

/// True for the type bytes of objects that can be waited for.
bool is_dispatcher_object(UCHAR type) noexcept;

/// What a thread wants to wait for.  No objects: it sleeps until the deadline.
struct wait_request {
    std::span<void *const> objects;
    bool all = false;  // of them together; else any
    bool alertable = false;
    KPROCESSOR_MODE mode = KernelMode;
    std::uint64_t deadline_ns = 0;  // on sched::now_ns()'s scale; 0 polls, host::no_deadline
    KWAIT_BLOCK *blocks = nullptr;  // one per object
    bool cancellable = false;       // the thread's termination ends it
    // Of such a wait: the Cancel byte of the IRP whose cancel ends it, or null.
    const volatile BOOLEAN *cancel = nullptr;
    NTSTATUS cut_short = STATUS_SUCCESS;  // else: ends it as an alert would, at once
};

/// One look: the status, if the wait is over at once; nothing if the thread would have to block.
/// STATUS_MUTANT_LIMIT_EXCEEDED is to be raised.
std::optional<NTSTATUS> try_wait(context &self, const wait_request &wanted) noexcept;

/// Waits.  Runs kernel APCs of the thread.
NTSTATUS wait(context &self, const wait_request &wanted);

/// Waits for one object in kernel mode, as wait.
NTSTATUS wait_for_one(context &self, DISPATCHER_HEADER &object, std::uint64_t deadline_ns);

/// The deadline that a Timeout argument means: null for ever, negative relative, else absolute
/// system time; all in 100 ns.
std::uint64_t deadline_of(const LARGE_INTEGER *timeout) noexcept;

/// Sets SignalState to 1 and lets waiters go as the object's kind says: timers, threads,
/// processes.
void signal(DISPATCHER_HEADER &object) noexcept;
void unsignal(DISPATCHER_HEADER &object) noexcept;

/// A thread has ended: its mutants are abandoned, its queue loses it, its object is signalled.
void thread_ended(machine::thread &ended);

}  // namespace emu::dispatcher
