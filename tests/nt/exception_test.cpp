// Raising, without a __try in sight: statuses, levels, probes, what an uncaught one becomes.
#include <cstdlib>

#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

constexpr NTSTATUS some_status = static_cast<NTSTATUS>(0xE0000042);

}  // namespace

TEST_BOTH("exception: the statuses that the routines raise") {
    EMU_EXPECT_RAISE(some_status, ExRaiseStatus(some_status));
    EMU_EXPECT_RAISE(some_status, RtlRaiseStatus(some_status));
    EMU_EXPECT_RAISE(STATUS_ACCESS_VIOLATION, ExRaiseAccessViolation());
    EMU_EXPECT_RAISE(STATUS_DATATYPE_MISALIGNMENT, ExRaiseDatatypeMisalignment());
    EXCEPTION_RECORD record = {};
    record.ExceptionCode = some_status;
    EMU_EXPECT_RAISE(some_status, RtlRaiseException(&record));
    CHECK(record.ExceptionAddress != nullptr);
    CHECK_FALSE(emu::status_raised_by([] { KeGetCurrentIrql(); }).has_value());
}

TEST_BOTH("exception: guarded bodies nest, and the innermost gets the status") {
    EMU_EXPECT_RAISE(some_status, [] {
        EMU_EXPECT_RAISE(STATUS_UNSUCCESSFUL, ExRaiseStatus(STATUS_UNSUCCESSFUL));
        ExRaiseStatus(some_status);
    }());
}

TEST_BOTH("exception: EMU_EXPECT_RAISE fails for another status and for none") {
    CHECK_THROWS_AS(EMU_EXPECT_RAISE(some_status, ExRaiseStatus(STATUS_UNSUCCESSFUL)),
                    emu::test_failure);
    CHECK_THROWS_AS(EMU_EXPECT_RAISE(some_status, KeGetCurrentIrql()), emu::test_failure);
    CHECK_THROWS_AS(static_cast<void>(emu::status_raised_by([] { throw std::bad_alloc(); })),
                    std::bad_alloc);
    EMU_EXPECT_RAISE(some_status, ExRaiseStatus(some_status));
}

TEST_BOTH("exception: one that nobody accepts is uncaught_exception, 0x7E with the status") {
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::uncaught_exception, ExRaiseStatus(some_status));
    CHECK(found.bug_check == 0x7E);
    CHECK(found.parameters[0] == 0xE0000042);
    CHECK(found.parameters[1] != 0);
}

TEST_CASE("exception: one that leaves a system thread is uncaught_exception") {
    const auto raising = [](PVOID) { ExRaiseStatus(some_status); };
    const emu::exploration_result found = emu::search([&] {
        HANDLE thread = nullptr;
        PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr, raising,
                             nullptr);
    });
    CHECK(found.failed);
    CHECK(found.which == rule::uncaught_exception);
    CHECK(found.report.find("0x7E SYSTEM_THREAD_EXCEPTION_NOT_HANDLED") != std::string::npos);
    CHECK(found.report.find("status 0xE0000042 was raised") != std::string::npos);
}

TEST_BOTH("exception: a raise keeps the level, the region and the lock") {
    EX_PUSH_LOCK lock = 0;
    EMU_EXPECT_RAISE(some_status, [&] {
        KeEnterCriticalRegion();
        ExAcquirePushLockExclusive(&lock);
        raise_to(APC_LEVEL);
        ExRaiseStatus(some_status);
    }());
    CHECK(KeGetCurrentIrql() == APC_LEVEL);
    CHECK(KeAreApcsDisabled());
    CHECK(lock != 0);
    KeLowerIrql(PASSIVE_LEVEL);
    ExReleasePushLockExclusive(&lock);
    KeLeaveCriticalRegion();
}

TEST_CASE("exception: a lock that a raise left held is held_at_thread_exit") {
    const emu::exploration_result found = emu::search([] {
        static EX_PUSH_LOCK lock;
        lock = 0;
        emu::system_thread{"raising",
                           [] {
                               EMU_EXPECT_RAISE(some_status, [] {
                                   KeEnterCriticalRegion();
                                   ExAcquirePushLockExclusive(&lock);
                                   ExRaiseStatus(some_status);
                               }());
                           }}
            .join();
    });
    CHECK(found.which == rule::held_at_thread_exit);
}

TEST_BOTH("exception: ExRaiseStatus above APC_LEVEL is irql_too_high, 0xC4 0x20008") {
    raise_to(DISPATCH_LEVEL);
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::irql_too_high, ExRaiseStatus(some_status));
    CHECK(found.bug_check == DRIVER_VERIFIER_DETECTED_VIOLATION);
    CHECK(found.parameters[0] == 0x20008);
}

TEST_CASE("exception: ExRaiseAccessViolation and its like are for PASSIVE_LEVEL") {
    for (const auto routine : {ExRaiseAccessViolation, ExRaiseDatatypeMisalignment}) {
        on_both([routine] {
            raise_to(APC_LEVEL);
            const emu::violation found = EMU_EXPECT_VIOLATION(rule::irql_too_high, routine());
            CHECK(found.parameters[0] == 0x20008);
        });
        on_both([routine] { CHECK(emu::status_raised_by([&] { routine(); }).has_value()); });
    }
}

