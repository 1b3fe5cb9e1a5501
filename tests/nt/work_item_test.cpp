// Work items: who runs them, when, and what may be done from within one.
#include <vector>

#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

// Any address will do: device objects are opaque.
char some_object[16];
const PDEVICE_OBJECT device = reinterpret_cast<PDEVICE_OBJECT>(some_object);

struct task {
    KEVENT done;
    PKTHREAD ran_in = nullptr;
    PVOID object = nullptr;
    PVOID item = nullptr;
    KIRQL level = 99;
    LONG runs = 0;
    task() { KeInitializeEvent(&done, SynchronizationEvent, FALSE); }
    task(const task &) = delete;  // an event does not move
    void begin() {
        KeInitializeEvent(&done, SynchronizationEvent, FALSE);
        object = item = nullptr;
        runs = 0;
    }
    void ran() {
        ran_in = KeGetCurrentThread();
        level = KeGetCurrentIrql();
        ++runs;
        KeSetEvent(&done, 0, FALSE);
    }
};

VOID NTAPI run_task(PVOID parameter) { static_cast<task *>(parameter)->ran(); }

VOID NTAPI run_io(PDEVICE_OBJECT object, PVOID context) {
    static_cast<task *>(context)->object = object;
    static_cast<task *>(context)->ran();
}

VOID NTAPI run_io_ex(PVOID object, PVOID context, PIO_WORKITEM item) {
    static_cast<task *>(context)->object = object;
    static_cast<task *>(context)->item = item;
    static_cast<task *>(context)->ran();
}

}  // namespace

TEST_BOTH("work item: ExQueueWorkItem has a system thread call the routine at PASSIVE_LEVEL") {
    task one;
    WORK_QUEUE_ITEM item;
    ExInitializeWorkItem(&item, run_task, &one);
    CHECK((item.WorkerRoutine == run_task));
    CHECK(item.Parameter == &one);
    CHECK(item.List.Flink == nullptr);
    for (LONG i = 1; i <= 3; ++i) {  // again, once it has run
        ExQueueWorkItem(&item, i == 1 ? CriticalWorkQueue : DelayedWorkQueue);
        CHECK(wait_for(&one.done) == STATUS_SUCCESS);
        CHECK(one.runs == i);
    }
    CHECK(one.level == PASSIVE_LEVEL);
    CHECK(one.ran_in != KeGetCurrentThread());
}

TEST_BOTH("work item: it may be queued at DISPATCH_LEVEL") {
    task one;
    PIO_WORKITEM item = IoAllocateWorkItem(device);
    WORK_QUEUE_ITEM plain;
    ExInitializeWorkItem(&plain, run_task, &one);
    const KIRQL before = raise_to(DISPATCH_LEVEL);
    IoQueueWorkItem(item, run_io, DelayedWorkQueue, &one);
    KeLowerIrql(before);
    wait_for(&one.done);
    raise_to(DISPATCH_LEVEL);
    ExQueueWorkItem(&plain, DelayedWorkQueue);
    IoFreeWorkItem(item);
    KeLowerIrql(before);
    wait_for(&one.done);
    CHECK(one.runs == 2);
    CHECK(one.level == PASSIVE_LEVEL);
}

TEST_BOTH("work item: the I/O manager's items hand over object, context and item") {
    task one;
    PIO_WORKITEM item = IoAllocateWorkItem(device);
    REQUIRE(item != nullptr);
    IoQueueWorkItem(item, run_io, DelayedWorkQueue, &one);
    wait_for(&one.done);
    CHECK(one.object == device);
    one.object = nullptr;
    IoQueueWorkItemEx(item, run_io_ex, DelayedWorkQueue, &one);
    wait_for(&one.done);
    CHECK(one.object == device);
    CHECK(one.item == item);
    CHECK(IoTryQueueWorkItem(item, run_io_ex, DelayedWorkQueue, &one));
    wait_for(&one.done);
    CHECK(one.runs == 3);
    IoFreeWorkItem(item);
}

