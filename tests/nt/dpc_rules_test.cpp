// What a DPC must not do, and what must not be done to one.
#include "both_backends.hpp"
#include "dpc_bodies.hpp"

using namespace tests;
using emu::rule;

namespace {

KEVENT never;

template <class Body>
void run_as_dpc(Body body) {
    dpc_with dpc{std::move(body)};
    KeInsertQueueDpc(&dpc, nullptr, nullptr);
}

}  // namespace

TEST_BOTH_FREE("dpc rules, free: a routine that leaves a critical region open reports 0xC7/4") {
    const emu::violation found = EMU_EXPECT_VIOLATION(rule::apcs_changed_by_callback,
                                                      run_as_dpc([] { KeEnterCriticalRegion(); }));
    check_bug_check(found, 0xC7, 4, bits(&dpc_with::run), 0, ~std::uint64_t{0});
}

TEST_BOTH_FREE("dpc rules, free: regions that a routine enters and leaves are no matter") {
    KeEnterCriticalRegion();
    run_as_dpc([] {
        KeEnterGuardedRegion();
        KeLeaveGuardedRegion();
    });
    KeLeaveCriticalRegion();
}

TEST_BOTH("dpc rules: a routine that returns raised reports irql_changed_by_callback") {
    check_no_bug_check(EMU_EXPECT_VIOLATION(rule::irql_changed_by_callback,
                                            run_as_dpc([] { raise_to(HIGH_LEVEL); })));
}

TEST_BOTH("dpc rules: lowering below DISPATCH_LEVEL inside a DPC reports 0xC4/0x31") {
    check_bug_check(EMU_EXPECT_VIOLATION(rule::irql_lowered_in_callback,
                                         run_as_dpc([] { KeLowerIrql(PASSIVE_LEVEL); })),
                    DRIVER_VERIFIER_DETECTED_VIOLATION, 0x31, DISPATCH_LEVEL, PASSIVE_LEVEL, 1);
}

TEST_BOTH_FREE("dpc rules, free: a DPC that lowers or raises the level goes on, as on retail") {
    int runs = 0;
    run_as_dpc([&] {
        KeLowerIrql(PASSIVE_LEVEL);
        ++runs;
    });
    run_as_dpc([&] {
        raise_to(HIGH_LEVEL);
        ++runs;
    });
    CHECK(runs == 2);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

TEST_BOTH("dpc rules: a blocking wait in a DPC reports wait_at_dispatch_level, 0xC4/0x121") {
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::wait_at_dispatch_level, run_as_dpc([] { wait_for(&never); }));
    CHECK(found.bug_check == DRIVER_VERIFIER_DETECTED_VIOLATION);
    CHECK(found.parameters[0] == 0x121);
}

TEST_BOTH_FREE("dpc rules, free: a blocking wait in a DPC is bug check 0xB8") {
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    const std::uint64_t thread = this_thread();
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::wait_at_dispatch_level, run_as_dpc([] { wait_for(&never); }));
    CHECK(found.bug_check == 0xB8);
    CHECK(found.parameters[0] == thread);
}

TEST_BOTH("dpc rules: a DPC may poll with a zero timeout") {
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    NTSTATUS status = 0;
    run_as_dpc([&] { status = poll(&never); });
    CHECK(status == STATUS_TIMEOUT);
}

TEST_BOTH("dpc rules: a zero KDPC was never initialised") {
    KDPC dpc{};
    EMU_EXPECT_VIOLATION(rule::overwritten_object, KeInsertQueueDpc(&dpc, nullptr, nullptr));
}

TEST_BOTH("dpc rules: KeInitializeDpc of a queued one reports initialised_while_queued") {
    dpc_with dpc{[] {}};
    raise_to(DISPATCH_LEVEL);
    KeInsertQueueDpc(&dpc, nullptr, nullptr);
    check_no_bug_check(EMU_EXPECT_VIOLATION(rule::initialised_while_queued,
                                            KeInitializeDpc(&dpc, run_dpc_body, nullptr)));
}

TEST_BOTH("dpc rules: freed while queued reports 0xC7/1, freed after it ran does not") {
    const auto make = [] {
        auto *dpc =
            static_cast<PKDPC>(ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(KDPC), 'dpcT'));
        KeInitializeDpc(dpc, [](PRKDPC, PVOID, PVOID, PVOID) {}, nullptr);
        return dpc;
    };
    const PKDPC ran = make();
    KeInsertQueueDpc(ran, nullptr, nullptr);
    ExFreePoolWithTag(ran, 'dpcT');
    const PKDPC queued = make();
    raise_to(DISPATCH_LEVEL);
    KeInsertQueueDpc(queued, nullptr, nullptr);
    check_bug_check(
        EMU_EXPECT_VIOLATION(rule::freed_while_queued, ExFreePoolWithTag(queued, 'dpcT')), 0xC7, 1,
        bits(queued), bits(queued), bits(queued) + sizeof(KDPC));
}

