// Waits for several objects: which of them are consumed, timeouts, wait blocks, misuse.
#include <array>
#include <string>

#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

struct event : KEVENT {
    explicit event(EVENT_TYPE type, bool state = false) {
        KeInitializeEvent(this, type, static_cast<BOOLEAN>(state));
    }
};

struct mutex : KMUTEX {
    mutex() { KeInitializeMutex(this, 0); }
};

template <std::size_t Count>
NTSTATUS wait_for_several(std::array<PVOID, Count> objects, WAIT_TYPE type,
                          const LONGLONG *timeout_100ns = nullptr) {
    LARGE_INTEGER timeout;
    timeout.QuadPart = timeout_100ns != nullptr ? *timeout_100ns : 0;
    KWAIT_BLOCK blocks[Count];
    return KeWaitForMultipleObjects(Count, objects.data(), type, Executive, KernelMode, FALSE,
                                    timeout_100ns != nullptr ? &timeout : nullptr, blocks);
}

constexpr LONGLONG at_once = 0;

}  // namespace

TEST_BOTH("wait_multiple: wait-any consumes only the lowest index that is signalled") {
    event a(SynchronizationEvent), b(SynchronizationEvent, true), c(SynchronizationEvent, true);
    CHECK(wait_for_several<3>({&a, &b, &c}, WaitAny) == STATUS_WAIT_1);
    CHECK(KeReadStateEvent(&b) == 0);
    CHECK(KeReadStateEvent(&c) == 1);
    CHECK(wait_for_several<3>({&a, &b, &c}, WaitAny) == STATUS_WAIT_2);
    CHECK(wait_for_several<3>({&a, &b, &c}, WaitAny, &at_once) == STATUS_TIMEOUT);
}

TEST_BOTH("wait_multiple: wait-all takes all or nothing") {
    event a(SynchronizationEvent, true), b(SynchronizationEvent);
    mutex lock;
    CHECK(wait_for_several<3>({&a, &b, &lock}, WaitAll, &at_once) == STATUS_TIMEOUT);
    CHECK(KeReadStateEvent(&a) == 1);
    CHECK(KeReadStateMutex(&lock) == 1);
    KeSetEvent(&b, 0, FALSE);
    CHECK(wait_for_several<3>({&a, &b, &lock}, WaitAll) == STATUS_SUCCESS);
    CHECK(KeReadStateEvent(&a) == 0);
    CHECK(KeReadStateEvent(&b) == 0);
    CHECK(KeReadStateMutex(&lock) == 0);
    CHECK(KeAreApcsDisabled());
    KeReleaseMutex(&lock, FALSE);
}

TEST_SIMULATED("wait_multiple: a blocked wait-any returns the index of whoever signals") {
    event a(SynchronizationEvent), b(NotificationEvent);
    NTSTATUS status = STATUS_UNSUCCESSFUL;
    emu::system_thread waiter{[&] { status = wait_for_several<2>({&a, &b}, WaitAny); }};
    let_others_run();
    KeSetEvent(&b, 0, FALSE);
    waiter.join();
    CHECK(status == STATUS_WAIT_1);
    CHECK(IsListEmpty(&a.Header.WaitListHead));
    CHECK(IsListEmpty(&b.Header.WaitListHead));
}

TEST_SIMULATED(
    "wait_multiple: a blocked wait-all leaves a signalled object to others until all are") {
    event a(SynchronizationEvent), b(SynchronizationEvent);
    std::string order;
    emu::system_thread all{[&] {
        CHECK(wait_for_several<2>({&a, &b}, WaitAll) == STATUS_SUCCESS);
        order += 'A';
    }};
    let_others_run();
    KeSetEvent(&a, 0, FALSE);
    CHECK(KeReadStateEvent(&a) == 1);
    CHECK(wait_for(&a) == STATUS_SUCCESS);
    KeSetEvent(&b, 0, FALSE);
    let_others_run();
    CHECK(order.empty());
    CHECK(KeReadStateEvent(&b) == 1);
    KeSetEvent(&a, 0, FALSE);
    CHECK(KeReadStateEvent(&a) == 0);
    CHECK(KeReadStateEvent(&b) == 0);
    all.join();
    CHECK(order == "A");
}