TEST_BOTH("work item: one in memory of the driver") {
    task one;
    const ULONG size = IoSizeofWorkItem();
    CHECK(size >= sizeof(WORK_QUEUE_ITEM));
    auto *item = static_cast<PIO_WORKITEM>(ExAllocatePool2(POOL_FLAG_NON_PAGED, size, 'meti'));
    IoInitializeWorkItem(device, item);
    IoQueueWorkItemEx(item, run_io_ex, DelayedWorkQueue, &one);
    wait_for(&one.done);
    CHECK(one.item == item);
    IoUninitializeWorkItem(item);
    ExFreePoolWithTag(item, 'meti');
}

TEST_BOTH("work item: its routine may free it, and may queue it again") {
    static KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    PIO_WORKITEM item = IoAllocateWorkItem(device);
    static LONG runs;
    runs = 0;
    const PIO_WORKITEM_ROUTINE_EX again = [](PVOID, PVOID context, PIO_WORKITEM self) {
        if (++runs < 3) {
            const auto routine = reinterpret_cast<PIO_WORKITEM_ROUTINE_EX>(context);
            IoQueueWorkItemEx(self, routine, DelayedWorkQueue, context);
        } else {
            IoFreeWorkItem(self);
            KeSetEvent(&done, 0, FALSE);
        }
    };
    IoQueueWorkItemEx(item, again, DelayedWorkQueue, reinterpret_cast<PVOID>(again));
    wait_for(&done);
    CHECK(runs == 3);
    struct own {
        WORK_QUEUE_ITEM item;
        KEVENT *done;
    };
    auto *self = static_cast<own *>(ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(own), 'meti'));
    self->done = &done;
    KeClearEvent(&done);
    ExInitializeWorkItem(
        &self->item,
        [](PVOID parameter) {
            KEVENT *finished = static_cast<own *>(parameter)->done;
            ExFreePoolWithTag(parameter, 'meti');
            KeSetEvent(finished, 0, FALSE);
        },
        self);
    ExQueueWorkItem(&self->item, DelayedWorkQueue);
    wait_for(&done);
}

TEST_BOTH("work item: items that wait for each other run side by side") {
    task first, second;
    WORK_QUEUE_ITEM one, two;
    struct pair {
        task *mine;
        task *other;
    };
    pair a{&first, &second}, b{&second, &first};
    const PWORKER_THREAD_ROUTINE meet = [](PVOID parameter) {
        auto *both = static_cast<pair *>(parameter);
        KeSetEvent(&both->mine->done, 0, FALSE);
        wait_for(&both->other->done);
        WriteRelease(&both->mine->runs, 1);
    };
    ExInitializeWorkItem(&one, meet, &a);
    ExInitializeWorkItem(&two, meet, &b);
    ExQueueWorkItem(&one, DelayedWorkQueue);
    ExQueueWorkItem(&two, DelayedWorkQueue);
    while (ReadAcquire(&first.runs) == 0 || ReadAcquire(&second.runs) == 0) {
        let_others_run(1000);
    }
}

TEST_CASE("work item: an execution ends when all items have run, with the workers idle") {
    static int runs;
    runs = 0;
    emu::exploration how;
    how.schedules = 50;
    const emu::exploration_result found = emu::search(
        [] {
            static WORK_QUEUE_ITEM items[3];
            for (WORK_QUEUE_ITEM &each : items) {
                ExInitializeWorkItem(
                    &each,
                    [](PVOID) {
                        let_others_run();
                        ++runs;
                    },
                    nullptr);
                ExQueueWorkItem(&each, DelayedWorkQueue);
            }
        },
        how);
    CHECK_FALSE(found.failed);
    CHECK(runs == 150);
}

TEST_CASE("work item: a thread that waits for what no item does is still a lost wake-up") {
    const emu::exploration_result found = emu::search([] {
        task one;
        KEVENT never;
        KeInitializeEvent(&never, NotificationEvent, FALSE);
        WORK_QUEUE_ITEM item;
        ExInitializeWorkItem(&item, run_task, &one);
        ExQueueWorkItem(&item, DelayedWorkQueue);
        wait_for(&one.done);
        wait_for(&never);
    });
    CHECK(found.which == rule::lost_wakeup);
}

