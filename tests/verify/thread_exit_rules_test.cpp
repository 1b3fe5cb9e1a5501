// What a thread may not leave behind: locks, regions, a raised level, memory with held locks.
#include <future>
#include <memory>

#include "child_process.hpp"
#include "push_lock_routines.hpp"

using namespace tests;
using emu::rule;

namespace {

constexpr ULONG tag = 'kcoL';

// Runs body, which ends in an expected violation, in a system thread.  Natively the main thread
// must not wait by emulated means: the machine's death would find it there.
template <class Body>
void in_a_dying_thread(const Body &body) {
    for (const emu::backend where : {emu::backend::native, emu::backend::simulated}) {
        CAPTURE(where == emu::backend::simulated);
        bool done = false;
        emu::run(
            [&] {
                auto finished = std::make_shared<std::promise<void>>();
                emu::system_thread thread{"dying", [&done, &body, finished] {
                                              body();
                                              done = true;
                                              finished->set_value();
                                          }};
                where == emu::backend::native ? finished->get_future().wait() : thread.join();
            },
            options_for(where));
        CHECK(done);
    }
}

// What a thread that returns from its start routine is told.
emu::exploration_result of_returning_thread(void (*body)()) {
    return emu::search([body] { emu::system_thread{"returning", body}.join(); });
}

EX_PUSH_LOCK kept;

}  // namespace

TEST_CASE(
    "push_lock: PsTerminateSystemThread with a lock held reports held_at_thread_exit, 0x153") {
    for (const acquire_routine &in : acquires) {
        CAPTURE(in.name);
        in_a_dying_thread([&] {
            EX_PUSH_LOCK lock = 0;
            const std::uint64_t self = this_thread();
            KeEnterCriticalRegion();
            in.call(&lock);
            const emu::violation found = EMU_EXPECT_VIOLATION(
                rule::held_at_thread_exit, PsTerminateSystemThread(STATUS_SUCCESS));
            check_bug_check(found, KERNEL_LOCK_ENTRY_LEAKED_ON_THREAD_TERMINATION, self,
                            found.parameters[1], 1);
            CHECK(found.parameters[1] != 0);
        });
    }
}

TEST_CASE("push_lock: a thread that returns with a lock held reports held_at_thread_exit") {
    for (const bool shared : {false, true}) {
        const emu::exploration_result found = shared ? of_returning_thread([] {
            kept = 0;
            FltAcquirePushLockShared(&kept);
        })
                                                     : of_returning_thread([] {
                                                           kept = 0;
                                                           FltAcquirePushLockExclusive(&kept);
                                                       });
        CHECK(found.which == rule::held_at_thread_exit);
        CHECK(contains(found.report, "0x153"));
        CHECK(contains(found.report, "returning"));
    }
}

TEST_BOTH("push_lock: a thread that released everything ends in silence") {
    EX_PUSH_LOCK lock = 0;
    emu::system_thread{[&] {
        FltAcquirePushLockExclusive(&lock);
        FltReleasePushLock(&lock);
    }}.join();
    emu::system_thread{[&] {
        FltAcquirePushLockShared(&lock);
        FltReleasePushLock(&lock);
        PsTerminateSystemThread(STATUS_SUCCESS);
    }}.join();
}

TEST_CASE("region: PsTerminateSystemThread in a critical region reports it, 0x20") {
    in_a_dying_thread([] {
        KeEnterCriticalRegion();
        KeEnterCriticalRegion();
        check_bug_check(EMU_EXPECT_VIOLATION(rule::apcs_disabled_at_thread_exit,
                                             PsTerminateSystemThread(STATUS_SUCCESS)),
                        KERNEL_APC_PENDING_DURING_EXIT, 0, static_cast<std::uint64_t>(-2),
                        PASSIVE_LEVEL);
    });
}

TEST_CASE(
    "region: PsTerminateSystemThread in a guarded region reports it, with a count not zero") {
    in_a_dying_thread([] {
        KeEnterGuardedRegion();
        const emu::violation found = EMU_EXPECT_VIOLATION(rule::apcs_disabled_at_thread_exit,
                                                          PsTerminateSystemThread(STATUS_SUCCESS));
        CHECK(found.bug_check == KERNEL_APC_PENDING_DURING_EXIT);
        CHECK(found.parameters[1] != 0);
    });
}

