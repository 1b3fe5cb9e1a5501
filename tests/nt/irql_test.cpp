// Levels: raising, lowering, and what survives a wait.
#include "both_backends.hpp"

using namespace tests;
using emu::rule;

TEST_BOTH(
    "irql: a thread starts at PASSIVE_LEVEL; raise returns the old level, lower restores it") {
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    for (int level = 0; level <= HIGH_LEVEL; ++level) {
        KIRQL before = 99;
        KeRaiseIrql(static_cast<KIRQL>(level), &before);
        CHECK(before == PASSIVE_LEVEL);
        CHECK(KeGetCurrentIrql() == level);
        KeLowerIrql(before);
        CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    }
}

TEST_BOTH("irql: raises nest") {
    CHECK(raise_to(APC_LEVEL) == PASSIVE_LEVEL);
    CHECK(raise_to(DISPATCH_LEVEL) == APC_LEVEL);
    CHECK(raise_to(HIGH_LEVEL) == DISPATCH_LEVEL);
    KeLowerIrql(DISPATCH_LEVEL);
    KeLowerIrql(APC_LEVEL);
    CHECK(KeGetCurrentIrql() == APC_LEVEL);
    KeLowerIrql(PASSIVE_LEVEL);
}

TEST_BOTH("irql: raising or lowering to the current level changes nothing") {
    CHECK(raise_to(PASSIVE_LEVEL) == PASSIVE_LEVEL);
    KeLowerIrql(PASSIVE_LEVEL);
    raise_to(DISPATCH_LEVEL);
    CHECK(raise_to(DISPATCH_LEVEL) == DISPATCH_LEVEL);
    KeLowerIrql(DISPATCH_LEVEL);
    CHECK(KeGetCurrentIrql() == DISPATCH_LEVEL);
    KeLowerIrql(PASSIVE_LEVEL);
}

TEST_BOTH("irql: KeRaiseIrqlToDpcLevel, KeRaiseIrqlToSynchLevel and KfLowerIrql") {
    CHECK(KeRaiseIrqlToDpcLevel() == PASSIVE_LEVEL);
    CHECK(KeGetCurrentIrql() == DISPATCH_LEVEL);
    CHECK(KeRaiseIrqlToDpcLevel() == DISPATCH_LEVEL);
    CHECK(KeRaiseIrqlToSynchLevel() == DISPATCH_LEVEL);
    CHECK(KeGetCurrentIrql() == 12);
    KfLowerIrql(PASSIVE_LEVEL);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

TEST_BOTH("irql: each thread has its own level, which survives a wait") {
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    const KIRQL before = raise_to(APC_LEVEL);
    KIRQL other = 99;
    emu::system_thread thread{[&] {
        other = KeGetCurrentIrql();
        KeSetEvent(&event, 0, FALSE);
    }};
    wait_for(&event);
    CHECK(KeGetCurrentIrql() == APC_LEVEL);
    KeLowerIrql(before);
    thread.join();
    CHECK(other == PASSIVE_LEVEL);
}

TEST_BOTH("irql: raise below the current level reports irql_raised_downwards, 0xC4/0x30") {
    raise_to(DISPATCH_LEVEL);
    check_bug_check(EMU_EXPECT_VIOLATION(rule::irql_raised_downwards, raise_to(APC_LEVEL)),
                    DRIVER_VERIFIER_DETECTED_VIOLATION, 0x30, DISPATCH_LEVEL, APC_LEVEL);
}

TEST_BOTH("irql: lower above the current level reports irql_lowered_upwards, 0xC4/0x31") {
    check_bug_check(EMU_EXPECT_VIOLATION(rule::irql_lowered_upwards, KeLowerIrql(APC_LEVEL)),
                    DRIVER_VERIFIER_DETECTED_VIOLATION, 0x31, PASSIVE_LEVEL, APC_LEVEL);
}

TEST_BOTH("irql: a level above HIGH_LEVEL reports irql_invalid on the way up") {
    check_bug_check(EMU_EXPECT_VIOLATION(rule::irql_invalid, raise_to(16)),
                    DRIVER_VERIFIER_DETECTED_VIOLATION, 0x30, PASSIVE_LEVEL, 16);
}

TEST_BOTH("irql: a level above HIGH_LEVEL reports irql_invalid on the way down") {
    raise_to(HIGH_LEVEL);
    check_bug_check(EMU_EXPECT_VIOLATION(rule::irql_invalid, KfLowerIrql(255)),
                    DRIVER_VERIFIER_DETECTED_VIOLATION, 0x31, HIGH_LEVEL, 255);
}

TEST_BOTH("irql: KeRaiseIrqlToDpcLevel above DISPATCH_LEVEL reports irql_too_high") {
    raise_to(HIGH_LEVEL);
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::irql_too_high, KeRaiseIrqlToDpcLevel());
    CHECK(found.bug_check == DRIVER_VERIFIER_DETECTED_VIOLATION);
    CHECK(found.parameters[0] == 0x20011);
}

TEST_BOTH_FREE("irql, free: raise goes downwards and lower goes upwards") {
    raise_to(DISPATCH_LEVEL);
    CHECK(raise_to(APC_LEVEL) == DISPATCH_LEVEL);
    CHECK(KeGetCurrentIrql() == APC_LEVEL);
    KeLowerIrql(HIGH_LEVEL);
    CHECK(KeGetCurrentIrql() == HIGH_LEVEL);
    KeLowerIrql(PASSIVE_LEVEL);
}

TEST_CASE("irql: at DISPATCH_LEVEL on the only processor a thread is alone with the others") {
    emu::exploration how;
    how.machine.processors = 1;
    how.schedules = 200;
    const auto body = [](KIRQL level) {
        return [level] {
            int inside = 0;
            KEVENT event;
            KeInitializeEvent(&event, NotificationEvent, FALSE);
            const auto alone = [&] {
                const KIRQL before = raise_to(level);
                EMU_CHECK(++inside == 1);
                KeReadStateEvent(&event);  // a scheduling point
                --inside;
                KeLowerIrql(before);
            };
            emu::system_thread first{alone}, second{alone};
            first.join(), second.join();
        };
    };
    const emu::exploration_result safe = emu::search(body(DISPATCH_LEVEL), how);
    INFO(safe.report);
    CHECK_FALSE(safe.failed);
    CHECK(emu::search(body(APC_LEVEL), how).which == rule::check_failed);
}

TEST_BOTH("irql: KzRaiseIrql and KzLowerIrql raise and lower") {
    CHECK(KzRaiseIrql(APC_LEVEL) == PASSIVE_LEVEL);
    CHECK(KzRaiseIrql(HIGH_LEVEL) == APC_LEVEL);
    CHECK(KeGetCurrentIrql() == HIGH_LEVEL);
    KzLowerIrql(APC_LEVEL);
    CHECK(KeGetCurrentIrql() == APC_LEVEL);
    KzLowerIrql(PASSIVE_LEVEL);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

TEST_BOTH("irql: KzRaiseIrql downwards is irql_raised_downwards, to the same level nothing") {
    raise_to(DISPATCH_LEVEL);
    CHECK(KzRaiseIrql(DISPATCH_LEVEL) == DISPATCH_LEVEL);
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::irql_raised_downwards, KzRaiseIrql(APC_LEVEL));
    CHECK(found.parameters[0] == 0x30);
}

TEST_BOTH("irql: KzLowerIrql upwards is irql_lowered_upwards, to the same level nothing") {
    KzLowerIrql(PASSIVE_LEVEL);
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::irql_lowered_upwards, KzLowerIrql(APC_LEVEL));
    CHECK(found.parameters[0] == 0x31);
}
