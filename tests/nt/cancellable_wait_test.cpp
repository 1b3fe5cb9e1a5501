// Waits that the cancellation of an IRP ends.
#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

LARGE_INTEGER after(LONGLONG ticks_100ns) {
    LARGE_INTEGER timeout;
    timeout.QuadPart = -ticks_100ns;
    return timeout;
}

/// The four routines as one: for a request or for none, on one object.
struct flavour {
    const char *name;
    bool has_irp;
    NTSTATUS (*wait)(PVOID object, PLARGE_INTEGER timeout, bool with_request, PIRP irp);
};

FLT_CALLBACK_DATA &any_operation() {
    static FLT_CALLBACK_DATA data{};
    return data;
}

constexpr flavour flavours[] = {
    {"FsRtl single", true,
     [](PVOID object, PLARGE_INTEGER timeout, bool with, PIRP irp) {
         return FsRtlCancellableWaitForSingleObject(object, timeout, with ? irp : nullptr);
     }},
    {"FsRtl multiple", true,
     [](PVOID object, PLARGE_INTEGER timeout, bool with, PIRP irp) {
         return FsRtlCancellableWaitForMultipleObjects(1, &object, WaitAny, timeout, nullptr,
                                                       with ? irp : nullptr);
     }},
    {"Flt single", false,
     [](PVOID object, PLARGE_INTEGER timeout, bool with, PIRP) {
         return FltCancellableWaitForSingleObject(object, timeout,
                                                  with ? &any_operation() : nullptr);
     }},
    {"Flt multiple", false,
     [](PVOID object, PLARGE_INTEGER timeout, bool with, PIRP) {
         return FltCancellableWaitForMultipleObjects(1, &object, WaitAny, timeout, nullptr,
                                                     with ? &any_operation() : nullptr);
     }},
};

template <class Body>
void for_each_flavour(const Body &body) {
    for (const flavour &each : flavours) {
        CAPTURE(each.name);
        on_both([&] { body(each); });
    }
}

}  // namespace

TEST_CASE("cancellable_wait: with and without a request it waits as KeWaitForSingleObject") {
    for_each_flavour([](const flavour &each) {
        KEVENT event, never;
        KeInitializeEvent(&event, SynchronizationEvent, FALSE);
        KeInitializeEvent(&never, NotificationEvent, FALSE);
        IRP irp{};
        for (const bool with : {false, true}) {
            emu::system_thread setter{[&] { KeSetEvent(&event, 0, FALSE); }};
            CHECK(each.wait(&event, nullptr, with, &irp) == STATUS_SUCCESS);
            setter.join();
            CHECK(KeReadStateEvent(&event) == 0);
            LARGE_INTEGER soon = after(10), none = after(0);
            CHECK(each.wait(&never, &soon, with, &irp) == STATUS_TIMEOUT);
            CHECK(each.wait(&never, &none, with, &irp) == STATUS_TIMEOUT);
        }
    });
}

TEST_CASE("cancellable_wait: a cancelled IRP ends it, but not one for a signalled object") {
    for_each_flavour([](const flavour &each) {
        if (!each.has_irp) {
            return;
        }
        KEVENT event;
        KeInitializeEvent(&event, SynchronizationEvent, TRUE);
        IRP irp{};
        irp.Cancel = TRUE;
        CHECK(each.wait(&event, nullptr, true, &irp) == STATUS_SUCCESS);
        CHECK(each.wait(&event, nullptr, true, &irp) == STATUS_CANCELLED);
        CHECK_FALSE(NT_SUCCESS(STATUS_CANCELLED));
    });
}

TEST_BOTH("cancellable_wait: several objects, all and any") {
    KEVENT first, second;
    KeInitializeEvent(&first, SynchronizationEvent, FALSE);
    KeInitializeEvent(&second, SynchronizationEvent, TRUE);
    PVOID objects[] = {&first, &second};
    IRP irp{};
    LARGE_INTEGER none = after(0);
    CHECK(FsRtlCancellableWaitForMultipleObjects(2, objects, WaitAll, &none, nullptr, &irp) ==
          STATUS_TIMEOUT);
    irp.Cancel = TRUE;
    CHECK(FsRtlCancellableWaitForMultipleObjects(2, objects, WaitAll, nullptr, nullptr, &irp) ==
          STATUS_CANCELLED);
    CHECK(FsRtlCancellableWaitForMultipleObjects(2, objects, WaitAny, nullptr, nullptr, &irp) ==
          STATUS_WAIT_1);
    KeSetEvent(&first, 0, FALSE);
    KeSetEvent(&second, 0, FALSE);
    CHECK(FltCancellableWaitForMultipleObjects(2, objects, WaitAll, nullptr, nullptr,
                                               &any_operation()) == STATUS_SUCCESS);
}

