// Work items and the worker threads that run them.
//
// One queue serves all types: an item goes to an idle worker, or to a new one while there are
// fewer than most_workers, else it waits its turn, first in, first out.  Workers are system
// threads, made when first needed; one that is idle does not keep an execution from ending.
//
// The items are linked through their own LIST_ENTRY, as on Windows, but found through a table:
// a driver that overwrites an item leads nobody astray.  The table's guard is a leaf.
#pragma once
#include <cstddef>

#include "emu/base/nt.hpp"

namespace emu::machine {

struct thread;

constexpr unsigned most_workers = 32;

enum class queued_as : std::uint8_t { queued, queued_already, no_free_worker };

/// Queues an item; with `at_once`, only if a worker is idle or may be made.
queued_as queue_work(WORK_QUEUE_ITEM &item, bool at_once);

/// A queued item that lies in memory, or null.
const WORK_QUEUE_ITEM *queued_work_inside(const void *low, std::size_t size) noexcept;

/// The queue's list head, as a bug check names it.
const void *work_queue_address() noexcept;

/// Runs an item that was taken off; `intact` unless its links were overwritten while it was
/// queued.  Set by nt.
extern void (*run_work_item)(thread &worker, WORK_QUEUE_ITEM &item, bool intact);

/// At boot.
void reset_work_queue() noexcept;

}  // namespace emu::machine
