// What a driver may ask and set of threads.
#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

PETHREAD current() { return PsGetCurrentThread(); }

}  // namespace

TEST_BOTH("thread_properties: priorities are recorded, and the one before is returned") {
    PKTHREAD self = KeGetCurrentThread();
    const KPRIORITY before = KeQueryPriorityThread(self);
    CHECK(KeSetPriorityThread(self, LOW_REALTIME_PRIORITY) == before);
    CHECK(KeQueryPriorityThread(self) == LOW_REALTIME_PRIORITY);
    CHECK(KeSetPriorityThread(self, before) == LOW_REALTIME_PRIORITY);
    CHECK(KeSetBasePriorityThread(self, 2) == 0);
    CHECK(KeQueryPriorityThread(self) == before + 2);
    CHECK(KeSetBasePriorityThread(self, 0) == 2);
    CHECK(KeSetIdealProcessorThread(self, 1) == 0);
    CHECK(KeSetIdealProcessorThread(self, 0) == 1);
}

TEST_BOTH("thread_properties: a priority that is none reports invalid_parameter") {
    EMU_EXPECT_VIOLATION(rule::invalid_parameter, KeSetPriorityThread(KeGetCurrentThread(), 32));
}

TEST_BOTH("thread_properties: a thread is found by its identifier until it has ended") {
    PETHREAD found = nullptr;
    CHECK(PsLookupThreadByThreadId(PsGetCurrentThreadId(), &found) == STATUS_SUCCESS);
    CHECK(found == current());
    ObDereferenceObject(found);
    HANDLE id = nullptr;
    emu::system_thread{[&] { id = PsGetCurrentThreadId(); }}.join();
    CHECK(PsLookupThreadByThreadId(id, &found) == STATUS_INVALID_PARAMETER);
    CHECK(found == nullptr);
}

TEST_BOTH("thread_properties: system threads are told from others") {
    CHECK_FALSE(PsIsSystemThread(current()));
    CHECK_FALSE(IoIsSystemThread(current()));
    emu::system_thread{[] {
        CHECK(PsIsSystemThread(current()));
        CHECK(IoIsSystemThread(current()));
        CHECK_FALSE(PsIsThreadTerminating(current()));
    }}.join();
}

TEST_BOTH("thread_properties: the exit status is pending until the thread has ended") {
    HANDLE handle = nullptr;
    PVOID body = nullptr;
    KEVENT go;
    KeInitializeEvent(&go, NotificationEvent, FALSE);
    const auto start = [](PVOID event) -> VOID {
        wait_for(event);
        PsTerminateSystemThread(STATUS_ALERTED);
    };
    REQUIRE(IoCreateSystemThread(&go, &handle, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr, start,
                                 &go) == STATUS_SUCCESS);
    ObReferenceObjectByHandle(handle, SYNCHRONIZE, *PsThreadType, KernelMode, &body, nullptr);
    ZwClose(handle);
    auto *thread = static_cast<PETHREAD>(body);
    CHECK(PsGetThreadExitStatus(thread) == STATUS_PENDING);
    KeSetEvent(&go, 0, FALSE);
    wait_for(thread);
    CHECK(PsGetThreadExitStatus(thread) == STATUS_ALERTED);
    CHECK(PsIsThreadTerminating(thread));
    ObDereferenceObject(thread);
}

TEST_BOTH("thread_properties: there is one process, which goes on") {
    CHECK(PsGetThreadProcessId(current()) == reinterpret_cast<HANDLE>(4));
    PEPROCESS process = IoThreadToProcess(current());
    CHECK(poll(process) == STATUS_TIMEOUT);
    emu::system_thread{[&] { CHECK(IoThreadToProcess(current()) == process); }}.join();
    CHECK(PsGetCurrentThreadTeb() == nullptr);
}

