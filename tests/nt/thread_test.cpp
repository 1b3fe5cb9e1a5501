// System threads, their handles and references.
#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

struct record {
    KEVENT ran;
    HANDLE id = nullptr;
    PETHREAD thread = nullptr;
    record() { KeInitializeEvent(&ran, NotificationEvent, FALSE); }
};

VOID note_and_return(PVOID context) {
    auto *into = static_cast<record *>(context);
    into->id = PsGetCurrentThreadId();
    into->thread = PsGetCurrentThread();
    KeSetEvent(&into->ran, 0, FALSE);
}

VOID note_and_terminate(PVOID context) {
    note_and_return(context);
    PsTerminateSystemThread(STATUS_UNSUCCESSFUL);
    static_cast<record *>(context)->id = nullptr;  // never
}

HANDLE create(PKSTART_ROUTINE start, PVOID context, PCLIENT_ID client = nullptr) {
    HANDLE handle = nullptr;
    CHECK(PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, nullptr, nullptr, client, start,
                               context) == STATUS_SUCCESS);
    CHECK(handle != nullptr);
    return handle;
}

PVOID object_of(HANDLE handle) {
    PVOID object = nullptr;
    CHECK(ObReferenceObjectByHandle(handle, SYNCHRONIZE, *PsThreadType, KernelMode, &object,
                                    nullptr) == STATUS_SUCCESS);
    return object;
}

}  // namespace

TEST_CASE("thread: PsCreateSystemThread runs the routine, which may return or terminate") {
    for (const PKSTART_ROUTINE start : {note_and_return, note_and_terminate}) {
        on_both([start] {
            record made;
            CLIENT_ID client = {};
            const HANDLE handle = create(start, &made, &client);
            const PVOID thread = object_of(handle);
            CHECK(ZwClose(handle) == STATUS_SUCCESS);
            CHECK(wait_for(thread) == STATUS_SUCCESS);
            CHECK(made.id != nullptr);
            CHECK(made.thread == thread);
            CHECK(client.UniqueThread == made.id);
            CHECK(PsGetThreadId(static_cast<PETHREAD>(thread)) == made.id);
            CHECK(bits(made.id) % 4 == 0);
            ObDereferenceObject(thread);
        });
    }
}

TEST_BOTH("thread: the current thread is one address under both names, with an id of its own") {
    CHECK(bits(KeGetCurrentThread()) == bits(PsGetCurrentThread()));
    CHECK(PsGetThreadId(PsGetCurrentThread()) == PsGetCurrentThreadId());
    record other;
    const HANDLE handle = create(note_and_return, &other);
    wait_for(&other.ran);
    CHECK(other.id != PsGetCurrentThreadId());
    CHECK(other.thread != PsGetCurrentThread());
    ZwClose(handle);
}

TEST_BOTH("thread: a handle of the kernel's table has its bits") {
    record made;
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, OBJ_KERNEL_HANDLE, nullptr, nullptr);
    HANDLE handle = nullptr;
    PsCreateSystemThread(&handle, 0, &attributes, nullptr, nullptr, note_and_return, &made);
    CHECK(bits(handle) >= 0xFFFFFFFF80000000);
    wait_for(&made.ran);
    CHECK(ZwClose(handle) == STATUS_SUCCESS);
}

TEST_BOTH("thread: ObReferenceObjectByHandle checks the handle and the type") {
    record made;
    const HANDLE handle = create(note_and_return, &made);
    PVOID object = &made;
    CHECK(ObReferenceObjectByHandle(handle, 0, *ExEventObjectType, KernelMode, &object, nullptr) ==
          STATUS_OBJECT_TYPE_MISMATCH);
    CHECK(object == nullptr);
    CHECK(ObReferenceObjectByHandle(handle, 0, nullptr, KernelMode, &object, nullptr) ==
          STATUS_SUCCESS);
    ObDereferenceObject(object);
    for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{0x1000}, bits(handle) + 1}) {
        CHECK(ObReferenceObjectByHandle(reinterpret_cast<HANDLE>(value), 0, *PsThreadType,
                                        KernelMode, &object, nullptr) == STATUS_INVALID_HANDLE);
    }
    wait_for(&made.ran);
    ZwClose(handle);
    CHECK(ObReferenceObjectByHandle(handle, 0, *PsThreadType, KernelMode, &object, nullptr) ==
          STATUS_INVALID_HANDLE);
}

TEST_BOTH("thread: ObReferenceObjectByPointer checks the type") {
    PETHREAD self = PsGetCurrentThread();
    CHECK(ObReferenceObjectByPointer(self, 0, *PsThreadType, KernelMode) == STATUS_SUCCESS);
    CHECK(ObReferenceObjectByPointer(self, 0, *ExEventObjectType, KernelMode) ==
          STATUS_OBJECT_TYPE_MISMATCH);
    ObReferenceObject(self);
    ObDereferenceObject(self);
    ObDereferenceObject(self);
}

