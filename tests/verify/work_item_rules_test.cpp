// What a driver may not do with work items, and what a worker routine may not leave behind.
#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

char some_object[16];
const PDEVICE_OBJECT device = reinterpret_cast<PDEVICE_OBJECT>(some_object);

VOID NTAPI nothing(PVOID) {}
VOID NTAPI nothing_io(PDEVICE_OBJECT, PVOID) {}

KEVENT never;
VOID NTAPI block(PVOID) { wait_for(&never); }

// All workers are busy for ever: what is queued now stays queued.
void occupy_workers() {
    static WORK_QUEUE_ITEM items[32];
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    for (WORK_QUEUE_ITEM &each : items) {
        ExInitializeWorkItem(&each, block, nullptr);
        ExQueueWorkItem(&each, DelayedWorkQueue);
    }
}

// What a worker is told whose routine this is.
emu::exploration_result of_routine(PWORKER_THREAD_ROUTINE routine) {
    return emu::search([routine] {
        static WORK_QUEUE_ITEM item;
        ExInitializeWorkItem(&item, routine, nullptr);
        ExQueueWorkItem(&item, DelayedWorkQueue);
    });
}

bool tells(const emu::exploration_result &found, const char *text) {
    return found.report.find(text) != std::string::npos;
}

}  // namespace

TEST_BOTH("work item: queueing it twice is work_item_queued_twice, 0xE4/1") {
    occupy_workers();
    static WORK_QUEUE_ITEM item;
    ExInitializeWorkItem(&item, nothing, nullptr);
    ExQueueWorkItem(&item, DelayedWorkQueue);
    const emu::violation found = EMU_EXPECT_VIOLATION(rule::work_item_queued_twice,
                                                      ExQueueWorkItem(&item, CriticalWorkQueue));
    check_bug_check(found, 0xE4, 1, bits(&item), CriticalWorkQueue);
}

TEST_BOTH("work item: an I/O item queued twice keeps its first routine until it is told") {
    occupy_workers();
    PIO_WORKITEM item = IoAllocateWorkItem(device);
    IoQueueWorkItem(item, nothing_io, DelayedWorkQueue, nullptr);
    EMU_EXPECT_VIOLATION(rule::work_item_queued_twice,
                         IoQueueWorkItem(item, nothing_io, DelayedWorkQueue, some_object));
}

TEST_BOTH("work item: freeing a queued I/O item is work_item_freed_while_queued, 0xE4/2") {
    occupy_workers();
    PIO_WORKITEM item = IoAllocateWorkItem(device);
    IoQueueWorkItem(item, nothing_io, DelayedWorkQueue, nullptr);
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::work_item_freed_while_queued, IoFreeWorkItem(item));
    check_bug_check(found, 0xE4, 2, bits(item));
}

TEST_BOTH("work item: so is uninitialising one") {
    occupy_workers();
    static char memory[256];
    REQUIRE(sizeof memory >= IoSizeofWorkItem());
    auto *item = reinterpret_cast<PIO_WORKITEM>(memory);
    IoInitializeWorkItem(device, item);
    IoQueueWorkItem(item, nothing_io, DelayedWorkQueue, nullptr);
    check_bug_check(
        EMU_EXPECT_VIOLATION(rule::work_item_freed_while_queued, IoUninitializeWorkItem(item)),
        0xE4, 2, bits(item));
}

TEST_BOTH("work item: freeing the memory around a queued item is 0xE4/0") {
    occupy_workers();
    auto *memory = static_cast<char *>(ExAllocatePool2(POOL_FLAG_NON_PAGED, 128, 'meti'));
    auto *item = reinterpret_cast<PWORK_QUEUE_ITEM>(memory + 64);
    ExInitializeWorkItem(item, nothing, nullptr);
    ExQueueWorkItem(item, DelayedWorkQueue);
    const emu::violation found = EMU_EXPECT_VIOLATION(rule::work_item_freed_while_queued,
                                                      ExFreePoolWithTag(memory, 'meti'));
    check_bug_check(found, 0xE4, 0, bits(item), bits(memory), bits(memory) + 128);
}