TEST_SIMULATED("thread_properties: times follow the virtual clock") {
    ULONG user = 7;
    ULONG64 stamp = 0;
    const ULONG ticks = KeQueryRuntimeThread(KeGetCurrentThread(), &user);
    const ULONG64 cycles = KeQueryTotalCycleTimeThread(KeGetCurrentThread(), &stamp);
    let_others_run(10'000'000);
    CHECK(KeQueryRuntimeThread(KeGetCurrentThread(), &user) == ticks + 64);
    CHECK(user == 0);
    CHECK(KeQueryTotalCycleTimeThread(KeGetCurrentThread(), &stamp) == cycles + 1'000'000'000);
    CHECK(stamp == 1'000'000'000);
    LONGLONG made = 0;
    emu::system_thread{[&] { made = PsGetThreadCreateTime(current()); }}.join();
    CHECK(made == PsGetThreadCreateTime(current()) + 10'000'000);
}

TEST_BOTH("thread_properties: switches of the current thread return what they were") {
    CHECK(KeSetKernelStackSwapEnable(FALSE));
    CHECK_FALSE(KeSetKernelStackSwapEnable(TRUE));
    CHECK(IoSetThreadHardErrorMode(FALSE));
    CHECK_FALSE(IoSetThreadHardErrorMode(TRUE));
}

TEST_BOTH("thread_properties: the stack's limits contain a local variable, and its rest is left") {
    ULONG_PTR low = 0, high = 0;
    IoGetStackLimits(&low, &high);
    const auto here = reinterpret_cast<ULONG_PTR>(&low);
    CHECK(low < here);
    CHECK(here < high);
    CHECK(IoGetRemainingStackSize() < high - low);
    CHECK(IoGetRemainingStackSize() > 0x1000);
    CHECK(IoWithinStackLimits(here, sizeof low));
    CHECK_FALSE(IoWithinStackLimits(high - 4, 8));
    CHECK_FALSE(IoWithinStackLimits(low - 4, 8));
}

TEST_BOTH("thread_properties: a callout runs in the same thread on a stack of its own") {
    static PKTHREAD ran_in;
    ran_in = nullptr;
    const auto callout = [](PVOID parameter) -> VOID {
        ran_in = KeGetCurrentThread();
        ULONG_PTR low = 0, high = 0;
        IoGetStackLimits(&low, &high);
        CHECK(high - low >= MAXIMUM_EXPANSION_SIZE);
        ++*static_cast<int *>(parameter);
    };
    int calls = 0;
    CHECK(KeExpandKernelStackAndCallout(callout, &calls, MAXIMUM_EXPANSION_SIZE) ==
          STATUS_SUCCESS);
    CHECK(KeExpandKernelStackAndCalloutEx(callout, &calls, 0x2000, FALSE, nullptr) ==
          STATUS_SUCCESS);
    CHECK(KeExpandKernelStackAndCallout(callout, &calls, MAXIMUM_EXPANSION_SIZE + 1) ==
          STATUS_INVALID_PARAMETER_3);
    CHECK(calls == 2);
    CHECK(ran_in == KeGetCurrentThread());
}

TEST_BOTH("thread_properties: an event where a thread is wanted reports wrong_object_type") {
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    EMU_EXPECT_VIOLATION(rule::wrong_object_type,
                         KeQueryPriorityThread(reinterpret_cast<PRKTHREAD>(&event)));
}

TEST_BOTH("thread_properties: setting a priority above PASSIVE_LEVEL reports irql_too_high") {
    raise_to(APC_LEVEL);
    EMU_EXPECT_VIOLATION(rule::irql_too_high, KeSetPriorityThread(KeGetCurrentThread(), 8));
}

TEST_BOTH("thread_properties: IoCreateSystemThread without an object reports null_object") {
    HANDLE handle = nullptr;
    const auto start = [](PVOID) -> VOID {};
    EMU_EXPECT_VIOLATION(
        rule::null_object,
        IoCreateSystemThread(nullptr, &handle, 0, nullptr, nullptr, nullptr, start, nullptr));
}

TEST_BOTH("thread_properties: there is one process, the system's") {
    const PEPROCESS process = IoGetCurrentProcess();
    CHECK(process != nullptr);
    CHECK(process == PsGetCurrentProcess());
    CHECK(process == IoThreadToProcess(PsGetCurrentThread()));
    CHECK(PsGetProcessId(process) == PsGetCurrentProcessId());
    CHECK(PsGetThreadProcessId(PsGetCurrentThread()) == PsGetCurrentProcessId());
    CHECK(ObReferenceObjectByPointer(process, 0, *PsProcessType, KernelMode) == STATUS_SUCCESS);
    ObDereferenceObject(process);
    for (POBJECT_TYPE *other : {PsThreadType, ExSemaphoreObjectType, IoFileObjectType}) {
        CHECK(ObReferenceObjectByPointer(process, 0, *other, KernelMode) ==
              STATUS_OBJECT_TYPE_MISMATCH);
    }
}

TEST_BOTH("thread_properties: PsGetProcessId of what is no process reports wrong_object_type") {
    CHECK(EMU_EXPECT_VIOLATION(emu::rule::wrong_object_type,
                               PsGetProcessId(reinterpret_cast<PEPROCESS>(KeGetCurrentThread())))
              .bug_check == 0);
}