TEST_SIMULATED("wait_multiple: a waiter for all is passed over while one object is missing") {
    event a(SynchronizationEvent), never(NotificationEvent);
    std::string order;
    emu::system_thread all{[&] {
        const LONGLONG later = -1000;
        CHECK(wait_for_several<2>({&a, &never}, WaitAll, &later) == STATUS_TIMEOUT);
        order += 'A';
    }};
    let_others_run();
    emu::system_thread one{[&] {
        wait_for(&a);
        order += '1';
    }};
    let_others_run();
    KeSetEvent(&a, 0, FALSE);
    one.join(), all.join();
    CHECK(order == "1A");
}

TEST_BOTH("wait_multiple: three objects need no wait blocks, a wait that times out leaves none") {
    event a(NotificationEvent), b(NotificationEvent), c(NotificationEvent);
    PVOID objects[] = {&a, &b, &c};
    LARGE_INTEGER soon;
    soon.QuadPart = -10;
    for (const WAIT_TYPE type : {WaitAny, WaitAll}) {
        CHECK(KeWaitForMultipleObjects(3, objects, type, Executive, KernelMode, FALSE, &soon,
                                       nullptr) == STATUS_TIMEOUT);
    }
    CHECK(IsListEmpty(&a.Header.WaitListHead));
    CHECK(IsListEmpty(&c.Header.WaitListHead));
}

TEST_BOTH("wait_multiple: sixty-four objects with wait blocks are legal") {
    std::array<KEVENT, 64> events;
    std::array<PVOID, 64> objects;
    for (std::size_t i = 0; i < 64; ++i) {
        KeInitializeEvent(&events[i], NotificationEvent, static_cast<BOOLEAN>(i == 63));
        objects[i] = &events[i];
    }
    CHECK(wait_for_several<64>(objects, WaitAny) == STATUS_WAIT_63);
}

TEST_BOTH("wait_multiple: threads and semaphores mix") {
    KSEMAPHORE count;
    KeInitializeSemaphore(&count, 1, 1);
    emu::system_thread{[&] {
        PVOID objects[] = {KeGetCurrentThread(), &count};
        CHECK(KeWaitForMultipleObjects(2, objects, WaitAny, Executive, KernelMode, FALSE, nullptr,
                                       nullptr) == STATUS_WAIT_1);
    }}.join();
    CHECK(KeReadStateSemaphore(&count) == 0);
}

TEST_BOTH("wait_multiple: one mutex twice is acquired twice") {
    mutex lock;
    CHECK(wait_for_several<2>({&lock, &lock}, WaitAll) == STATUS_SUCCESS);
    CHECK(KeReadStateMutex(&lock) == -1);
    KeReleaseMutex(&lock, FALSE), KeReleaseMutex(&lock, FALSE);
}

TEST_BOTH("wait_multiple: four objects without wait blocks report it, bug check 0xC") {
    event on(NotificationEvent, true);
    PVOID objects[] = {&on, &on, &on, &on};
    check_bug_check(
        EMU_EXPECT_VIOLATION(rule::too_many_wait_objects,
                             KeWaitForMultipleObjects(4, objects, WaitAny, Executive, KernelMode,
                                                      FALSE, nullptr, nullptr)),
        MAXIMUM_WAIT_OBJECTS_EXCEEDED);
}

TEST_BOTH_FREE("wait_multiple: sixty-five objects are bug check 0xC, also in free fidelity") {
    event on(NotificationEvent, true);
    std::array<PVOID, 65> objects;
    objects.fill(&on);
    std::array<KWAIT_BLOCK, 65> blocks;
    check_bug_check(
        EMU_EXPECT_VIOLATION(rule::too_many_wait_objects,
                             KeWaitForMultipleObjects(65, objects.data(), WaitAll, Executive,
                                                      KernelMode, FALSE, nullptr, blocks.data())),
        MAXIMUM_WAIT_OBJECTS_EXCEEDED);
}

TEST_BOTH("wait_multiple: no objects at all report invalid_parameter") {
    PVOID none[1] = {};
    EMU_EXPECT_VIOLATION(rule::invalid_parameter,
                         KeWaitForMultipleObjects(0, none, WaitAny, Executive, KernelMode, FALSE,
                                                  nullptr, nullptr));
}

