// Queues of work: KQUEUE, on which threads wait for entries.
//
// State of KQUEUE: Header.SignalState counts the entries in EntryListHead; Header.Abandoned is set
// once it is run down.  CurrentCount counts its threads that are at work: a thread serves the
// queue it last asked for an entry, and is at work unless it waits, for the queue or for anything
// else.  An entry goes to a waiter only while fewer than MaximumCount are at work.
#pragma once
#include <optional>

#include "emu/dispatcher/wait.hpp"

namespace emu::dispatcher {

void initialize_queue(KQUEUE &queue, ULONG maximum) noexcept;

enum class queue_end : bool { tail, head };

/// Adds an entry, or hands it to a waiter; the count of entries before.
LONG insert_entry(KQUEUE &queue, LIST_ENTRY &entry, queue_end where) noexcept;

/// True if the entry is in the queue already, or the queue's list is broken.
bool entry_is_bad(KQUEUE &queue, const LIST_ENTRY &entry) noexcept;

/// The thread asks for its next entry: it is at work no more, and serves this queue.
void ask_for_entry(KQUEUE &queue, machine::thread &self) noexcept;

/// Takes another entry for a thread that has just got one: null if there is none.  It is at work
/// already, so the queue's maximum does not matter.
LIST_ENTRY *take_another_entry(KQUEUE &queue) noexcept;

/// Wakes all waiters with STATUS_ABANDONED, lets the threads go and takes the entries out: the
/// first of them, the others linked to it in a ring, or null.
LIST_ENTRY *run_down_queue(KQUEUE &queue) noexcept;

LONG read_queue(const KQUEUE &queue) noexcept;

/// A thread has ended.
void leave_queue(machine::thread &ended) noexcept;

/// Of a wait, with the dispatcher lock held: see kinds.def.
bool entry_to_take(const DISPATCHER_HEADER &object, const machine::thread &waiter);
NTSTATUS take_entry(DISPATCHER_HEADER &object, machine::thread &waiter);

/// The thread blocks for `object`, and goes on: what that means to the queue it serves.  With the
/// dispatcher lock held.
void rest_from_queue(machine::thread &self, const void *object) noexcept;
void return_to_queue(machine::thread &self) noexcept;

}  // namespace emu::dispatcher
