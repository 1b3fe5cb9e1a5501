// Critical and guarded regions and the two queries.
#include "both_backends.hpp"

using namespace tests;
using emu::rule;

TEST_BOTH("region: a critical region disables normal kernel APCs, not all") {
    CHECK_FALSE(KeAreApcsDisabled());
    KeEnterCriticalRegion();
    CHECK(KeAreApcsDisabled());
    CHECK_FALSE(KeAreAllApcsDisabled());
    KeLeaveCriticalRegion();
    CHECK_FALSE(KeAreApcsDisabled());
}

TEST_BOTH("region: a guarded region disables all APCs") {
    KeEnterGuardedRegion();
    CHECK(KeAreApcsDisabled());
    CHECK(KeAreAllApcsDisabled());
    KeLeaveGuardedRegion();
    CHECK_FALSE(KeAreApcsDisabled());
    CHECK_FALSE(KeAreAllApcsDisabled());
}

TEST_BOTH("region: both nest, mix and unwind in any order") {
    KeEnterCriticalRegion();
    KeEnterGuardedRegion();
    KeEnterCriticalRegion();
    KeLeaveCriticalRegion();
    KeLeaveCriticalRegion();
    CHECK(KeAreApcsDisabled());
    CHECK(KeAreAllApcsDisabled());
    KeEnterCriticalRegion();
    KeLeaveGuardedRegion();
    CHECK(KeAreApcsDisabled());
    CHECK_FALSE(KeAreAllApcsDisabled());
    KeLeaveCriticalRegion();
    CHECK_FALSE(KeAreApcsDisabled());
}

TEST_BOTH("region: KeAreApcsDisabled ignores the level, KeAreAllApcsDisabled does not") {
    for (const KIRQL level : {APC_LEVEL, DISPATCH_LEVEL}) {
        const KIRQL before = raise_to(level);
        CHECK_FALSE(KeAreApcsDisabled());
        CHECK(KeAreAllApcsDisabled());
        KeLowerIrql(before);
    }
    CHECK_FALSE(KeAreAllApcsDisabled());
}

TEST_BOTH("region: the file system names are the critical region") {
    FsRtlEnterFileSystem();
    CHECK(KeAreApcsDisabled());
    FsRtlExitFileSystem();
    CHECK_FALSE(KeAreApcsDisabled());
}

TEST_BOTH("region: regions belong to the thread and are legal at APC_LEVEL") {
    KeEnterGuardedRegion();
    BOOLEAN other = TRUE;
    emu::system_thread{[&] { other = KeAreApcsDisabled(); }}.join();
    CHECK_FALSE(other);
    KeLeaveGuardedRegion();
    const KIRQL before = raise_to(APC_LEVEL);
    KeEnterCriticalRegion();
    KeEnterGuardedRegion();
    KeLeaveGuardedRegion();
    KeLeaveCriticalRegion();
    KeLowerIrql(before);
}

TEST_BOTH("region: leave of a critical region never entered reports it, 0xC4/0x3E") {
    KeEnterGuardedRegion();  // the other counter does not help
    check_bug_check(EMU_EXPECT_VIOLATION(rule::leave_without_enter, KeLeaveCriticalRegion()),
                    DRIVER_VERIFIER_DETECTED_VIOLATION, 0x3E);
}

TEST_BOTH("region: leave of a guarded region never entered reports it") {
    KeEnterCriticalRegion();
    check_no_bug_check(EMU_EXPECT_VIOLATION(rule::leave_without_enter, KeLeaveGuardedRegion()));
}

TEST_BOTH_FREE("region, free: an unpaired leave gives +1, which counts as disabled too") {
    KeLeaveCriticalRegion();
    CHECK(KeAreApcsDisabled());
    CHECK_FALSE(KeAreAllApcsDisabled());
    KeEnterCriticalRegion();
    CHECK_FALSE(KeAreApcsDisabled());
    KeLeaveGuardedRegion();
    CHECK(KeAreApcsDisabled());
    CHECK(KeAreAllApcsDisabled());
    KeEnterGuardedRegion();
    CHECK_FALSE(KeAreApcsDisabled());
}

TEST_CASE("region: all four routines above APC_LEVEL report irql_too_high") {
    struct row {
        void (*call)();
        std::uint64_t type;
    };
    const row rows[] = {{[] { KeEnterCriticalRegion(); }, 0x11A},
                        {[] { KeLeaveCriticalRegion(); }, 0x11B},
                        {[] { KeEnterGuardedRegion(); }, 0x20010},
                        {[] { KeLeaveGuardedRegion(); }, 0x20010}};
    for (const row &each : rows) {
        CAPTURE(each.type);
        on_both([&] {
            KeEnterCriticalRegion();
            KeEnterGuardedRegion();
            raise_to(DISPATCH_LEVEL);
            const emu::violation found = EMU_EXPECT_VIOLATION(rule::irql_too_high, each.call());
            CHECK(found.bug_check == DRIVER_VERIFIER_DETECTED_VIOLATION);
            CHECK(found.parameters[0] == each.type);
            if (each.type < 0x20000) {
                CHECK(found.parameters[1] == DISPATCH_LEVEL);
            }
        });
    }
}

TEST_BOTH("region: KeAreApcsDisabled above DISPATCH_LEVEL reports irql_too_high") {
    raise_to(HIGH_LEVEL);
    check_no_bug_check(EMU_EXPECT_VIOLATION(rule::irql_too_high, KeAreApcsDisabled()));
}
