// Waits: timeouts, thread objects, levels.
#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

constexpr LONGLONG second = 10'000'000;
constexpr LONGLONG boot_time = 134'116'992'000'000'000;  // 2026-01-01 00:00 UTC

struct event : KEVENT {
    explicit event(EVENT_TYPE type, bool state = false) {
        KeInitializeEvent(this, type, static_cast<BOOLEAN>(state));
    }
};

NTSTATUS wait_until(PVOID object, LONGLONG timeout_100ns) {
    LARGE_INTEGER timeout;
    timeout.QuadPart = timeout_100ns;
    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, &timeout);
}

void delay(LONGLONG interval_100ns) {
    LARGE_INTEGER interval;
    interval.QuadPart = interval_100ns;
    CHECK(KeDelayExecutionThread(KernelMode, FALSE, &interval) == STATUS_SUCCESS);
}

}  // namespace

TEST_BOTH("wait: a zero timeout polls") {
    event clear(NotificationEvent), set(NotificationEvent, true);
    CHECK(poll(&clear) == STATUS_TIMEOUT);
    CHECK(poll(&set) == STATUS_SUCCESS);
}

TEST_BOTH("wait: a relative timeout ends the wait, and the object is as it was") {
    event never(SynchronizationEvent);
    CHECK(wait_until(&never, -10) == STATUS_TIMEOUT);
    CHECK(IsListEmpty(&never.Header.WaitListHead));
    CHECK(KeSetEvent(&never, 0, FALSE) == 0);
    CHECK(wait_until(&never, -10) == STATUS_SUCCESS);
}

TEST_BOTH("wait: an absolute timeout in the past ends the wait at once") {
    event never(NotificationEvent);
    CHECK(wait_until(&never, 1) == STATUS_TIMEOUT);
    delay(1);
}

TEST_SIMULATED("wait: time jumps to the next timeout, the shortest rings first") {
    event never(NotificationEvent);
    std::string rang;
    emu::system_thread slow{[&] {
        wait_until(&never, -3600 * second);
        rang += 's';
    }};
    emu::system_thread fast{[&] {
        wait_until(&never, -3599 * second);
        rang += 'f';
    }};
    delay(-3598 * second);
    rang += 'm';
    slow.join(), fast.join();
    CHECK(rang == "mfs");
}

TEST_SIMULATED("wait: an absolute timeout is the system time, which begins at 2026-01-01") {
    event never(NotificationEvent);
    std::string rang;
    emu::system_thread absolute{[&] {
        wait_until(&never, boot_time + 10 * second);
        rang += 'a';
    }};
    emu::system_thread relative{[&] {
        delay(-10 * second - 1);
        rang += 'r';
    }};
    delay(-10 * second + 1);
    rang += 'm';
    absolute.join(), relative.join();
    CHECK(rang == "mar");
}

TEST_SIMULATED("wait: a set before the timeout wins, and the timeout never rings") {
    event on(SynchronizationEvent);
    NTSTATUS status = STATUS_UNSUCCESSFUL;
    emu::system_thread waiter{[&] { status = wait_until(&on, -100); }};
    delay(-99);
    KeSetEvent(&on, 0, FALSE);
    delay(-1000);
    waiter.join();
    CHECK(status == STATUS_SUCCESS);
    CHECK(KeReadStateEvent(&on) == 0);
}

TEST_BOTH("wait: a thread object is signalled when its thread has ended, and stays so") {
    event go(NotificationEvent);
    HANDLE handle = nullptr;
    PVOID thread = nullptr;
    const auto wait_for_go = [](PVOID event) -> VOID { wait_for(event); };
    REQUIRE(PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr,
                                 wait_for_go, &go) == STATUS_SUCCESS);
    REQUIRE(ObReferenceObjectByHandle(handle, SYNCHRONIZE, *PsThreadType, KernelMode, &thread,
                                      nullptr) == STATUS_SUCCESS);
    ZwClose(handle);
    CHECK(poll(thread) == STATUS_TIMEOUT);
    KeSetEvent(&go, 0, FALSE);
    CHECK(wait_for(thread) == STATUS_SUCCESS);
    CHECK(poll(thread) == STATUS_SUCCESS);
    ObDereferenceObject(thread);
}

TEST_BOTH("wait: a thread's wait on itself times out") {
    CHECK(poll(KeGetCurrentThread()) == STATUS_TIMEOUT);
    CHECK(wait_until(KeGetCurrentThread(), -10) == STATUS_TIMEOUT);
    emu::system_thread{[] {
        CHECK(wait_until(KeGetCurrentThread(), -10) == STATUS_TIMEOUT);
    }}.join();
}