TEST_BOTH("work item: the filter manager's items are watched as well") {
    occupy_workers();
    PFLT_GENERIC_WORKITEM item = FltAllocateGenericWorkItem();
    FltQueueGenericWorkItem(
        item, device, [](PFLT_GENERIC_WORKITEM, PVOID, PVOID) {}, DelayedWorkQueue, nullptr);
    EMU_EXPECT_VIOLATION(rule::work_item_freed_while_queued, FltFreeGenericWorkItem(item));
}

TEST_BOTH("work item: one that was never initialised is overwritten_object") {
    static WORK_QUEUE_ITEM item;
    RtlFillMemory(&item, sizeof item, 0xCD);
    check_bug_check(
        EMU_EXPECT_VIOLATION(rule::overwritten_object, ExQueueWorkItem(&item, DelayedWorkQueue)),
        0xE4, 7, bits(&item), DelayedWorkQueue);
}

TEST_BOTH("work item: one whose link was never cleared is overwritten_object") {
    static WORK_QUEUE_ITEM item;
    RtlFillMemory(&item, sizeof item, 0xCD);
    item.WorkerRoutine = nothing;
    check_bug_check(
        EMU_EXPECT_VIOLATION(rule::overwritten_object, ExQueueWorkItem(&item, DelayedWorkQueue)),
        0xE4, 1, bits(&item), DelayedWorkQueue);
}

TEST_CASE("work item: one overwritten while it is queued is told when its turn comes, 0x96") {
    const emu::exploration_result found = emu::search([] {
        static WORK_QUEUE_ITEM item;
        ExInitializeWorkItem(&item, nothing, nullptr);
        ExQueueWorkItem(&item, DelayedWorkQueue);
        item.List.Blink = nullptr;
    });
    CHECK(found.which == rule::overwritten_object);
    CHECK(tells(found, "0x96 INVALID_WORK_QUEUE_ITEM"));
}

TEST_BOTH("work item: one in freed memory is freed_object") {
    auto *item = static_cast<PWORK_QUEUE_ITEM>(
        ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(WORK_QUEUE_ITEM), 'meti'));
    ExInitializeWorkItem(item, nothing, nullptr);
    ExFreePoolWithTag(item, 'meti');
    EMU_EXPECT_VIOLATION(rule::freed_object, ExQueueWorkItem(item, DelayedWorkQueue));
}

TEST_BOTH("work item: a queue that is none is invalid_parameter, 0xE4/6") {
    static WORK_QUEUE_ITEM item;
    ExInitializeWorkItem(&item, nothing, nullptr);
    check_bug_check(
        EMU_EXPECT_VIOLATION(rule::invalid_parameter, ExQueueWorkItem(&item, MaximumWorkQueue)),
        0xE4, 6, bits(&item), MaximumWorkQueue);
}

TEST_CASE("work item: null objects and routines are null_object") {
    on_both([] {
        check_bug_check(EMU_EXPECT_VIOLATION(rule::null_object, IoAllocateWorkItem(nullptr)), 0xE4,
                        3);
    });
    on_both([] {
        EMU_EXPECT_VIOLATION(rule::null_object, ExQueueWorkItem(nullptr, DelayedWorkQueue));
    });
    on_both([] {
        PIO_WORKITEM item = IoAllocateWorkItem(device);
        EMU_EXPECT_VIOLATION(rule::null_object,
                             IoQueueWorkItem(item, nullptr, DelayedWorkQueue, nullptr));
    });
    on_both([] {
        PFLT_GENERIC_WORKITEM item = FltAllocateGenericWorkItem();
        EMU_EXPECT_VIOLATION(
            rule::null_object,
            FltQueueGenericWorkItem(item, device, nullptr, DelayedWorkQueue, nullptr));
    });
}

