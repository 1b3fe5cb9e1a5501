// Failures on demand: which calls fail, how, and that no other does.
#include "both_backends.hpp"
#include "child_process.hpp"

#include <emu/faults.hpp>

using namespace tests;
using emu::fault;

namespace {

constexpr ULONG tag = 'tluF';

void *allocate() { return ExAllocatePoolWithTag(NonPagedPoolNx, 16, tag); }

LARGE_INTEGER in_a_moment() {
    LARGE_INTEGER interval;
    interval.QuadPart = -1;
    return interval;
}

}  // namespace

TEST_BOTH("faults: the nth allocation fails, those before and after do not") {
    emu::fail_at(fault::pool_allocation, 3);
    for (int i = 1; i <= 5; ++i) {
        CAPTURE(i);
        void *memory = allocate();
        CHECK((memory == nullptr) == (i == 3));
        if (memory != nullptr) {
            ExFreePoolWithTag(memory, tag);
        }
    }
    CHECK(emu::injected_failures() == 1);
}

TEST_BOTH("faults: every allocating routine can return NULL") {
    emu::fail_next(fault::pool_allocation, 7);
    CHECK(ExAllocatePool(NonPagedPoolNx, 16) == nullptr);
    CHECK(ExAllocatePoolWithTag(PagedPool, 16, tag) == nullptr);
    CHECK(ExAllocatePoolZero(PagedPool, 16, tag) == nullptr);
    CHECK(ExAllocatePoolUninitialized(PagedPool, 16, tag) == nullptr);
    CHECK(ExAllocatePool2(POOL_FLAG_PAGED, 16, tag) == nullptr);
    CHECK(ExAllocateCacheAwareRundownProtection(NonPagedPoolNx, tag) == nullptr);
    CHECK(FsRtlAllocateAePushLock(NonPagedPoolNx, tag) == nullptr);
    CHECK(emu::injected_failures() == 7);
}

TEST_BOTH("faults: an allocation that is to raise on failure raises") {
    emu::fail_next(fault::pool_allocation, 2);
    EMU_EXPECT_RAISE(STATUS_INSUFFICIENT_RESOURCES,
                     ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_RAISE_ON_FAILURE, 16, tag));
    EMU_EXPECT_RAISE(
        STATUS_INSUFFICIENT_RESOURCES,
        ExAllocatePoolWithTag(
            static_cast<POOL_TYPE>(NonPagedPoolNx | POOL_RAISE_IF_ALLOCATION_FAILURE), 16, tag));
}

TEST_BOTH("faults: an allocation that must succeed does") {
    emu::fail_next(fault::pool_allocation);
    void *memory = ExAllocatePoolWithTag(NonPagedPoolMustSucceed, 16, tag);
    CHECK(memory != nullptr);
    ExFreePoolWithTag(memory, tag);
    CHECK(emu::injected_failures() == 0);
}

namespace {
VOID NTAPI end_at_once(PVOID) {}
}  // namespace

TEST_BOTH("faults: a thread is not created") {
    emu::fail_next(fault::thread_creation, 2);
    HANDLE thread = nullptr;
    DEVICE_OBJECT device{};
    CHECK(PsCreateSystemThread(&thread, 0, nullptr, nullptr, nullptr, end_at_once, nullptr) ==
          STATUS_INSUFFICIENT_RESOURCES);
    CHECK(IoCreateSystemThread(&device, &thread, 0, nullptr, nullptr, nullptr, end_at_once,
                               nullptr) == STATUS_INSUFFICIENT_RESOURCES);
    CHECK(thread == nullptr);
    REQUIRE(PsCreateSystemThread(&thread, 0, nullptr, nullptr, nullptr, end_at_once, nullptr) ==
            STATUS_SUCCESS);
    ZwClose(thread);
}

TEST_BOTH("faults: work items have a kind of their own") {
    DEVICE_OBJECT device{};
    device.Type = 3;
    emu::fail_next(fault::work_item_allocation, 3);
    void *memory = allocate();
    CHECK(memory != nullptr);
    ExFreePoolWithTag(memory, tag);
    CHECK(IoAllocateWorkItem(&device) == nullptr);
    CHECK(FltAllocateGenericWorkItem() == nullptr);
    CHECK(FltAllocateDeferredIoWorkItem() == nullptr);
}

