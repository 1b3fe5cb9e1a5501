// Events by handle or name: made, opened, set, waited for, closed.
#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

UNICODE_STRING named(PCWSTR text) {
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, text);
    return name;
}

OBJECT_ATTRIBUTES attributes_of(UNICODE_STRING &name, ULONG flags = OBJ_KERNEL_HANDLE) {
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, flags, nullptr, nullptr);
    return attributes;
}

NTSTATUS poll_handle(HANDLE handle) {
    LARGE_INTEGER none;
    none.QuadPart = 0;
    return ZwWaitForSingleObject(handle, FALSE, &none);
}

}  // namespace

TEST_BOTH("event_handle: IoCreate makes an event that is signalled, and opens it by its name") {
    UNICODE_STRING name = named(L"\\BaseNamedObjects\\Ready");
    HANDLE first = nullptr, second = nullptr;
    PKEVENT made = IoCreateNotificationEvent(&name, &first);
    REQUIRE(made != nullptr);
    CHECK(made->Header.Type == NotificationEvent);
    CHECK(KeReadStateEvent(made) == 1);
    KeClearEvent(made);
    CHECK(IoCreateNotificationEvent(&name, &second) == made);
    CHECK(KeReadStateEvent(made) == 0);
    CHECK(first != second);
    CHECK(ZwClose(first) == STATUS_SUCCESS);
    KeSetEvent(made, 0, FALSE);
    CHECK(ZwClose(second) == STATUS_SUCCESS);
    CHECK(IoCreateSynchronizationEvent(&name, &first)->Header.Type == SynchronizationEvent);
    ZwClose(first);
}

TEST_BOTH("event_handle: ZwCreateEvent, ZwSetEvent and ZwWaitForSingleObject work by handle") {
    HANDLE handle = nullptr;
    REQUIRE(ZwCreateEvent(&handle, EVENT_ALL_ACCESS, nullptr, SynchronizationEvent, FALSE) ==
            STATUS_SUCCESS);
    CHECK(poll_handle(handle) == STATUS_TIMEOUT);
    LONG before = 7;
    CHECK(ZwSetEvent(handle, &before) == STATUS_SUCCESS);
    CHECK(before == 0);
    CHECK(ZwSetEvent(handle, &before) == STATUS_SUCCESS);
    CHECK(before == 1);
    CHECK(poll_handle(handle) == STATUS_SUCCESS);
    CHECK(poll_handle(handle) == STATUS_TIMEOUT);
    PVOID body = nullptr;
    CHECK(ObReferenceObjectByHandle(handle, EVENT_MODIFY_STATE, *ExEventObjectType, KernelMode,
                                    &body, nullptr) == STATUS_SUCCESS);
    ZwClose(handle);
    KeSetEvent(static_cast<PRKEVENT>(body), 0, FALSE);
    CHECK(poll(body) == STATUS_SUCCESS);
    ObDereferenceObject(body);
}

TEST_BOTH("event_handle: names collide, or are opened with OBJ_OPENIF") {
    UNICODE_STRING name = named(L"\\BaseNamedObjects\\Once"), other = named(L"\\Other");
    OBJECT_ATTRIBUTES plain = attributes_of(name), open = attributes_of(name, OBJ_OPENIF),
                      missing = attributes_of(other);
    HANDLE first = nullptr, second = nullptr, third = nullptr;
    CHECK(ZwCreateEvent(&first, 0, &plain, NotificationEvent, TRUE) == STATUS_SUCCESS);
    CHECK(ZwCreateEvent(&second, 0, &plain, NotificationEvent, TRUE) ==
          STATUS_OBJECT_NAME_COLLISION);
    CHECK(ZwCreateEvent(&second, 0, &open, NotificationEvent, FALSE) == STATUS_OBJECT_NAME_EXISTS);
    CHECK(poll_handle(second) == STATUS_SUCCESS);
    CHECK(ZwOpenEvent(&third, 0, &plain) == STATUS_SUCCESS);
    CHECK(poll_handle(third) == STATUS_SUCCESS);
    ZwClose(first), ZwClose(second), ZwClose(third);
    CHECK(ZwOpenEvent(&third, 0, &missing) == STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK(ZwOpenEvent(&third, 0, &plain) == STATUS_OBJECT_NAME_NOT_FOUND);
}

TEST_BOTH("event_handle: handles that are none, or of a thread, are refused") {
    CHECK(ZwSetEvent(reinterpret_cast<HANDLE>(0x44), nullptr) == STATUS_INVALID_HANDLE);
    CHECK(poll_handle(reinterpret_cast<HANDLE>(0x44)) == STATUS_INVALID_HANDLE);
    HANDLE thread = nullptr;
    const auto body = [](PVOID) -> VOID {};
    REQUIRE(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr, body,
                                 nullptr) == STATUS_SUCCESS);
    CHECK(ZwSetEvent(thread, nullptr) == STATUS_OBJECT_TYPE_MISMATCH);
    CHECK(ZwWaitForSingleObject(thread, FALSE, nullptr) == STATUS_SUCCESS);
    ZwClose(thread);
    HANDLE event = nullptr;
    CHECK(ZwCreateEvent(&event, 0, nullptr, static_cast<EVENT_TYPE>(5), FALSE) ==
          STATUS_INVALID_PARAMETER);
}

TEST_BOTH("event_handle: creating one above PASSIVE_LEVEL reports irql_too_high, 0xC4/0x2000D") {
    UNICODE_STRING name = named(L"\\BaseNamedObjects\\High");
    HANDLE handle = nullptr;
    raise_to(APC_LEVEL);
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::irql_too_high, IoCreateSynchronizationEvent(&name, &handle));
    CHECK(found.bug_check == DRIVER_VERIFIER_DETECTED_VIOLATION);
    CHECK(found.parameters[0] == 0x2000D);
}

TEST_BOTH("event_handle: the Zw routines above PASSIVE_LEVEL report irql_too_high, 0xC4/0xE6") {
    HANDLE handle = nullptr;
    raise_to(APC_LEVEL);
    const emu::violation found = EMU_EXPECT_VIOLATION(
        rule::irql_too_high, ZwCreateEvent(&handle, 0, nullptr, NotificationEvent, FALSE));
    CHECK(found.parameters[0] == 0xE6);
}

TEST_BOTH("event_handle: ZwWaitForSingleObject is a wait that may follow Wait = TRUE") {
    HANDLE handle = nullptr;
    CHECK(ZwCreateEvent(&handle, EVENT_ALL_ACCESS, nullptr, NotificationEvent, TRUE) ==
          STATUS_SUCCESS);
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeSetEvent(&event, 0, TRUE);
    CHECK(ZwWaitForSingleObject(handle, FALSE, nullptr) == STATUS_SUCCESS);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    ZwClose(handle);
}