TEST_BOTH_FREE("exception: retail Windows raises at any level") {
    raise_to(DISPATCH_LEVEL);
    EMU_EXPECT_RAISE(some_status, ExRaiseStatus(some_status));
    KeLowerIrql(PASSIVE_LEVEL);
}

TEST_BOTH("probe: what is aligned and in the user's range passes, and so does length zero") {
    ULONG words[4] = {1, 2, 3, 4};
    ProbeForRead(words, sizeof words, 4);
    ProbeForRead(reinterpret_cast<char *>(words) + 1, 3, 1);
    ProbeForWrite(words, sizeof words, 4);
    CHECK(words[3] == 4);
    ProbeForRead(reinterpret_cast<PVOID>(~ULONG_PTR{0}), 0, 4);
    ProbeForWrite(reinterpret_cast<PVOID>(~ULONG_PTR{0}), 0, 4);
    ProbeForRead(reinterpret_cast<PVOID>(MmUserProbeAddress - 16), 16, 8);  // reads nothing
}

TEST_BOTH("probe: misaligned raises STATUS_DATATYPE_MISALIGNMENT") {
    ULONG words[4] = {};
    for (const ULONG alignment : {2U, 4U, 8U, 16U}) {
        auto *odd = reinterpret_cast<char *>(words) + 1;
        EMU_EXPECT_RAISE(STATUS_DATATYPE_MISALIGNMENT, ProbeForRead(odd, 2, alignment));
        EMU_EXPECT_RAISE(STATUS_DATATYPE_MISALIGNMENT, ProbeForWrite(odd, 2, alignment));
    }
}

TEST_BOTH("probe: beyond the user's range, or around the end, raises STATUS_ACCESS_VIOLATION") {
    const auto last = reinterpret_cast<PVOID>(MmUserProbeAddress - 16);
    EMU_EXPECT_RAISE(STATUS_ACCESS_VIOLATION, ProbeForRead(last, 17, 1));
    EMU_EXPECT_RAISE(STATUS_ACCESS_VIOLATION, ProbeForRead(MmSystemRangeStart, 1, 1));
    EMU_EXPECT_RAISE(STATUS_ACCESS_VIOLATION, ProbeForRead(last, ~SIZE_T{0} - 8, 1));
    EMU_EXPECT_RAISE(STATUS_ACCESS_VIOLATION, ProbeForWrite(MmSystemRangeStart, 1, 1));
    CHECK(bits(MmHighestUserAddress) < MmUserProbeAddress);
}

TEST_CASE("probe: for PASSIVE_LEVEL and APC_LEVEL, with the alignments of the page") {
    on_both([] {
        ULONG word = 0;
        raise_to(APC_LEVEL);
        ProbeForRead(&word, sizeof word, 4);
        raise_to(DISPATCH_LEVEL);
        const emu::violation found =
            EMU_EXPECT_VIOLATION(rule::irql_too_high, ProbeForRead(&word, sizeof word, 4));
        CHECK(found.parameters[0] == 0x20006);
    });
    on_both([] {
        ULONG word = 0;
        raise_to(DISPATCH_LEVEL);
        EMU_EXPECT_VIOLATION(rule::irql_too_high, ProbeForWrite(&word, sizeof word, 4));
    });
    on_both([] {
        ULONG word = 0;
        check_no_bug_check(
            EMU_EXPECT_VIOLATION(rule::invalid_parameter, ProbeForRead(&word, sizeof word, 3)));
    });
}

TEST_BOTH("exception: what filters ask") {
    CHECK(ExSystemExceptionFilter() == EXCEPTION_CONTINUE_SEARCH);
    CHECK(ExGetPreviousMode() == KernelMode);
    CHECK_FALSE(FsRtlIsNtstatusExpected(STATUS_ACCESS_VIOLATION));
    CHECK_FALSE(FsRtlIsNtstatusExpected(STATUS_DATATYPE_MISALIGNMENT));
    CHECK(FsRtlIsNtstatusExpected(STATUS_IN_PAGE_ERROR));
    CHECK(FsRtlNormalizeNtstatus(STATUS_DISK_FULL, some_status) == STATUS_DISK_FULL);
    CHECK(FsRtlNormalizeNtstatus(STATUS_ACCESS_VIOLATION, some_status) == some_status);
}

TEST_BOTH("exception: a DPC has blocks of its own, and no handler of the system's above them") {
    KDPC dpc;
    static bool caught;
    caught = false;
    KeInitializeDpc(
        &dpc,
        [](PKDPC, PVOID, PVOID, PVOID) {
            caught = emu::status_raised_by([] { RtlRaiseStatus(some_status); }) == some_status;
        },
        nullptr);
    KeInsertQueueDpc(&dpc, nullptr, nullptr);
    CHECK(caught);
    KeInitializeDpc(
        &dpc, [](PKDPC, PVOID, PVOID, PVOID) { RtlRaiseStatus(some_status); }, nullptr);
    const emu::violation found = emu::expect_violation(rule::uncaught_exception, [&] {
        // The interrupted thread's block is not the DPC's.
        static_cast<void>(
            emu::status_raised_by([&] { KeInsertQueueDpc(&dpc, nullptr, nullptr); }));
    });
    CHECK(found.bug_check == KMODE_EXCEPTION_NOT_HANDLED);
    CHECK(found.parameters[0] == 0xE0000042);
}