TEST_BOTH("thread: ZwClose twice reports invalid_handle, 0x93") {
    record made;
    const HANDLE handle = create(note_and_return, &made);
    wait_for(&made.ran);
    CHECK(ZwClose(handle) == STATUS_SUCCESS);
    const emu::violation found = EMU_EXPECT_VIOLATION(rule::invalid_handle, ZwClose(handle));
    CHECK(found.bug_check == INVALID_KERNEL_HANDLE);
    CHECK(found.parameters[0] == bits(handle));
}

TEST_CASE("thread: bug check 0x93 has 1 for an invalid handle") {
    on_both([] {
        check_bug_check(
            EMU_EXPECT_BUGCHECK(INVALID_KERNEL_HANDLE, ZwClose(reinterpret_cast<HANDLE>(0x1000))),
            INVALID_KERNEL_HANDLE, 0x1000, 1);
    });
}

TEST_SIMULATED("thread: a dereference too many reports reference_count_underflow, 0xC4/0x3F") {
    const PVOID self = KeGetCurrentThread();
    ObReferenceObject(self);
    ObDereferenceObject(self);
    check_bug_check(
        EMU_EXPECT_VIOLATION(rule::reference_count_underflow, ObDereferenceObject(self)),
        DRIVER_VERIFIER_DETECTED_VIOLATION, 0x3F, bits(self), static_cast<std::uint64_t>(-1));
}

TEST_CASE("thread: a dereference too many of an ended thread is reported") {
    emu::run(
        [] {
            record made;
            const HANDLE handle = create(note_and_return, &made);
            const PVOID thread = object_of(handle);
            wait_for(thread);
            ZwClose(handle);
            ObDereferenceObject(thread);
            EMU_EXPECT_VIOLATION(rule::none, ObDereferenceObject(thread));
        },
        options_for(emu::backend::simulated));
}

TEST_BOTH("thread: a dereference of what is no object reports wrong_object_type, 0x18") {
    int no_object = 0;
    check_bug_check(EMU_EXPECT_VIOLATION(rule::wrong_object_type, ObDereferenceObject(&no_object)),
                    REFERENCE_BY_POINTER, 0, bits(&no_object));
}

TEST_BOTH("thread: a null object reports null_object") {
    EMU_EXPECT_VIOLATION(rule::null_object, ObReferenceObject(nullptr));
}

TEST_NATIVE("thread: PsTerminateSystemThread by the host's thread reports not_a_system_thread") {
    check_no_bug_check(
        EMU_EXPECT_VIOLATION(rule::not_a_system_thread, PsTerminateSystemThread(STATUS_SUCCESS)));
}

TEST_CASE("thread, free: PsTerminateSystemThread by the host's thread returns a status") {
    emu::run([] { CHECK(PsTerminateSystemThread(STATUS_SUCCESS) == STATUS_INVALID_PARAMETER); },
             options_for(emu::backend::native, emu::fidelity::free));
}

TEST_BOTH("thread: without a start routine PsCreateSystemThread reports null_object") {
    HANDLE handle = nullptr;
    EMU_EXPECT_VIOLATION(rule::null_object, PsCreateSystemThread(&handle, 0, nullptr, nullptr,
                                                                 nullptr, nullptr, nullptr));
}

TEST_CASE("thread: calls for PASSIVE_LEVEL report irql_too_high above it") {
    struct row {
        void (*call)();
        std::uint64_t type;
    };
    const row rows[] = {{[] { create(note_and_return, nullptr); }, 0x2001C},
                        {[] { object_of(nullptr); }, 0x2001B},
                        {[] { ZwClose(nullptr); }, 0x2001F}};
    for (const row &each : rows) {
        CAPTURE(each.type);
        on_both([&] {
            raise_to(APC_LEVEL);
            const emu::violation found = EMU_EXPECT_VIOLATION(rule::irql_too_high, each.call());
            CHECK(found.bug_check == DRIVER_VERIFIER_DETECTED_VIOLATION);
            CHECK(found.parameters[0] == each.type);
        });
    }
}

TEST_CASE("thread: an exception that leaves a driver's thread is a finding") {
    const emu::exploration_result found = emu::search([] {
        const PKSTART_ROUTINE start = [](PVOID) -> VOID { throw std::runtime_error("lost"); };
        HANDLE handle = nullptr;
        PsCreateSystemThread(&handle, 0, nullptr, nullptr, nullptr, start, nullptr);
        const PVOID thread = object_of(handle);
        wait_for(thread);
    });
    CHECK(found.which == rule::uncaught_exception);
    CHECK(found.report.find("lost") != std::string::npos);
}

TEST_BOTH("thread: an exception of an emu::system_thread arrives at its join") {
    emu::system_thread thread{[] { throw std::runtime_error("mine"); }};
    CHECK_THROWS_WITH(thread.join(), "mine");
}

TEST_BOTH("thread: NtCurrentThread stands for the calling thread") {
    PVOID object = nullptr;
    CHECK(ObReferenceObjectByHandle(NtCurrentThread(), THREAD_ALL_ACCESS, *PsThreadType,
                                    KernelMode, &object, nullptr) == STATUS_SUCCESS);
    CHECK(object == KeGetCurrentThread());
    ObDereferenceObject(object);
}
