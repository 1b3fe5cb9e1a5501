// Events: states, return values, who wakes.
#include <string>
#include <vector>

#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

struct event : KEVENT {
    explicit event(EVENT_TYPE type, bool state = false) {
        KeInitializeEvent(this, type, static_cast<BOOLEAN>(state));
    }
};

// Threads that wait for one event, queued in order; in virtual time.
struct waiters {
    explicit waiters(KEVENT &on, int count) {
        for (int i = 0; i < count; ++i) {
            all.emplace_back([this, &on, i] {
                wait_for(&on);
                woken += static_cast<char>('a' + i);
            });
            let_others_run();
        }
    }
    void join() {
        for (emu::system_thread &each : all) {
            each.join();
        }
    }
    std::string woken;
    std::vector<emu::system_thread> all;
};

}  // namespace

TEST_BOTH("event: set, reset, pulse and read return the state before") {
    for (const EVENT_TYPE type : {NotificationEvent, SynchronizationEvent}) {
        event on(type);
        CHECK(KeReadStateEvent(&on) == 0);
        CHECK(KeSetEvent(&on, 0, FALSE) == 0);
        CHECK(KeSetEvent(&on, 0, FALSE) == 1);
        CHECK(KeReadStateEvent(&on) == 1);
        CHECK(KePulseEvent(&on, 0, FALSE) == 1);
        CHECK(KeReadStateEvent(&on) == 0);
        CHECK(KePulseEvent(&on, 0, FALSE) == 0);
        CHECK(KeResetEvent(&on) == 0);
        KeSetEvent(&on, 0, FALSE);
        CHECK(KeResetEvent(&on) == 1);
        KeSetEvent(&on, 0, FALSE);
        KeClearEvent(&on);
        CHECK(KeReadStateEvent(&on) == 0);
        CHECK(on.Header.SignalState == 0);
    }
}

TEST_BOTH("event: KeInitializeEvent fills the public header") {
    event on(SynchronizationEvent, true);
    CHECK(on.Header.Type == SynchronizationEvent);
    CHECK(on.Header.Size == sizeof(KEVENT) / 4);
    CHECK(on.Header.SignalState == 1);
    CHECK(IsListEmpty(&on.Header.WaitListHead));
}

TEST_BOTH(
    "event: a wait leaves a notification event signalled and clears a synchronization event") {
    event notification(NotificationEvent, true), synchronization(SynchronizationEvent, true);
    CHECK(wait_for(&notification) == STATUS_SUCCESS);
    CHECK(poll(&notification) == STATUS_SUCCESS);
    CHECK(wait_for(&synchronization) == STATUS_SUCCESS);
    CHECK(poll(&synchronization) == STATUS_TIMEOUT);
}

TEST_BOTH("event: set and reset, and a poll, are legal at DISPATCH_LEVEL") {
    event on(NotificationEvent);
    const KIRQL before = raise_to(DISPATCH_LEVEL);
    KeSetEvent(&on, 0, FALSE);
    CHECK(poll(&on) == STATUS_SUCCESS);
    KeResetEvent(&on);
    CHECK(poll(&on) == STATUS_TIMEOUT);
    KePulseEvent(&on, 0, FALSE);
    KeClearEvent(&on);
    KeLowerIrql(before);
}

TEST_SIMULATED("event: a notification event wakes all") {
    event on(NotificationEvent);
    waiters three(on, 3);
    KeSetEvent(&on, 0, FALSE);
    three.join();
    CHECK(three.woken == "abc");
    CHECK(KeReadStateEvent(&on) == 1);
}

TEST_SIMULATED("event: a synchronization event wakes one at a time, first in, first out") {
    event on(SynchronizationEvent);
    waiters three(on, 3);
    for (const char *expected : {"a", "ab", "abc"}) {
        KeSetEvent(&on, 0, FALSE);
        CHECK(KeReadStateEvent(&on) == 0);
        let_others_run();
        CHECK(three.woken == expected);
    }
    three.join();
}

TEST_SIMULATED("event: a pulse wakes those who wait, one or all, and leaves the event clear") {
    event all(NotificationEvent), one(SynchronizationEvent);
    waiters of_all(all, 2), of_one(one, 2);
    CHECK(KePulseEvent(&all, 0, FALSE) == 0);
    CHECK(KePulseEvent(&one, 0, FALSE) == 0);
    let_others_run();
    CHECK(of_all.woken == "ab");
    CHECK(of_one.woken == "a");
    CHECK(KeReadStateEvent(&all) == 0);
    CHECK(KeReadStateEvent(&one) == 0);
    KeSetEvent(&one, 0, FALSE);
    of_all.join(), of_one.join();
}

TEST_BOTH("event: two threads pass the ball by synchronization events") {
    event ping(SynchronizationEvent), pong(SynchronizationEvent);
    int turns = 0;
    emu::system_thread other{[&] {
        for (int i = 0; i < 500; ++i) {
            wait_for(&ping);
            ++turns;
            KeSetEvent(&pong, 0, FALSE);
        }
    }};
    for (int i = 0; i < 500; ++i) {
        CHECK(turns == i);
        KeSetEvent(&ping, 0, FALSE);
        wait_for(&pong);
    }
    other.join();
    CHECK(turns == 500);
}

