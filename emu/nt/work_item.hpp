// Work items, as all routines that queue or free one treat them.
#pragma once
#include "emu/base/nt.hpp"
#include "emu/machine/work_queue.hpp"
#include "emu/nt/enter.hpp"
#include "emu/nt/pool.hpp"
#include "emu/nt/unexpected.hpp"
#include "emu/verify/bug_checks.hpp"

struct _IO_WORKITEM {
    WORK_QUEUE_ITEM item;
    PVOID io_object;
    PIO_WORKITEM_ROUTINE routine;  // one of the two
    PIO_WORKITEM_ROUTINE_EX routine_ex;
    PVOID context;
};

namespace emu::nt {

constexpr std::uint32_t io_item_tag = 'iWoI';

/// At boot.
void prepare_work_items();

/// Checks the item and the type and queues it; false if no worker is free and `at_once` is set, or
/// if the item was refused and the fidelity let that pass.
bool queue_item(const verify::call &at, WORK_QUEUE_ITEM &item, WORK_QUEUE_TYPE type, bool at_once);

/// The memory at at.object is about to stop being a work item.
void refuse_if_queued(const verify::call &at, std::size_t size);

}  // namespace emu::nt