TEST_BOTH("faults: a try-acquire of a push lock finds it taken") {
    EX_PUSH_LOCK lock = 0;
    emu::fail_next(fault::try_acquire, 2);
    KeEnterCriticalRegion();
    CHECK_FALSE(ExTryAcquirePushLockExclusiveEx(&lock, 0));
    CHECK_FALSE(ExTryAcquirePushLockSharedEx(&lock, 0));
    REQUIRE(ExTryAcquirePushLockExclusiveEx(&lock, 0));
    ExReleasePushLockExclusiveEx(&lock, 0);
    KeLeaveCriticalRegion();
}

TEST_BOTH("faults: a try-acquire of a mutex finds it taken and leaves the level alone") {
    FAST_MUTEX fast;
    KGUARDED_MUTEX guarded;
    ExInitializeFastMutex(&fast);
    KeInitializeGuardedMutex(&guarded);
    emu::fail_next(fault::try_acquire, 2);
    CHECK_FALSE(ExTryToAcquireFastMutex(&fast));
    CHECK_FALSE(KeTryToAcquireGuardedMutex(&guarded));
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    REQUIRE(ExTryToAcquireFastMutex(&fast));
    ExReleaseFastMutex(&fast);
}

TEST_BOTH("faults: a try-acquire of a spin lock finds it taken") {
    KSPIN_LOCK spin;
    KeInitializeSpinLock(&spin);
    EX_SPIN_LOCK reader_writer = 0;
    KIRQL queued_level = 0;
    emu::fail_next(fault::try_acquire, 4);
    CHECK_FALSE(KeTryToAcquireQueuedSpinLock(LockQueueIoCancelLock, &queued_level));
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    const KIRQL before = raise_to(DISPATCH_LEVEL);
    CHECK_FALSE(KeTryToAcquireSpinLockAtDpcLevel(&spin));
    CHECK_FALSE(ExTryAcquireSpinLockExclusiveAtDpcLevel(&reader_writer));
    CHECK_FALSE(ExTryAcquireSpinLockSharedAtDpcLevel(&reader_writer));
    REQUIRE(KeTryToAcquireSpinLockAtDpcLevel(&spin));
    KeReleaseSpinLockFromDpcLevel(&spin);
    REQUIRE(ExTryAcquireSpinLockSharedAtDpcLevel(&reader_writer));
    emu::fail_next(fault::try_acquire);
    CHECK_FALSE(ExTryConvertSharedSpinLockExclusive(&reader_writer));
    ExReleaseSpinLockSharedFromDpcLevel(&reader_writer);
    KeLowerIrql(before);
}

TEST_BOTH("faults: a resource is refused without Wait, but not to who has it, nor with Wait") {
    ERESOURCE resource;
    ExInitializeResourceLite(&resource);
    KeEnterCriticalRegion();
    emu::fail_next(fault::try_acquire, 2);
    CHECK_FALSE(ExAcquireResourceExclusiveLite(&resource, FALSE));
    CHECK_FALSE(ExAcquireResourceSharedLite(&resource, FALSE));
    emu::fail_next(fault::try_acquire);
    CHECK(ExAcquireResourceExclusiveLite(&resource, TRUE));
    CHECK(ExAcquireResourceExclusiveLite(&resource, FALSE));
    ExReleaseResourceLite(&resource);
    ExReleaseResourceLite(&resource);
    CHECK(emu::injected_failures() == 2);
    KeLeaveCriticalRegion();
    ExDeleteResourceLite(&resource);
}

TEST_BOTH("faults: a wait is alerted where it is alertable and would block or time out") {
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, TRUE);
    LARGE_INTEGER none{}, moment = in_a_moment();
    const auto wait = [&](BOOLEAN alertable, PLARGE_INTEGER timeout) {
        return KeWaitForSingleObject(&event, Executive, KernelMode, alertable, timeout);
    };
    emu::fail_next(fault::alert, 3);
    CHECK(wait(TRUE, nullptr) == STATUS_SUCCESS);  // objects come before alerts
    KeClearEvent(&event);
    CHECK(wait(FALSE, &moment) == STATUS_TIMEOUT);
    CHECK(wait(TRUE, nullptr) == STATUS_ALERTED);
    CHECK(wait(TRUE, &none) == STATUS_ALERTED);
    CHECK(KeDelayExecutionThread(KernelMode, FALSE, &moment) == STATUS_SUCCESS);
    CHECK(KeDelayExecutionThread(KernelMode, TRUE, &moment) == STATUS_ALERTED);
    CHECK(wait(TRUE, &none) == STATUS_TIMEOUT);
}

