// Alerts and user APCs: which waits they end.
#include "both_backends.hpp"

extern "C" {
#include <nt/apc_undocumented.h>
}

using namespace tests;

namespace {

struct event : KEVENT {
    explicit event(EVENT_TYPE type, bool state = false) {
        KeInitializeEvent(this, type, static_cast<BOOLEAN>(state));
    }
};

NTSTATUS wait_alertably(PVOID object, KPROCESSOR_MODE mode, const LONGLONG *timeout = nullptr) {
    LARGE_INTEGER until;
    until.QuadPart = timeout != nullptr ? *timeout : 0;
    return KeWaitForSingleObject(object, UserRequest, mode, TRUE,
                                 timeout != nullptr ? &until : nullptr);
}

PRKEVENT event_in_pool() {
    auto *on = static_cast<PRKEVENT>(ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(KEVENT), 'tnvE'));
    KeInitializeEvent(on, SynchronizationEvent, FALSE);
    return on;
}

}  // namespace

TEST_BOTH("alert: an alert ends an alertable wait, whatever its mode, and only that") {
    event never(NotificationEvent);
    const LONGLONG soon = -10;
    CHECK_FALSE(KeAlertThread(KeGetCurrentThread(), KernelMode));
    CHECK(KeAlertThread(KeGetCurrentThread(), KernelMode));
    LARGE_INTEGER until;
    until.QuadPart = soon;
    CHECK(KeWaitForSingleObject(&never, Executive, KernelMode, FALSE, &until) == STATUS_TIMEOUT);
    CHECK(wait_alertably(&never, KernelMode, &soon) == STATUS_ALERTED);
    CHECK(wait_alertably(&never, KernelMode, &soon) == STATUS_TIMEOUT);
    KeAlertThread(KeGetCurrentThread(), UserMode);
    CHECK(wait_alertably(&never, KernelMode, &soon) == STATUS_TIMEOUT);
    CHECK(KeTestAlertThread(UserMode));
    CHECK_FALSE(KeTestAlertThread(UserMode));
    KeAlertThread(KeGetCurrentThread(), KernelMode);
    CHECK(KeDelayExecutionThread(KernelMode, TRUE, &until) == STATUS_ALERTED);
}

TEST_BOTH("alert: an alert ends a wait that has begun") {
    event never(NotificationEvent), started(NotificationEvent);
    PVOID target = nullptr;
    emu::system_thread waiter{[&] {
        target = KeGetCurrentThread();
        KeSetEvent(&started, 0, FALSE);
        CHECK(wait_alertably(&never, KernelMode) == STATUS_ALERTED);
    }};
    wait_for(&started);
    KeAlertThread(static_cast<PRKTHREAD>(target), KernelMode);
    waiter.join();
    CHECK(IsListEmpty(&never.Header.WaitListHead));
}

TEST_BOTH("alert: a user APC ends an alertable user-mode wait and no other, and is run down") {
    static int run_down;
    run_down = 0;
    struct user {
        static VOID NTAPI kernel(PRKAPC, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) {
            CHECK(false);
        }
        static VOID NTAPI normal(PVOID, PVOID, PVOID) { CHECK(false); }
        static VOID NTAPI rundown(PRKAPC) { ++run_down; }
    };
    PRKEVENT never = event_in_pool();
    KAPC one;
    emu::system_thread{[&] {
        const LONGLONG soon = -10;
        KeInitializeApc(&one, KeGetCurrentThread(), OriginalApcEnvironment, user::kernel,
                        user::rundown, user::normal, UserMode, nullptr);
        CHECK(KeInsertQueueApc(&one, nullptr, nullptr, 0));
        CHECK(one.Inserted == TRUE);
        CHECK(wait_alertably(never, KernelMode, &soon) == STATUS_TIMEOUT);
        LARGE_INTEGER until;
        until.QuadPart = soon;
        CHECK(KeWaitForSingleObject(never, UserRequest, UserMode, FALSE, &until) ==
              STATUS_TIMEOUT);
        CHECK(wait_alertably(never, UserMode, &soon) == STATUS_USER_APC);
        CHECK(KeDelayExecutionThread(UserMode, TRUE, &until) == STATUS_USER_APC);
    }}.join();
    CHECK(run_down == 1);
    ExFreePool(never);
}

TEST_BOTH("alert: a user APC ends a wait that has begun") {
    struct user {
        static VOID NTAPI kernel(PRKAPC, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) {}
        static VOID NTAPI normal(PVOID, PVOID, PVOID) {}
    };
    PRKEVENT never = event_in_pool();
    event started(NotificationEvent);
    PVOID target = nullptr;
    emu::system_thread waiter{[&] {
        target = KeGetCurrentThread();
        KeSetEvent(&started, 0, FALSE);
        CHECK(wait_alertably(never, UserMode) == STATUS_USER_APC);
    }};
    wait_for(&started);
    KAPC one;
    KeInitializeApc(&one, static_cast<PRKTHREAD>(target), OriginalApcEnvironment, user::kernel,
                    nullptr, user::normal, UserMode, nullptr);
    KeInsertQueueApc(&one, nullptr, nullptr, 0);
    waiter.join();
    ExFreePool(never);
}