TEST_CASE("work item: the explorer finds the order of two items that breaks") {
    const emu::exploration_result found = emu::search([] {
        static int order;
        static task finished[2];
        order = 0;
        static WORK_QUEUE_ITEM items[2];
        finished[0].begin();
        finished[1].begin();
        ExInitializeWorkItem(
            &items[0],
            [](PVOID) {
                order = order * 10 + 1;
                finished[0].ran();
            },
            nullptr);
        ExInitializeWorkItem(
            &items[1],
            [](PVOID) {
                order = order * 10 + 2;
                finished[1].ran();
            },
            nullptr);
        ExQueueWorkItem(&items[0], DelayedWorkQueue);
        ExQueueWorkItem(&items[1], DelayedWorkQueue);
        wait_for(&finished[0].done);
        wait_for(&finished[1].done);
        EMU_CHECK(order == 12);
    });
    CHECK(found.which == rule::check_failed);
}

TEST_BOTH("work item: more items than workers wait their turn, and IoTryQueueWorkItem refuses") {
    static KEVENT go;
    KeInitializeEvent(&go, NotificationEvent, FALSE);
    static LONG running;
    running = 0;
    std::vector<WORK_QUEUE_ITEM> items(40);
    for (WORK_QUEUE_ITEM &each : items) {
        ExInitializeWorkItem(
            &each,
            [](PVOID) {
                wait_for(&go);
                InterlockedIncrement(&running);
            },
            nullptr);
        ExQueueWorkItem(&each, DelayedWorkQueue);
    }
    task one;
    PIO_WORKITEM extra = IoAllocateWorkItem(device);
    CHECK_FALSE(IoTryQueueWorkItem(extra, run_io_ex, DelayedWorkQueue, &one));
    IoFreeWorkItem(extra);
    KeSetEvent(&go, 0, FALSE);
    while (ReadAcquire(&running) != 40) {
        let_others_run(1000);
    }
    CHECK(one.runs == 0);
}

TEST_BOTH("work item: the filter manager's generic items") {
    static task one;
    one.begin();
    PFLT_GENERIC_WORKITEM item = FltAllocateGenericWorkItem();
    REQUIRE(item != nullptr);
    const PFLT_GENERIC_WORKITEM_ROUTINE routine = [](PFLT_GENERIC_WORKITEM self, PVOID object,
                                                     PVOID context) {
        one.item = self;
        one.object = object;
        FltFreeGenericWorkItem(self);
        static_cast<task *>(context)->ran();
    };
    CHECK(FltQueueGenericWorkItem(item, device, routine, DelayedWorkQueue, &one) ==
          STATUS_SUCCESS);
    wait_for(&one.done);
    CHECK(one.item == item);
    CHECK(one.object == device);
    CHECK(one.level == PASSIVE_LEVEL);
}

TEST_BOTH("work item: the filter manager's deferred items take IRP-based operations only") {
    static task one;
    one.begin();
    FLT_IO_PARAMETER_BLOCK parameters = {};
    FLT_CALLBACK_DATA data = {
        FLTFL_CALLBACK_DATA_FAST_IO_OPERATION, nullptr, &parameters, {}, nullptr, {}, KernelMode};
    PFLT_DEFERRED_IO_WORKITEM item = FltAllocateDeferredIoWorkItem();
    const PFLT_DEFERRED_IO_WORKITEM_ROUTINE routine =
        [](PFLT_DEFERRED_IO_WORKITEM self, PFLT_CALLBACK_DATA operation, PVOID context) {
            one.item = self;
            one.object = operation;
            static_cast<task *>(context)->ran();
        };
    const auto queue = [&] {
        return FltQueueDeferredIoWorkItem(item, &data, routine, DelayedWorkQueue, &one);
    };
    CHECK(queue() == STATUS_FLT_NOT_SAFE_TO_POST_OPERATION);
    data.Flags = FLTFL_CALLBACK_DATA_IRP_OPERATION;
    parameters.IrpFlags = IRP_PAGING_IO;
    CHECK(queue() == STATUS_FLT_NOT_SAFE_TO_POST_OPERATION);
    parameters.IrpFlags = IRP_NOCACHE;
    CHECK(queue() == STATUS_SUCCESS);
    wait_for(&one.done);
    CHECK(one.item == item);
    CHECK(one.object == &data);
    CHECK(one.runs == 1);
    FltFreeDeferredIoWorkItem(item);
}
