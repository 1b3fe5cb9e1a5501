// Work items of the executive and of the I/O manager.
#include "emu/machine/stop.hpp"
#include "emu/nt/work_item.hpp"

namespace emu::nt {

namespace {

VOID NTAPI run_io_item(PVOID parameter) {
    const IO_WORKITEM &item = *static_cast<PIO_WORKITEM>(parameter);
    if (item.routine_ex != nullptr) {
        item.routine_ex(item.io_object, item.context, static_cast<PIO_WORKITEM>(parameter));
    } else {
        item.routine(static_cast<PDEVICE_OBJECT>(item.io_object), item.context);
    }
}

// What the driver gave, for items that the library wraps.
verify::worker_call call_of(const WORK_QUEUE_ITEM &item) {
    if (item.WorkerRoutine != run_io_item) {
        return {reinterpret_cast<const void *>(item.WorkerRoutine), item.Parameter};
    }
    const auto &io = *static_cast<const IO_WORKITEM *>(item.Parameter);
    return {io.routine_ex != nullptr ? reinterpret_cast<const void *>(io.routine_ex)
                                     : reinterpret_cast<const void *>(io.routine),
            io.context};
}

void run_item(machine::thread &worker, WORK_QUEUE_ITEM &item, bool intact) {
    const verify::call at{worker.own, routine::ExQueueWorkItem, &item, nullptr};
    const PWORKER_THREAD_ROUTINE entry = item.WorkerRoutine;
    if (!intact) {
        stop_on(verify::judge_work_item_links(at, machine::work_queue_address(),
                                              reinterpret_cast<const void *>(entry)));
    }
    const PVOID parameter = item.Parameter;
    const verify::worker_call ran = call_of(item);
    call_and_report_exceptions([&] { entry(parameter); });  // may free the item
    stop_on(verify::judge_worker_return(at, ran));
}

void init_io_item(IO_WORKITEM &item, PVOID io_object) {
    item = IO_WORKITEM{};
    item.io_object = io_object;
    item.item.WorkerRoutine = run_io_item;
    item.item.Parameter = &item;
}

// False if the item is refused and the fidelity lets that pass.
bool object_given(const verify::call &at, const void *object, const void *item) {
    if (verify::address_bits(object) >= 4096) {
        return true;
    }
    stop_on(verify::broken(at, rule::null_object, {0xE4, {3, verify::address_bits(item), 0, 0}},
                           "%s was given the device or driver object %p", contract_of(at.by).name,
                           object));
    return false;
}

bool queue_io_item(const verify::call &at, IO_WORKITEM &item, PIO_WORKITEM_ROUTINE routine,
                   PIO_WORKITEM_ROUTINE_EX routine_ex, WORK_QUEUE_TYPE type, PVOID context,
                   bool at_once) {
    if (!address_ok<8>(&item)) {
        bad_address(at, 8);
    }
    if (routine == nullptr && routine_ex == nullptr) {
        stop_on(verify::broken(at, rule::null_object, {}, "WorkerRoutine is null"));
    }
    if (machine::queued_work_inside(&item, sizeof item) == nullptr) {
        item.routine = routine;
        item.routine_ex = routine_ex;
        item.context = context;
    }
    return queue_item(at, item.item, type, at_once);
}

void free_io_item(const verify::call &at, std::size_t size) {
    refuse_if_queued(at, size);
    free_pool(at, io_item_tag);
}

}  // namespace

void prepare_work_items() {
    machine::run_work_item = run_item;
    machine::reset_work_queue();
}

bool queue_item(const verify::call &at, WORK_QUEUE_ITEM &item, WORK_QUEUE_TYPE type,
                bool at_once) {
    const auto type_number = static_cast<std::uint32_t>(type);
    if (type_number >= MaximumWorkQueue &&
        (type_number < CustomPriorityWorkQueue || type_number >= CustomPriorityWorkQueue + 32)) {
        stop_on(verify::judge_work_queue_type(at, type_number));
    }
    if (machine::queued_work_inside(&item, sizeof item) == nullptr) {
        stop_on(verify::judge_work_item(at, reinterpret_cast<const void *>(item.WorkerRoutine),
                                        item.List.Flink, type_number));
    }
    const machine::queued_as how = machine::queue_work(item, at_once);
    if (how == machine::queued_as::queued_already) {
        stop_on(verify::judge_queued_twice(at, type_number));
    }
    return how == machine::queued_as::queued;
}

void refuse_if_queued(const verify::call &at, std::size_t size) {
    if (const WORK_QUEUE_ITEM *queued = machine::queued_work_inside(at.object, size)) {
        stop_on(verify::judge_work_item_free(at, queued, at.object, size));
    }
}

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

VOID NTAPI ExInitializeWorkItem(PWORK_QUEUE_ITEM Item, PWORKER_THREAD_ROUTINE Routine,
                                PVOID Context) {
    context &self = enter<routine::ExInitializeWorkItem>(Item, EMU_CALLER);
    if (!address_ok<8>(Item)) {
        bad_address({self, routine::ExInitializeWorkItem, Item, EMU_CALLER}, 8);
    }
    Item->WorkerRoutine = Routine;
    Item->Parameter = Context;
    Item->List.Flink = nullptr;
}

VOID NTAPI ExQueueWorkItem(PWORK_QUEUE_ITEM WorkItem, WORK_QUEUE_TYPE QueueType) {
    context &self = enter<routine::ExQueueWorkItem, interferes::yes>(WorkItem, EMU_CALLER);
    const verify::call at{self, routine::ExQueueWorkItem, WorkItem, EMU_CALLER};
    if (!address_ok<8>(WorkItem)) {
        bad_address(at, 8);
    }
    queue_item(at, *WorkItem, QueueType, false);
}

ULONG NTAPI IoSizeofWorkItem(VOID) {
    enter<routine::IoSizeofWorkItem>(nullptr, EMU_CALLER);
    return sizeof(IO_WORKITEM);
}

PIO_WORKITEM NTAPI IoAllocateWorkItem(PDEVICE_OBJECT DeviceObject) {
    context &self = enter<routine::IoAllocateWorkItem>(DeviceObject, EMU_CALLER);
    const verify::call at{self, routine::IoAllocateWorkItem, DeviceObject, EMU_CALLER};
    object_given(at, DeviceObject, nullptr);
    auto *made = static_cast<PIO_WORKITEM>(
        allocate_pool(at, {sizeof(IO_WORKITEM), io_item_tag, NonPagedPoolNx, false, false,
                           fault::work_item_allocation}));
    if (made != nullptr) {
        init_io_item(*made, DeviceObject);
    }
    return made;
}

VOID NTAPI IoFreeWorkItem(PIO_WORKITEM IoWorkItem) {
    context &self = enter<routine::IoFreeWorkItem>(IoWorkItem, EMU_CALLER);
    free_io_item({self, routine::IoFreeWorkItem, IoWorkItem, EMU_CALLER}, sizeof(IO_WORKITEM));
}

VOID NTAPI IoInitializeWorkItem(PVOID IoObject, PIO_WORKITEM IoWorkItem) {
    context &self = enter<routine::IoInitializeWorkItem>(IoWorkItem, EMU_CALLER);
    const verify::call at{self, routine::IoInitializeWorkItem, IoWorkItem, EMU_CALLER};
    if (!address_ok<8>(IoWorkItem)) {
        bad_address(at, 8);
    }
    object_given(at, IoObject, IoWorkItem);
    init_io_item(*IoWorkItem, IoObject);
}

VOID NTAPI IoUninitializeWorkItem(PIO_WORKITEM IoWorkItem) {
    context &self = enter<routine::IoUninitializeWorkItem>(IoWorkItem, EMU_CALLER);
    const verify::call at{self, routine::IoUninitializeWorkItem, IoWorkItem, EMU_CALLER};
    if (!address_ok<8>(IoWorkItem)) {
        bad_address(at, 8);
    }
    refuse_if_queued(at, sizeof(IO_WORKITEM));
}

VOID NTAPI IoQueueWorkItem(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE WorkerRoutine,
                           WORK_QUEUE_TYPE QueueType, PVOID Context) {
    context &self = enter<routine::IoQueueWorkItem, interferes::yes>(IoWorkItem, EMU_CALLER);
    queue_io_item({self, routine::IoQueueWorkItem, IoWorkItem, EMU_CALLER}, *IoWorkItem,
                  WorkerRoutine, nullptr, QueueType, Context, false);
}

VOID NTAPI IoQueueWorkItemEx(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE_EX WorkerRoutine,
                             WORK_QUEUE_TYPE QueueType, PVOID Context) {
    context &self = enter<routine::IoQueueWorkItemEx, interferes::yes>(IoWorkItem, EMU_CALLER);
    queue_io_item({self, routine::IoQueueWorkItemEx, IoWorkItem, EMU_CALLER}, *IoWorkItem, nullptr,
                  WorkerRoutine, QueueType, Context, false);
}

BOOLEAN NTAPI IoTryQueueWorkItem(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE_EX WorkerRoutine,
                                 WORK_QUEUE_TYPE QueueType, PVOID Context) {
    context &self = enter<routine::IoTryQueueWorkItem, interferes::yes>(IoWorkItem, EMU_CALLER);
    return queue_io_item({self, routine::IoTryQueueWorkItem, IoWorkItem, EMU_CALLER}, *IoWorkItem,
                         nullptr, WorkerRoutine, QueueType, Context, true);
}

}  // extern "C"