TEST_BOTH("faults: a wait for several objects is alerted and takes none of them") {
    KEVENT first, second;
    KeInitializeEvent(&first, SynchronizationEvent, TRUE);
    KeInitializeEvent(&second, SynchronizationEvent, FALSE);
    void *objects[] = {&first, &second};
    emu::fail_next(fault::alert);
    CHECK(KeWaitForMultipleObjects(2, objects, WaitAll, Executive, KernelMode, TRUE, nullptr,
                                   nullptr) == STATUS_ALERTED);
    CHECK(KeReadStateEvent(&first) != 0);
}

TEST_BOTH("faults: a user APC ends a wait in user mode only") {
    auto *event = static_cast<PKEVENT>(ExAllocatePoolZero(NonPagedPoolNx, sizeof(KEVENT), tag));
    KeInitializeEvent(event, NotificationEvent, FALSE);
    LARGE_INTEGER none{};
    emu::fail_next(fault::user_apc);
    CHECK(KeWaitForSingleObject(event, Executive, KernelMode, TRUE, &none) == STATUS_TIMEOUT);
    CHECK(KeWaitForSingleObject(event, UserRequest, UserMode, FALSE, nullptr) == STATUS_USER_APC);
    ExFreePoolWithTag(event, tag);
}

TEST_BOTH("faults: nothing fails that nobody asked for") {
    emu::fail_next(fault::thread_creation);
    void *memory = allocate();
    CHECK(memory != nullptr);
    ExFreePoolWithTag(memory, tag);
    CHECK(emu::injected_failures() == 0);
}

TEST_CASE("faults: what was asked for ends with its machine") {
    emu::run([] { emu::fail_next(fault::pool_allocation); });
    emu::run([] {
        void *memory = allocate();
        CHECK(memory != nullptr);
        ExFreePoolWithTag(memory, tag);
    });
}

namespace {

// Which of a hundred allocations fail, as text.
std::string pattern_of(const emu::machine_options &with) {
    std::string pattern;
    emu::run(
        [&] {
            for (int i = 0; i < 100; ++i) {
                void *memory = allocate();
                pattern += memory != nullptr ? '.' : 'x';
                if (memory != nullptr) {
                    ExFreePoolWithTag(memory, tag);
                }
            }
        },
        with);
    return pattern;
}

}  // namespace

TEST_CASE("faults: by chance, the same with the same seed and others with another") {
    for (const emu::backend where : {emu::backend::native, emu::backend::simulated}) {
        CAPTURE(where == emu::backend::simulated);
        emu::machine_options with = options_for(where);
        with.faults = 4;
        with.seed = 7;
        const std::string first = pattern_of(with);
        CHECK(first.find('x') != std::string::npos);
        CHECK(first.find('.') != std::string::npos);
        CHECK(pattern_of(with) == first);
        with.seed = 8;
        CHECK(pattern_of(with) != first);
        with.most_faults = 1;
        const std::string one = pattern_of(with);
        CHECK(one.find('x') == one.rfind('x'));
        CHECK(one.find('x') != std::string::npos);
        with.failing = fault::try_acquire;
        CHECK(pattern_of(with) == std::string(100, '.'));
    }
}

CHILD_CASE("child: uses memory without a look") {
    void *memory = allocate();
    ExFreePoolWithTag(memory, tag);
}

TEST_CASE("faults: a native report tells the injected failure and its seed") {
    const child_result child = run_child("child: uses memory without a look",
                                         {"EMU_OPTIONS=faults=1,seed=5,failing=pool"});
    CHECK(child.exit_code == 86);
    CHECK(contains(child.output, "injected failures, on the test's request"));
    CHECK(contains(child.output, "ExAllocatePoolWithTag found no memory, called at faults_test"));
    CHECK(contains(child.output, "EMU_OPTIONS=faults=1,seed=5"));
}