TEST_BOTH("cancellable_wait: a mutex is held afterwards, and its owner in a critical region") {
    KMUTEX mutex;
    KeInitializeMutex(&mutex, 0);
    IRP irp{};
    CHECK(FsRtlCancellableWaitForSingleObject(&mutex, nullptr, &irp) == STATUS_SUCCESS);
    CHECK(KeAreApcsDisabled());
    irp.Cancel = TRUE;  // the owner may have it again
    CHECK(FsRtlCancellableWaitForSingleObject(&mutex, nullptr, &irp) == STATUS_SUCCESS);
    KeReleaseMutex(&mutex, FALSE);
    KeReleaseMutex(&mutex, FALSE);
    CHECK_FALSE(KeAreApcsDisabled());
}

TEST_CASE("cancellable_wait: at APC_LEVEL irql_too_high with a request, fine without") {
    for_each_flavour([](const flavour &each) {
        KEVENT event;
        KeInitializeEvent(&event, NotificationEvent, TRUE);
        IRP irp{};
        raise_to(APC_LEVEL);
        CHECK(each.wait(&event, nullptr, false, &irp) == STATUS_SUCCESS);
        EMU_EXPECT_VIOLATION(rule::irql_too_high, each.wait(&event, nullptr, true, &irp));
    });
}

TEST_CASE("cancellable_wait: at DISPATCH_LEVEL irql_too_high, even with a zero timeout") {
    for_each_flavour([](const flavour &each) {
        KEVENT event;
        KeInitializeEvent(&event, NotificationEvent, TRUE);
        LARGE_INTEGER none = after(0);
        raise_to(DISPATCH_LEVEL);
        EMU_EXPECT_VIOLATION(rule::irql_too_high, each.wait(&event, &none, false, nullptr));
    });
}

TEST_CASE("cancellable_wait: special_apcs_disabled in a guarded region, not in a critical one") {
    for_each_flavour([](const flavour &each) {
        KEVENT event;
        KeInitializeEvent(&event, NotificationEvent, TRUE);
        IRP irp{};
        KeEnterCriticalRegion();
        CHECK(each.wait(&event, nullptr, true, &irp) == STATUS_SUCCESS);
        KeLeaveCriticalRegion();
        KeEnterGuardedRegion();
        const emu::violation found = EMU_EXPECT_VIOLATION(rule::special_apcs_disabled,
                                                          each.wait(&event, nullptr, true, &irp));
        CHECK(found.bug_check == 0);
    });
}

TEST_BOTH("cancellable_wait: an IRP with a cancel routine is invalid_parameter") {
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, TRUE);
    IRP irp{};
    irp.CancelRoutine = [](PDEVICE_OBJECT, PIRP) {};
    EMU_EXPECT_VIOLATION(rule::invalid_parameter,
                         FsRtlCancellableWaitForSingleObject(&event, nullptr, &irp));
}

TEST_BOTH("cancellable_wait: more objects than wait blocks is 0xC, as many as allowed are not") {
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, TRUE);
    PVOID objects[THREAD_WAIT_OBJECTS + 1] = {&event, &event, &event, &event};
    CHECK(FsRtlCancellableWaitForMultipleObjects(THREAD_WAIT_OBJECTS, objects, WaitAny, nullptr,
                                                 nullptr, nullptr) == STATUS_WAIT_0);
    const emu::violation found = EMU_EXPECT_VIOLATION(
        rule::too_many_wait_objects,
        FsRtlCancellableWaitForMultipleObjects(THREAD_WAIT_OBJECTS + 1, objects, WaitAny, nullptr,
                                               nullptr, nullptr));
    CHECK(found.bug_check == 0xC);
}

TEST_BOTH("cancellable_wait: is no wait that may follow Wait = TRUE") {
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeSetEvent(&event, 0, TRUE);
    EMU_EXPECT_VIOLATION(rule::wait_due,
                         FsRtlCancellableWaitForSingleObject(&event, nullptr, nullptr));
}