TEST_BOTH("event: with Wait TRUE set returns at DISPATCH_LEVEL and the next wait restores") {
    event first(SynchronizationEvent), second(NotificationEvent, true);
    CHECK(KeSetEvent(&first, 0, TRUE) == 0);
    CHECK(KeGetCurrentIrql() == DISPATCH_LEVEL);
    CHECK(wait_for(&second) == STATUS_SUCCESS);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    const KIRQL before = raise_to(APC_LEVEL);
    CHECK(KePulseEvent(&first, 0, TRUE) == 1);
    CHECK(KeGetCurrentIrql() == DISPATCH_LEVEL);
    wait_for(&second);
    CHECK(KeGetCurrentIrql() == APC_LEVEL);
    KeLowerIrql(before);
}

TEST_CASE(
    "event: the level after Wait TRUE is restored by a wait that blocks and by one that times "
    "out") {
    on_both([] {
        event signal(SynchronizationEvent), answer(SynchronizationEvent);
        emu::system_thread other{[&] {
            wait_for(&signal);
            KeSetEvent(&answer, 0, FALSE);
        }};
        KeSetEvent(&signal, 0, TRUE);
        wait_for(&answer);
        CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
        other.join();
        KeSetEvent(&signal, 0, TRUE);
        CHECK(poll(&answer) == STATUS_TIMEOUT);
        CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    });
}

TEST_CASE("event: Wait TRUE at DISPATCH_LEVEL reports irql_too_high") {
    on_both([] {
        event on(NotificationEvent);
        raise_to(DISPATCH_LEVEL);
        EMU_EXPECT_VIOLATION(rule::irql_too_high, KeSetEvent(&on, 0, TRUE));
    });
}

TEST_BOTH("event: KeSetEvent above DISPATCH_LEVEL reports irql_too_high, 0xC4/0x80") {
    event on(NotificationEvent);
    raise_to(HIGH_LEVEL);
    check_bug_check(EMU_EXPECT_VIOLATION(rule::irql_too_high, KeSetEvent(&on, 0, FALSE)),
                    DRIVER_VERIFIER_DETECTED_VIOLATION, 0x80, HIGH_LEVEL, bits(&on));
}

TEST_CASE("event: the other routines above DISPATCH_LEVEL report irql_too_high, 0xC4/0x20011") {
    void (*const calls[])(PRKEVENT) = {[](PRKEVENT on) { KeResetEvent(on); },
                                       [](PRKEVENT on) { KeClearEvent(on); },
                                       [](PRKEVENT on) { KePulseEvent(on, 0, FALSE); },
                                       [](PRKEVENT on) { KeReadStateEvent(on); }};
    for (const auto &call : calls) {
        on_both([&] {
            event on(NotificationEvent);
            raise_to(3);
            const emu::violation found = EMU_EXPECT_VIOLATION(rule::irql_too_high, call(&on));
            CHECK(found.bug_check == DRIVER_VERIFIER_DETECTED_VIOLATION);
            CHECK(found.parameters[0] == 0x20011);
        });
    }
}

TEST_BOTH("event: a type that is none reports invalid_parameter") {
    KEVENT on;
    EMU_EXPECT_VIOLATION(rule::invalid_parameter,
                         KeInitializeEvent(&on, static_cast<EVENT_TYPE>(2), FALSE));
}

TEST_BOTH("event: zeroed memory that nobody initialised reports overwritten_object") {
    KEVENT on = {};
    check_no_bug_check(EMU_EXPECT_VIOLATION(rule::overwritten_object, KeSetEvent(&on, 0, FALSE)));
}

TEST_BOTH("event: a null event reports null_object") {
    EMU_EXPECT_VIOLATION(rule::null_object, KeSetEvent(nullptr, 0, FALSE));
}

TEST_BOTH("event: an event in freed memory reports freed_object") {
    auto *on = static_cast<PRKEVENT>(ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(KEVENT), 'tnvE'));
    KeInitializeEvent(on, NotificationEvent, FALSE);
    KeSetEvent(on, 0, FALSE);
    ExFreePool(on);
    check_no_bug_check(EMU_EXPECT_VIOLATION(rule::freed_object, KeResetEvent(on)));
}

TEST_BOTH("event: a thread where an event is wanted reports wrong_object_type") {
    EMU_EXPECT_VIOLATION(rule::wrong_object_type,
                         KeSetEvent(reinterpret_cast<PRKEVENT>(KeGetCurrentThread()), 0, FALSE));
}

namespace {

// A look from outside, which no lock of the driver's could make orderly.
[[gnu::no_sanitize_thread]] bool somebody_waits(const KEVENT *on) {
    const LIST_ENTRY *const volatile &first = on->Header.WaitListHead.Flink;
    return first != &on->Header.WaitListHead;
}

}  // namespace

TEST_BOTH("event: freeing memory with an event that a thread waits on reports it") {
    auto *on = static_cast<PRKEVENT>(ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(KEVENT), 'tnvE'));
    KeInitializeEvent(on, NotificationEvent, FALSE);
    emu::system_thread waiter{[on] { wait_for(on); }};
    // Poll for the waiter: no sleep natively, and a turn for it in simulation.
    event ours(NotificationEvent);
    while (!somebody_waits(on)) {
        LARGE_INTEGER soon;
        soon.QuadPart = -1;
        KeWaitForSingleObject(&ours, Executive, KernelMode, FALSE, &soon);
    }
    check_no_bug_check(EMU_EXPECT_VIOLATION(rule::freed_while_waited_on, ExFreePool(on)));
}

TEST_BOTH("event: freeing memory with an event whose waiter has gone on is silent") {
    auto *on = static_cast<PRKEVENT>(ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(KEVENT), 'tnvE'));
    KeInitializeEvent(on, NotificationEvent, FALSE);
    emu::system_thread waiter{[on] { wait_for(on); }};
    KeSetEvent(on, 0, FALSE);
    waiter.join();
    ExFreePool(on);
}