TEST_CASE(
    "region: a thread that returns from inside a region reports apcs_disabled_at_thread_exit") {
    CHECK(of_returning_thread([] { KeEnterCriticalRegion(); }).which ==
          rule::apcs_disabled_at_thread_exit);
    CHECK(of_returning_thread([] { KeEnterGuardedRegion(); }).which ==
          rule::apcs_disabled_at_thread_exit);
    CHECK_FALSE(of_returning_thread([] {
                    KeEnterGuardedRegion();
                    KeEnterCriticalRegion();
                    KeLeaveGuardedRegion();
                    KeLeaveCriticalRegion();
                }).failed);
}

TEST_CASE("irql: a thread that returns above PASSIVE_LEVEL reports irql_raised_at_thread_exit") {
    const emu::exploration_result found = of_returning_thread([] { raise_to(APC_LEVEL); });
    CHECK(found.which == rule::irql_raised_at_thread_exit);
    CHECK(contains(found.report, "0x20"));
    CHECK_FALSE(of_returning_thread([] { KeLowerIrql(raise_to(APC_LEVEL)); }).failed);
}

TEST_SIMULATED("irql: PsTerminateSystemThread above PASSIVE_LEVEL reports irql_too_high") {
    emu::system_thread{[] {
        raise_to(APC_LEVEL);
        const emu::violation found =
            EMU_EXPECT_VIOLATION(rule::irql_too_high, PsTerminateSystemThread(STATUS_SUCCESS));
        CHECK(found.bug_check == DRIVER_VERIFIER_DETECTED_VIOLATION);
        CHECK(found.parameters[0] == 0x2001C);
    }}.join();
}

TEST_BOTH("push_lock: freeing memory with a lock this thread holds reports freed_while_held") {
    auto *memory = static_cast<PEX_PUSH_LOCK>(ExAllocatePoolWithTag(NonPagedPoolNx, 64, tag));
    PEX_PUSH_LOCK lock = memory + 7;  // the last eight bytes
    ExInitializePushLock(lock);
    KeEnterCriticalRegion();
    ExAcquirePushLockShared(lock);
    check_no_bug_check(
        EMU_EXPECT_VIOLATION(rule::freed_while_held, ExFreePoolWithTag(memory, tag)));
}

TEST_BOTH("push_lock: freeing memory with a lock another thread holds reports freed_while_held") {
    auto *lock = static_cast<PEX_PUSH_LOCK>(ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, tag));
    KEVENT taken, never;
    KeInitializeEvent(&taken, NotificationEvent, FALSE);
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    emu::system_thread holder{"holder", [&] {
                                  FltAcquirePushLockExclusive(lock);
                                  KeSetEvent(&taken, 0, FALSE);
                                  wait_for(&never);
                              }};
    wait_for(&taken);
    const emu::violation found = EMU_EXPECT_VIOLATION(rule::freed_while_held, ExFreePool(lock));
    check_no_bug_check(found);
    CHECK(contains(found.detail, "holder"));
}

TEST_BOTH("push_lock: FltDeletePushLock of a held lock reports freed_while_held") {
    EX_PUSH_LOCK lock = 0;
    FltAcquirePushLockExclusive(&lock);
    check_no_bug_check(EMU_EXPECT_VIOLATION(rule::freed_while_held, FltDeletePushLock(&lock)));
}

TEST_BOTH("push_lock: freeing memory with a released lock, or beside a held one, is silent") {
    auto *first = static_cast<PEX_PUSH_LOCK>(ExAllocatePool2(POOL_FLAG_NON_PAGED, 64, tag));
    auto *second = static_cast<PEX_PUSH_LOCK>(ExAllocatePool2(POOL_FLAG_NON_PAGED, 64, tag));
    FltAcquirePushLockExclusive(first);
    ExFreePoolWithTag(second, tag);
    FltReleasePushLock(first);
    FltDeletePushLock(first);
    ExFreePoolWithTag(first, tag);
}

CHILD_CASE("child: the test body itself returns with a lock held") {
    static EX_PUSH_LOCK lock;
    emu::run([] { FltAcquirePushLockExclusive(&lock); }, options_for(emu::backend::native));
}

TEST_CASE("push_lock: a native test body that returns with a lock held ends the process") {
    const child_result child = run_child("child: the test body itself returns with a lock held");
    INFO(child.output);
    CHECK(child.exit_code == 86);
    CHECK(contains(child.output, "held_at_thread_exit"));
}

TEST_CASE("push_lock: a simulated test body that returns with a lock held fails the test") {
    static EX_PUSH_LOCK lock;
    lock = 0;
    CHECK_THROWS_AS(
        emu::run([] { FltAcquirePushLockExclusive(&lock); }, options_for(emu::backend::simulated)),
        emu::test_failure);
}
