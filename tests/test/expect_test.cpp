// Expectations: what they catch, what they say otherwise, and the machine's death.
#include <future>
#include <stdexcept>
#include <string>
#include <thread>

#include "child_process.hpp"
#include "push_lock_routines.hpp"

using namespace tests;
using emu::rule;

namespace {

void recurse(EX_PUSH_LOCK &lock) {
    ExAcquirePushLockExclusive(&lock);
    ExAcquirePushLockExclusive(&lock);
}

template <class Body>
std::string failure_of(const Body &body) {
    try {
        body();
    } catch (const emu::test_failure &failure) {
        return failure.what();
    }
    return "";
}

}  // namespace

TEST_BOTH("expect: the violation comes back with its detail, and the body goes no further") {
    EX_PUSH_LOCK lock = 0;
    bool after = false;
    KeEnterCriticalRegion();
    const emu::violation found = emu::expect_violation(rule::recursive_acquire, [&] {
        recurse(lock);
        after = true;
    });
    CHECK(found.which == rule::recursive_acquire);
    CHECK(contains(found.detail, "exclusively"));
    CHECK_FALSE(after);
}

TEST_BOTH("expect: the body runs in the same thread, with its locks and its level") {
    EX_PUSH_LOCK lock = 0;
    const std::uint64_t self = this_thread();
    KeEnterCriticalRegion();
    ExAcquirePushLockExclusive(&lock);
    raise_to(APC_LEVEL);
    EMU_EXPECT_VIOLATION(rule::recursive_acquire, ([&] {
                             CHECK(this_thread() == self);
                             CHECK(KeGetCurrentIrql() == APC_LEVEL);
                             CHECK(KeAreApcsDisabled());
                             ExAcquirePushLockExclusive(&lock);
                         }()));
}

TEST_BOTH("expect: rule::none accepts any rule") {
    CHECK(EMU_EXPECT_VIOLATION(rule::none, KeLowerIrql(3)).which == rule::irql_lowered_upwards);
}

