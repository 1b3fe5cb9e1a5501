// What the files of this room share: the lock, the kinds, letting waiters go.  Private to it.
//
// Everything here is called with the dispatcher lock held.
#pragma once
#include <mutex>

#include "emu/dispatcher/wait.hpp"
#include "emu/machine/dispatcher_lock.hpp"

namespace emu::dispatcher {

using machine::thread;
using guard = std::lock_guard<machine::dispatcher_lock>;
using machine::the_dispatcher_lock;

/// How objects of one kind behave in a wait.
struct kind {
    const char *words;
    bool (*is_signaled)(const DISPATCHER_HEADER &object, const thread &waiter);
    NTSTATUS (*consume)(DISPATCHER_HEADER &object, thread &waiter);  // or STATUS_ABANDONED
};

/// The kind of a type byte; for a byte that is none, one that SignalState alone describes.
const kind &kind_of(UCHAR type) noexcept;

/// Would a wait of this thread be satisfied now?
inline bool is_signaled(const DISPATCHER_HEADER &object, const thread &waiter) noexcept {
    return object.Type <= synchronization_event ? object.SignalState > 0
                                                : kind_of(object.Type).is_signaled(object, waiter);
}

/// What a satisfied wait does to the object; STATUS_ABANDONED for a mutant that was abandoned.
inline NTSTATUS consume(DISPATCHER_HEADER &object, thread &waiter) noexcept {
    return kind_of(object.Type).consume(object, waiter);
}

/// Puts a thread's cancellable wait into the list of these, which begins empty at each boot.
void enlist_cancellable(thread &waiter) noexcept;
void reset_cancellable() noexcept;

/// Takes all wait blocks of a waiting thread off their objects.
void withdraw(thread &waiter) noexcept;

/// Ends a thread's wait with a status.
void end_wait(thread &waiter, NTSTATUS status) noexcept;

/// Ends a thread's wait for a moment: it runs its kernel APCs and queues again, at the tail.
void interrupt_wait(thread &waiter) noexcept;

/// Lets waiters go for as long as the object satisfies them.
void release_waiters(DISPATCHER_HEADER &object) noexcept;

inline bool is_waiting(const thread &other) noexcept {
    return other.wait.now == machine::wait_state::waiting;
}

}  // namespace emu::dispatcher