TEST_BOTH("wait: without a timeout at DISPATCH_LEVEL reports it, 0xC4/0x121") {
    event set(NotificationEvent, true);
    raise_to(DISPATCH_LEVEL);
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::wait_at_dispatch_level, wait_for(&set));
    check_bug_check(found, DRIVER_VERIFIER_DETECTED_VIOLATION, 0x121, found.parameters[1],
                    bits(static_cast<KEVENT *>(&set)), 0);
    CHECK(*reinterpret_cast<KIRQL *>(found.parameters[1]) == DISPATCH_LEVEL);
}

TEST_BOTH("wait: with a timeout at DISPATCH_LEVEL reports it, 0xC4/0x122") {
    event clear(NotificationEvent);
    LARGE_INTEGER timeout;
    timeout.QuadPart = -1;
    raise_to(DISPATCH_LEVEL);
    const emu::violation found = EMU_EXPECT_VIOLATION(
        rule::wait_at_dispatch_level,
        KeWaitForSingleObject(&clear, Executive, KernelMode, FALSE, &timeout));
    check_bug_check(found, DRIVER_VERIFIER_DETECTED_VIOLATION, 0x122, found.parameters[1],
                    bits(static_cast<KEVENT *>(&clear)), bits(&timeout));
}

TEST_CASE("wait: with a timeout in the past at DISPATCH_LEVEL reports it") {
    on_both([] {
        event clear(NotificationEvent);
        raise_to(DISPATCH_LEVEL);
        EMU_EXPECT_VIOLATION(rule::wait_at_dispatch_level, wait_until(&clear, 1));
    });
}

TEST_BOTH("wait: with a zero timeout at DISPATCH_LEVEL is silent") {
    event clear(NotificationEvent);
    const KIRQL before = raise_to(DISPATCH_LEVEL);
    CHECK(poll(&clear) == STATUS_TIMEOUT);
    KeLowerIrql(before);
}

TEST_BOTH(
    "wait: above DISPATCH_LEVEL reports irql_too_high, 0xC4/0x120, even with a zero timeout") {
    event set(NotificationEvent, true);
    raise_to(3);
    const emu::violation found = EMU_EXPECT_VIOLATION(rule::irql_too_high, poll(&set));
    CHECK(found.bug_check == DRIVER_VERIFIER_DETECTED_VIOLATION);
    CHECK(found.parameters[0] == 0x120);
    CHECK(found.parameters[2] == bits(static_cast<KEVENT *>(&set)));
}

TEST_BOTH("wait: KeDelayExecutionThread at DISPATCH_LEVEL reports irql_too_high") {
    raise_to(DISPATCH_LEVEL);
    const emu::violation found = EMU_EXPECT_VIOLATION(rule::irql_too_high, delay(-1));
    CHECK(found.bug_check == DRIVER_VERIFIER_DETECTED_VIOLATION);
    CHECK(found.parameters[0] == 0x2000F);
}

TEST_BOTH("wait: KeDelayExecutionThread at APC_LEVEL is silent") {
    const KIRQL before = raise_to(APC_LEVEL);
    delay(-1);
    KeLowerIrql(before);
}

TEST_BOTH("wait: on zeroed memory reports overwritten_object") {
    KEVENT zero = {};
    check_no_bug_check(EMU_EXPECT_VIOLATION(rule::overwritten_object, wait_for(&zero)));
}

TEST_BOTH("wait: on an event in freed memory reports freed_object") {
    auto *on = static_cast<PRKEVENT>(ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(KEVENT), 'tnvE'));
    KeInitializeEvent(on, NotificationEvent, TRUE);
    CHECK(wait_for(on) == STATUS_SUCCESS);
    ExFreePool(on);
    check_no_bug_check(EMU_EXPECT_VIOLATION(rule::freed_object, wait_for(on)));
}

TEST_BOTH("wait: on an object of a kind that is none reports wrong_object_type") {
    event on(NotificationEvent);
    on.Header.Type = 0x77;
    check_no_bug_check(EMU_EXPECT_VIOLATION(rule::wrong_object_type, poll(&on)));
}

TEST_BOTH("wait: on a misaligned object reports misaligned_object") {
    alignas(8) char storage[64] = {};
    EMU_EXPECT_VIOLATION(rule::misaligned_object, poll(storage + 4));
}