TEST_CASE("work item: the queueing routines are for IRQL <= DISPATCH_LEVEL") {
    on_both([] {
        static WORK_QUEUE_ITEM item;
        ExInitializeWorkItem(&item, nothing, nullptr);
        raise_to(CLOCK_LEVEL);
        check_no_bug_check(
            EMU_EXPECT_VIOLATION(rule::irql_too_high, ExQueueWorkItem(&item, DelayedWorkQueue)));
    });
    on_both([] {
        raise_to(CLOCK_LEVEL);
        EMU_EXPECT_VIOLATION(rule::irql_too_high, IoAllocateWorkItem(device));
    });
    on_both([] {
        raise_to(CLOCK_LEVEL);
        EMU_EXPECT_VIOLATION(rule::irql_too_high, FltAllocateGenericWorkItem());
    });
}

TEST_CASE("work item: a routine that returns at DISPATCH_LEVEL is told, 0xE1") {
    const emu::exploration_result found = of_routine([](PVOID) { raise_to(DISPATCH_LEVEL); });
    CHECK(found.which == rule::irql_raised_at_worker_return);
    CHECK(tells(found, "0xE1 WORKER_THREAD_RETURNED_AT_BAD_IRQL"));
}

TEST_CASE("work item: at APC_LEVEL the rule is the same and Windows has no bug check") {
    const emu::exploration_result found = of_routine([](PVOID) { raise_to(APC_LEVEL); });
    CHECK(found.which == rule::irql_raised_at_worker_return);
    CHECK_FALSE(tells(found, "0xE1"));
}

TEST_CASE("work item: a routine that returns in a region is told, 0x1") {
    for (const PWORKER_THREAD_ROUTINE routine :
         {PWORKER_THREAD_ROUTINE([](PVOID) { KeEnterCriticalRegion(); }),
          PWORKER_THREAD_ROUTINE([](PVOID) { KeEnterGuardedRegion(); })}) {
        const emu::exploration_result found = of_routine(routine);
        CHECK(found.which == rule::apcs_disabled_at_worker_return);
        CHECK(tells(found, "0x1 APC_INDEX_MISMATCH"));
    }
}

TEST_CASE("work item: a routine that returns with a lock held is told") {
    const emu::exploration_result found = of_routine([](PVOID) {
        static EX_PUSH_LOCK lock;
        lock = 0;
        KeEnterCriticalRegion();
        ExAcquirePushLockExclusive(&lock);
        KeLeaveCriticalRegion();
    });
    CHECK(found.which == rule::held_at_worker_return);
    CHECK(tells(found, "no bug check"));
}

TEST_CASE("work item: a routine that tidies up is not told") {
    const emu::exploration_result found = of_routine([](PVOID) {
        static EX_PUSH_LOCK lock;
        lock = 0;
        KeEnterCriticalRegion();
        ExAcquirePushLockExclusive(&lock);
        const KIRQL before = raise_to(APC_LEVEL);
        KeLowerIrql(before);
        ExReleasePushLockExclusive(&lock);
        KeLeaveCriticalRegion();
    });
    CHECK_FALSE(found.failed);
}

TEST_CASE("work item: one that ends its worker is worker_terminated, 0xE9") {
    const emu::exploration_result found =
        of_routine([](PVOID) { PsTerminateSystemThread(STATUS_SUCCESS); });
    CHECK(found.which == rule::worker_terminated);
    CHECK(tells(found, "0xE9 ACTIVE_EX_WORKER_THREAD_TERMINATION"));
}

TEST_CASE("work item: a status that nobody accepts is 0x7E in the worker") {
    const emu::exploration_result found =
        of_routine([](PVOID) { ExRaiseStatus(STATUS_UNSUCCESSFUL); });
    CHECK(found.which == rule::uncaught_exception);
    CHECK(tells(found, "0x7E SYSTEM_THREAD_EXCEPTION_NOT_HANDLED"));
}
