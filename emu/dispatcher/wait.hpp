// Dispatcher objects: signal, wait, time out.
//
// An object is waitable through its DISPATCHER_HEADER; a waiting thread queues one of its own wait
// blocks there.  One lock, the dispatcher lock, guards every header and every wait; it is a leaf
// below which only unpark is called, and no scheduling point lies inside it.  A waiter parks in a
// loop: the thread that signals takes its block off, stores the status, unparks.
#pragma once
#include <cstdint>

#include "emu/machine/thread.hpp"

namespace emu::dispatcher {

/// Type byte of a DISPATCHER_HEADER, as NT numbers its objects.
enum object_kind : std::uint8_t {
    notification_event = 0,
    synchronization_event = 1,
    thread_object = 6,
    notification_timer = 8,
    synchronization_timer = 9,
};

/// After the machine's death: everything that waiting threads wrote to objects happened before
/// now, so that the survivor may end the objects' lives.
void settle() noexcept;

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

/// Waits for one object; deadline in sched::now_ns()'s scale, 0 polls, host::no_deadline is for
/// ever.
NTSTATUS wait_for_one(machine::thread &self, DISPATCHER_HEADER &object, std::uint64_t deadline_ns);

/// Sleeps until the deadline.
void delay(machine::thread &self, std::uint64_t deadline_ns);

/// The deadline that a Timeout argument means: null for ever, negative relative, else absolute
/// system time; all in 100 ns.
std::uint64_t deadline_of(const LARGE_INTEGER *timeout) noexcept;

void initialize_event(KEVENT &event, object_kind kind, bool signaled) noexcept;
LONG set_event(KEVENT &event) noexcept;
LONG reset_event(KEVENT &event) noexcept;
LONG pulse_event(KEVENT &event) noexcept;
LONG read_event(const KEVENT &event) noexcept;

/// Sets SignalState to 1 and lets waiters go as the object's kind says: timers, threads,
/// processes.
void signal(DISPATCHER_HEADER &object) noexcept;
void unsignal(DISPATCHER_HEADER &object) noexcept;

/// Signals a thread object: its thread has ended.
void signal_thread(machine::thread &ended);

}  // namespace emu::dispatcher