TEST_BOTH("expect: no violation is a test_failure that says so, and the machine lives on") {
    const std::string told =
        failure_of([] { EMU_EXPECT_VIOLATION(rule::recursive_acquire, KeGetCurrentIrql()); });
    CHECK(told.starts_with("expect_test.cpp:"));
    CHECK(contains(told, "expected recursive_acquire, but no rule was broken"));
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

TEST_BOTH("expect: no bug check is a test_failure that says so") {
    const std::string told = failure_of([] { EMU_EXPECT_BUGCHECK(0x162, KeGetCurrentIrql()); });
    CHECK(contains(told, "expected bug check 0x162, but no rule was broken"));
}

TEST_BOTH("expect: another rule is a test_failure with its report") {
    const std::string told =
        failure_of([] { EMU_EXPECT_VIOLATION(rule::recursive_acquire, KeLowerIrql(APC_LEVEL)); });
    CHECK(contains(told, "expected recursive_acquire, but found another violation"));
    CHECK(contains(told, "irql_lowered_upwards"));
    CHECK(contains(told, "docs/rules/irql_lowered_upwards.md"));
}

TEST_BOTH("expect: another bug check is a test_failure with its report") {
    const std::string told =
        failure_of([] { EMU_EXPECT_BUGCHECK(0x162, KeBugCheckEx(0xE2, 0, 0, 0, 0)); });
    CHECK(contains(told, "expected bug check 0x162, but found another violation"));
    CHECK(contains(told, "0xE2"));
}

TEST_BOTH("expect: an exception of the body passes through") {
    CHECK_THROWS_WITH_AS(emu::expect_violation(rule::none, [] { throw std::logic_error("mine"); }),
                         "mine", std::logic_error);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

TEST_BOTH("expect: an inner expectation leaves the outer one alone") {
    const std::string told = failure_of([] {
        EMU_EXPECT_VIOLATION(rule::irql_invalid,
                             EMU_EXPECT_VIOLATION(rule::none, KeLowerIrql(APC_LEVEL)));
    });
    CHECK(contains(told, "expected irql_invalid, but no rule was broken"));
}

TEST_BOTH("expect: afterwards the machine is dead and every NT call reports machine_dead") {
    EMU_EXPECT_VIOLATION(rule::none, KeLowerIrql(3));
    EX_PUSH_LOCK lock = 0;
    KEVENT event;
    for (const acquire_routine &each : acquires) {
        check_no_bug_check(EMU_EXPECT_VIOLATION(rule::machine_dead, each.call(&lock)));
    }
    EMU_EXPECT_VIOLATION(rule::machine_dead, KeInitializeEvent(&event, NotificationEvent, TRUE));
    EMU_EXPECT_VIOLATION(rule::machine_dead, KeEnterCriticalRegion());
    EMU_EXPECT_VIOLATION(rule::machine_dead, KeGetCurrentIrql());
    EMU_EXPECT_VIOLATION(rule::machine_dead, raise_to(DISPATCH_LEVEL));
    EMU_EXPECT_VIOLATION(rule::machine_dead, ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, 'daeD'));
    EMU_EXPECT_VIOLATION(rule::machine_dead, emu::system_thread([] {}));
    CHECK(emu::detail::machine_dead());
}

TEST_CASE("expect: emu::boot revives: nothing is held, raised or disabled any more") {
    EX_PUSH_LOCK lock = 0;
    emu::boot();
    KeEnterCriticalRegion();
    ExAcquirePushLockExclusive(&lock);
    raise_to(APC_LEVEL);
    EMU_EXPECT_VIOLATION(rule::recursive_acquire, ExAcquirePushLockExclusive(&lock));
    emu::boot();
    CHECK_FALSE(emu::detail::machine_dead());
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    CHECK_FALSE(KeAreApcsDisabled());
    lock = 0;
    tests::exclusively(&lock);
    CHECK(lock == 0);
}

TEST_CASE("expect: each test case begins with a live machine, part one") {
    EMU_EXPECT_VIOLATION(rule::none, KeLowerIrql(3));
}

TEST_CASE("expect: each test case begins with a live machine, part two") {
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

TEST_BOTH("expect: the destructor of a system_thread does nothing after the machine's death") {
    KEVENT never;
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    emu::system_thread waits{[&] { wait_for(&never); }};
    emu::system_thread ended{[] {}};
    EMU_EXPECT_VIOLATION(rule::none, KeLowerIrql(3));
}

TEST_NATIVE(
    "expect: after the machine's death the other threads stop, parked or at their next call") {
    KEVENT never, started;
    EX_PUSH_LOCK lock = 0;
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    KeInitializeEvent(&started, NotificationEvent, FALSE);
    KeEnterCriticalRegion();
    ExAcquirePushLockExclusive(&lock);
    emu::system_thread on_event{[&] { wait_for(&never); }};
    emu::system_thread on_lock{[&] { tests::exclusively(&lock); }};
    emu::system_thread busy{[&] {
        for (;;) {
            KeSetEvent(&started, 0, FALSE);
        }
    }};
    wait_for(&started);
    EMU_EXPECT_VIOLATION(rule::recursive_acquire, ExAcquirePushLockExclusive(&lock));
}

TEST_CASE("expect: a host thread that the last machine knew starts over with an Flt acquire") {
    emu::boot();
    std::promise<void> known, rebooted;
    bool disabled = false;
    std::thread host{[&] {
        KeGetCurrentIrql();
        known.set_value();
        rebooted.get_future().wait();
        EX_PUSH_LOCK lock = 0;
        FltAcquirePushLockExclusive(&lock);
        disabled = KeAreApcsDisabled();
        KeEnterCriticalRegion();  // so that the release is legal in any case
        FltReleasePushLock(&lock);
        if (disabled) {
            KeLeaveCriticalRegion();
        }
    }};
    known.get_future().wait();
    emu::boot();
    rebooted.set_value();
    host.join();
    CHECK(disabled);
}

CHILD_CASE("child: an unexpected violation") {
    static EX_PUSH_LOCK first, second;
    emu::boot();
    KeEnterCriticalRegion();
    ExAcquirePushLockShared(&first);
    ExAcquirePushLockExclusive(&second);
    ExAcquirePushLockExclusive(&second);
}

TEST_CASE("expect: without one a violation ends the process with the report and exit code 86") {
    const child_result child = run_child("child: an unexpected violation");
    INFO(child.output);
    CHECK(child.exit_code == 86);
    CHECK(contains(child.output, "recursive_acquire: the thread already holds this lock"));
    CHECK(contains(child.output, "no bug check: Windows"));
    CHECK(contains(child.output, "it holds"));
    CHECK(contains(child.output, "shared, acquired at expect_test.cpp:"));
    CHECK(contains(child.output, "exclusive, acquired at expect_test.cpp:"));
    CHECK(contains(child.output, "docs/rules/recursive_acquire.md"));
}

CHILD_CASE("child: an unexpected violation with a bug check") {
    emu::boot();
    KeRaiseIrqlToSynchLevel();
    KeRaiseIrqlToDpcLevel();
}

TEST_CASE("expect: the report shows the bug check by name with its parameters in words") {
    const child_result child = run_child("child: an unexpected violation with a bug check");
    INFO(child.output);
    CHECK(child.exit_code == 86);
    CHECK(contains(child.output, "bug check 0xC4 DRIVER_VERIFIER_DETECTED_VIOLATION"));
    CHECK(contains(child.output, "parameter 1: 0x20011"));
    CHECK(contains(child.output, "IrqlKeDispatchLte"));
}

CHILD_CASE("child: a call to a dead machine") {
    EMU_EXPECT_VIOLATION(rule::none, KeLowerIrql(3));
    KeGetCurrentIrql();
}

TEST_CASE("expect: a call to a dead machine ends the process") {
    const child_result child = run_child("child: a call to a dead machine");
    INFO(child.output);
    CHECK(child.exit_code == 86);
    CHECK(contains(child.output, "machine_dead"));
    CHECK(contains(child.output, "KeGetCurrentIrql"));
}

CHILD_CASE("child: a host thread calls into a simulation") {
    emu::run([] { std::thread([] { KeGetCurrentIrql(); }).join(); },
             options_for(emu::backend::simulated));
}

TEST_CASE("expect: a host thread that calls into a simulation ends the process with a sentence") {
    const child_result child = run_child("child: a host thread calls into a simulation");
    INFO(child.output);
    CHECK(child.exit_code == 86);
    CHECK(contains(child.output, "host thread"));
    CHECK(contains(child.output, "emu::system_thread"));
}
