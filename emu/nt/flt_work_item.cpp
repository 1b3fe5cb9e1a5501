// The filter manager's work items: generic ones, and those for operations in flight.
#include "emu/nt/work_item.hpp"

struct _FLT_GENERIC_WORKITEM {
    WORK_QUEUE_ITEM item;
    PVOID object;
    PFLT_GENERIC_WORKITEM_ROUTINE routine;
    PVOID context;
};

struct _FLT_DEFERRED_IO_WORKITEM {
    WORK_QUEUE_ITEM item;
    PFLT_CALLBACK_DATA data;
    PFLT_DEFERRED_IO_WORKITEM_ROUTINE routine;
    PVOID context;
};

namespace emu::nt {

namespace {

using generic_item = _FLT_GENERIC_WORKITEM;
using deferred_item = _FLT_DEFERRED_IO_WORKITEM;

constexpr std::uint32_t flt_item_tag = 'iWtF';

VOID NTAPI run_generic(PVOID parameter) {
    auto *item = static_cast<generic_item *>(parameter);
    item->routine(item, item->object, item->context);
}

VOID NTAPI run_deferred(PVOID parameter) {
    auto *item = static_cast<deferred_item *>(parameter);
    item->routine(item, item->data, item->context);
}

template <class Item>
Item *allocate_item(const verify::call &at, PWORKER_THREAD_ROUTINE run) {
    auto *made =
        static_cast<Item *>(allocate_pool(at, {sizeof(Item), flt_item_tag, NonPagedPoolNx, true,
                                               false, fault::work_item_allocation}));
    if (made != nullptr) {
        made->item.WorkerRoutine = run;
        made->item.Parameter = made;
    }
    return made;
}

template <class Item>
void free_item(const verify::call &at) {
    refuse_if_queued(at, sizeof(Item));
    free_pool(at, flt_item_tag);
}

// Fills in what a queued item must not lose.
template <class Item, class Fill>
void queue_filled(const verify::call &at, Item *item, WORK_QUEUE_TYPE type, const Fill &fill) {
    if (!address_ok<8>(item)) {
        bad_address(at, 8);
    }
    if (machine::queued_work_inside(item, sizeof *item) == nullptr) {
        fill();
    }
    queue_item(at, item->item, type, false);
}

void refuse_null(const verify::call &at, const void *given, const char *what) {
    if (given == nullptr) {
        stop_on(verify::broken(at, rule::null_object, {}, "%s is null", what));
    }
}

bool safe_to_post(const FLT_CALLBACK_DATA &data) {
    constexpr ULONG paging = IRP_PAGING_IO | IRP_SYNCHRONOUS_PAGING_IO;
    return (data.Flags & FLTFL_CALLBACK_DATA_IRP_OPERATION) != 0 &&
           (data.Iopb == nullptr || (data.Iopb->IrpFlags & paging) == 0);
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

PFLT_GENERIC_WORKITEM FLTAPI FltAllocateGenericWorkItem(VOID) {
    context &self = enter<routine::FltAllocateGenericWorkItem>(nullptr, EMU_CALLER);
    return allocate_item<generic_item>(
        {self, routine::FltAllocateGenericWorkItem, nullptr, EMU_CALLER}, run_generic);
}

VOID FLTAPI FltFreeGenericWorkItem(PFLT_GENERIC_WORKITEM FltWorkItem) {
    context &self = enter<routine::FltFreeGenericWorkItem>(FltWorkItem, EMU_CALLER);
    free_item<generic_item>({self, routine::FltFreeGenericWorkItem, FltWorkItem, EMU_CALLER});
}

NTSTATUS FLTAPI FltQueueGenericWorkItem(PFLT_GENERIC_WORKITEM FltWorkItem, PVOID FltObject,
                                        PFLT_GENERIC_WORKITEM_ROUTINE WorkerRoutine,
                                        WORK_QUEUE_TYPE QueueType, PVOID Context) {
    context &self =
        enter<routine::FltQueueGenericWorkItem, interferes::yes>(FltWorkItem, EMU_CALLER);
    const verify::call at{self, routine::FltQueueGenericWorkItem, FltWorkItem, EMU_CALLER};
    refuse_null(at, FltObject, "FltObject");
    refuse_null(at, reinterpret_cast<const void *>(WorkerRoutine), "WorkerRoutine");
    queue_filled(at, FltWorkItem, QueueType, [&] {
        FltWorkItem->object = FltObject;
        FltWorkItem->routine = WorkerRoutine;
        FltWorkItem->context = Context;
    });
    return STATUS_SUCCESS;
}

PFLT_DEFERRED_IO_WORKITEM FLTAPI FltAllocateDeferredIoWorkItem(VOID) {
    context &self = enter<routine::FltAllocateDeferredIoWorkItem>(nullptr, EMU_CALLER);
    return allocate_item<deferred_item>(
        {self, routine::FltAllocateDeferredIoWorkItem, nullptr, EMU_CALLER}, run_deferred);
}

VOID FLTAPI FltFreeDeferredIoWorkItem(PFLT_DEFERRED_IO_WORKITEM FltWorkItem) {
    context &self = enter<routine::FltFreeDeferredIoWorkItem>(FltWorkItem, EMU_CALLER);
    free_item<deferred_item>({self, routine::FltFreeDeferredIoWorkItem, FltWorkItem, EMU_CALLER});
}

NTSTATUS FLTAPI FltQueueDeferredIoWorkItem(PFLT_DEFERRED_IO_WORKITEM FltWorkItem,
                                           PFLT_CALLBACK_DATA Data,
                                           PFLT_DEFERRED_IO_WORKITEM_ROUTINE WorkerRoutine,
                                           WORK_QUEUE_TYPE QueueType, PVOID Context) {
    context &self =
        enter<routine::FltQueueDeferredIoWorkItem, interferes::yes>(FltWorkItem, EMU_CALLER);
    const verify::call at{self, routine::FltQueueDeferredIoWorkItem, FltWorkItem, EMU_CALLER};
    refuse_null(at, Data, "Data");
    refuse_null(at, reinterpret_cast<const void *>(WorkerRoutine), "WorkerRoutine");
    if (!safe_to_post(*Data)) {
        return STATUS_FLT_NOT_SAFE_TO_POST_OPERATION;
    }
    queue_filled(at, FltWorkItem, QueueType, [&] {
        FltWorkItem->data = Data;
        FltWorkItem->routine = WorkerRoutine;
        FltWorkItem->context = Context;
    });
    return STATUS_SUCCESS;
}

}  // extern "C"