TEST_BOTH("wait_multiple: an object that is none is named") {
    event on(NotificationEvent);
    KEVENT zeroed = {};
    EMU_EXPECT_VIOLATION(rule::overwritten_object, wait_for_several<2>({&on, &zeroed}, WaitAny));
}

TEST_BOTH("wait_multiple: at DISPATCH_LEVEL without a timeout reports it, 0xC4/0x121") {
    event on(NotificationEvent, true);
    raise_to(DISPATCH_LEVEL);
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::wait_at_dispatch_level, wait_for_several<1>({&on}, WaitAny));
    CHECK(found.bug_check == DRIVER_VERIFIER_DETECTED_VIOLATION);
    CHECK(found.parameters[0] == 0x121);
}

TEST_BOTH("wait_multiple: at DISPATCH_LEVEL with a zero timeout is silent") {
    event on(NotificationEvent, true);
    const KIRQL before = raise_to(DISPATCH_LEVEL);
    CHECK(wait_for_several<1>({&on}, WaitAny, &at_once) == STATUS_SUCCESS);
    KeLowerIrql(before);
}

TEST_BOTH("wait_multiple: in user mode for an object on the stack reports it, 0xC4/0x123") {
    event on(NotificationEvent, true);
    PVOID objects[] = {&on};
    check_bug_check(
        EMU_EXPECT_VIOLATION(rule::user_mode_wait_on_stack,
                             KeWaitForMultipleObjects(1, objects, WaitAny, UserRequest, UserMode,
                                                      FALSE, nullptr, nullptr)),
        DRIVER_VERIFIER_DETECTED_VIOLATION, 0x123, bits(static_cast<KEVENT *>(&on)));
}

TEST_BOTH("wait_multiple: in user mode for an object in pool is silent") {
    auto *on = static_cast<PRKEVENT>(ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(KEVENT), 'tnvE'));
    KeInitializeEvent(on, NotificationEvent, TRUE);
    CHECK(KeWaitForSingleObject(on, UserRequest, UserMode, TRUE, nullptr) == STATUS_SUCCESS);
    ExFreePool(on);
}

TEST_CASE("wait_multiple: a wait for all of several mutexes is part of a deadlock") {
    const emu::exploration_result result = emu::search([] {
        mutex a, b, c;
        emu::system_thread other{[&] {
            wait_for(&c);
            wait_for(&a);
            KeReleaseMutex(&a, FALSE), KeReleaseMutex(&c, FALSE);
        }};
        wait_for(&a);
        wait_for_several<2>({&b, &c}, WaitAll);
        KeReleaseMutex(&c, FALSE), KeReleaseMutex(&b, FALSE), KeReleaseMutex(&a, FALSE);
        other.join();
    });
    CHECK(result.failed);
    CHECK(result.which == rule::deadlock);
    CHECK(result.report.find("all of 2 objects") != std::string::npos);
}

TEST_CASE("wait_multiple: a wait for any that an event could end is a lost wake-up") {
    const emu::exploration_result result = emu::search([] {
        mutex a, b;
        event never(NotificationEvent);
        emu::system_thread other{[&] {
            wait_for(&b);
            wait_for(&a);
            KeReleaseMutex(&a, FALSE), KeReleaseMutex(&b, FALSE);
        }};
        wait_for(&a);
        let_others_run();
        wait_for_several<2>({&b, &never}, WaitAny);
        KeReleaseMutex(&a, FALSE);
        other.join();
    });
    CHECK(result.failed);
    CHECK(result.which == rule::lost_wakeup);
}

TEST_CASE("wait_multiple: Wait TRUE must be followed by a wait at once") {
    on_both([] {
        event on(NotificationEvent), other(NotificationEvent, true);
        KeSetEvent(&on, 0, TRUE);
        check_no_bug_check(EMU_EXPECT_VIOLATION(rule::wait_due, KeResetEvent(&on)));
    });
    on_both([] {
        event on(NotificationEvent), other(NotificationEvent, true);
        KeSetEvent(&on, 0, TRUE);
        PVOID objects[] = {&other};
        CHECK(KeWaitForMultipleObjects(1, objects, WaitAny, Executive, KernelMode, FALSE, nullptr,
                                       nullptr) == STATUS_SUCCESS);
        KeResetEvent(&on);
    });
}