TEST_BOTH("dpc rules: a target processor that there is not reports 0xC7/3") {
    dpc_with dpc{[] {}};
    check_bug_check(
        EMU_EXPECT_VIOLATION(rule::invalid_processor, KeSetTargetProcessorDpc(&dpc, 4)), 0xC7, 3,
        bits(static_cast<PKDPC>(&dpc)), 4, 4);
}

TEST_BOTH("dpc rules: KeSetTargetProcessorDpcEx refuses a processor that there is not") {
    dpc_with dpc{[] {}};
    PROCESSOR_NUMBER none{0, 4, 0};
    CHECK(KeSetTargetProcessorDpcEx(&dpc, &none) == STATUS_INVALID_PARAMETER);
    none = {1, 0, 0};
    CHECK(KeSetTargetProcessorDpcEx(&dpc, &none) == STATUS_INVALID_PARAMETER);
}

TEST_BOTH("dpc rules: an importance that there is not reports invalid_parameter") {
    dpc_with dpc{[] {}};
    EMU_EXPECT_VIOLATION(rule::invalid_parameter,
                         KeSetImportanceDpc(&dpc, static_cast<KDPC_IMPORTANCE>(9)));
}

TEST_BOTH("dpc rules: KeFlushQueuedDpcs above PASSIVE_LEVEL reports irql_too_high") {
    raise_to(DISPATCH_LEVEL);
    check_no_bug_check(EMU_EXPECT_VIOLATION(rule::irql_too_high, KeFlushQueuedDpcs()));
}

TEST_BOTH_FREE("dpc rules, free: a timer's DPC that leaves a region open reports 0xC7/5") {
    KTIMER timer;
    KeInitializeTimer(&timer);
    dpc_with dpc{[] { KeEnterGuardedRegion(); }};
    LARGE_INTEGER due;
    due.QuadPart = 0;
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::apcs_changed_by_callback, KeSetTimer(&timer, due, &dpc));
    CHECK(found.bug_check == 0xC7);
    CHECK(found.parameters[0] == 5);
}

TEST_BOTH("dpc rules: a lock of the routine's own that it keeps reports held_at_callback_end") {
    static PKINTERRUPT interrupt;
    CHECK(IoConnectInterrupt(
              &interrupt, [](PKINTERRUPT, PVOID) -> BOOLEAN { return TRUE; }, nullptr, nullptr, 1,
              5, 5, Latched, FALSE, 1, FALSE) == STATUS_SUCCESS);
    check_no_bug_check(EMU_EXPECT_VIOLATION(
        rule::held_at_callback_end, run_as_dpc([] { KeAcquireInterruptSpinLock(interrupt); })));
}

TEST_BOTH("dpc rules: a lock that the interrupted thread holds is none of the routine's") {
    PKINTERRUPT interrupt;
    IoConnectInterrupt(
        &interrupt, [](PKINTERRUPT, PVOID) -> BOOLEAN { return TRUE; }, nullptr, nullptr, 1, 5, 5,
        Latched, FALSE, 1, FALSE);
    EX_PUSH_LOCK lock;
    FltInitializePushLock(&lock);
    FltAcquirePushLockExclusive(&lock);
    run_as_dpc([&] {
        const KIRQL before = KeAcquireInterruptSpinLock(interrupt);
        KeReleaseInterruptSpinLock(interrupt, before);
    });
    FltReleasePushLock(&lock);
    IoDisconnectInterrupt(interrupt);
}

TEST_CASE("dpc rules: a violation in a DPC of another processor tells the DPC's story") {
    emu::exploration how;
    how.schedules = 20;
    const emu::exploration_result result = emu::search(
        [] {
            dpc_with dpc{[] { raise_to(HIGH_LEVEL); }};
            KeSetTargetProcessorDpc(&dpc, 1);
            KeInsertQueueDpc(&dpc, nullptr, nullptr);
            KeFlushQueuedDpcs();
        },
        how);
    CHECK(result.which == rule::irql_changed_by_callback);
    CHECK(result.report.find("DPC on processor 1") != std::string::npos);
}
