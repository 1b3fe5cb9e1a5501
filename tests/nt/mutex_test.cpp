// Mutexes and mutants: states, ownership, the critical region, abandonment, misuse.
#include <string>

#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

struct mutex : KMUTEX {
    mutex() { KeInitializeMutex(this, 0); }
};

struct mutant : KMUTANT {
    explicit mutant(bool owned = false) { KeInitializeMutant(this, static_cast<BOOLEAN>(owned)); }
};

constexpr std::uint32_t system_thread_exception = 0x7E;

void check_raises(NTSTATUS status, const emu::violation &found) {
    CHECK(found.bug_check == system_thread_exception);
    CHECK(static_cast<std::uint32_t>(found.parameters[0]) == static_cast<std::uint32_t>(status));
}

}  // namespace

TEST_BOTH("mutex: KeInitializeMutex fills the public structure") {
    mutex lock;
    CHECK(lock.Header.Type == 2);
    CHECK(lock.Header.Size == sizeof(KMUTANT) / 4);
    CHECK(lock.Header.SignalState == 1);
    CHECK(lock.OwnerThread == nullptr);
    CHECK(lock.Abandoned == FALSE);
    CHECK(lock.ApcDisable == 1);
    CHECK(KeReadStateMutex(&lock) == 1);
}

TEST_BOTH("mutex: a wait makes the thread its owner, a release gives it up") {
    mutex lock;
    CHECK(wait_for(&lock) == STATUS_SUCCESS);
    CHECK(KeReadStateMutex(&lock) == 0);
    CHECK(lock.OwnerThread == KeGetCurrentThread());
    CHECK(KeReleaseMutex(&lock, FALSE) == 0);
    CHECK(KeReadStateMutex(&lock) == 1);
    CHECK(lock.OwnerThread == nullptr);
}

TEST_BOTH("mutex: the first acquire disables normal kernel APCs, the last release enables them") {
    mutex lock;
    wait_for(&lock);
    CHECK(KeAreApcsDisabled());
    CHECK_FALSE(KeAreAllApcsDisabled());
    CHECK(KeWaitForMutexObject(&lock, Executive, KernelMode, FALSE, nullptr) == STATUS_SUCCESS);
    CHECK(lock.Header.SignalState == -1);
    CHECK(KeReleaseMutex(&lock, FALSE) == -1);
    CHECK(KeAreApcsDisabled());
    CHECK(KeReleaseMutex(&lock, FALSE) == 0);
    CHECK_FALSE(KeAreApcsDisabled());
}

TEST_BOTH("mutex: a mutant leaves the APC counters alone and may begin owned") {
    mutant lock(true);
    CHECK(KeReadStateMutant(&lock) == 0);
    CHECK_FALSE(KeAreApcsDisabled());
    CHECK(poll(&lock) == STATUS_SUCCESS);
    CHECK(KeReleaseMutant(&lock, 0, FALSE, FALSE) == -1);
    CHECK(KeReleaseMutant(&lock, 0, FALSE, FALSE) == 0);
    CHECK(KeReadStateMutant(&lock) == 1);
}

TEST_BOTH("mutex: another thread's polls and timed waits time out while it is held") {
    mutex lock;
    wait_for(&lock);
    emu::system_thread{[&] {
        CHECK(poll(&lock) == STATUS_TIMEOUT);
        LARGE_INTEGER soon;
        soon.QuadPart = -10;
        CHECK(KeWaitForSingleObject(&lock, Executive, KernelMode, FALSE, &soon) == STATUS_TIMEOUT);
        CHECK_FALSE(KeAreApcsDisabled());
    }}.join();
    KeReleaseMutex(&lock, FALSE);
}

TEST_BOTH("mutex: it excludes, and whoever waits is in the critical region when it has it") {
    mutex lock;
    int inside = 0, total = 0;
    const auto body = [&] {
        for (int i = 0; i < 200; ++i) {
            wait_for(&lock);
            CHECK(++inside == 1);
            CHECK(KeAreApcsDisabled());
            ++total;
            --inside;
            KeReleaseMutex(&lock, FALSE);
            CHECK_FALSE(KeAreApcsDisabled());
        }
    };
    emu::system_thread other{body}, third{body};
    body();
    other.join(), third.join();
    CHECK(total == 600);
}

TEST_SIMULATED("mutex: a release hands it to the first waiter, which it stays with") {
    mutex lock;
    std::string order;
    wait_for(&lock);
    emu::system_thread waiter{[&] {
        wait_for(&lock);
        order += 'w';
        KeReleaseMutex(&lock, FALSE);
    }};
    let_others_run();
    KeReleaseMutex(&lock, FALSE);
    CHECK(poll(&lock) == STATUS_TIMEOUT);
    wait_for(&lock);
    order += 'm';
    KeReleaseMutex(&lock, FALSE);
    waiter.join();
    CHECK(order == "wm");
}

TEST_BOTH("mutex: with Wait TRUE the release returns at DISPATCH_LEVEL and the wait restores") {
    mutex first, second;
    wait_for(&first);
    CHECK(KeReleaseMutex(&first, TRUE) == 0);
    CHECK(KeGetCurrentIrql() == DISPATCH_LEVEL);
    CHECK(wait_for(&second) == STATUS_SUCCESS);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    KeReleaseMutex(&second, FALSE);
}

TEST_BOTH("mutex: acquired by a poll and released at DISPATCH_LEVEL is silent") {
    mutex lock;
    const KIRQL before = raise_to(DISPATCH_LEVEL);
    CHECK(poll(&lock) == STATUS_SUCCESS);
    KeReleaseMutex(&lock, FALSE);
    KeLowerIrql(before);
}

TEST_BOTH("mutex: acquired at DISPATCH_LEVEL and released below reports mutex_level_mismatch") {
    mutex lock;
    const KIRQL before = raise_to(DISPATCH_LEVEL);
    poll(&lock);
    KeLowerIrql(before);
    check_no_bug_check(
        EMU_EXPECT_VIOLATION(rule::mutex_level_mismatch, KeReleaseMutex(&lock, FALSE)));
}

TEST_BOTH("mutex: acquired at PASSIVE_LEVEL and released at APC_LEVEL is silent") {
    mutex lock;
    wait_for(&lock);
    const KIRQL before = raise_to(APC_LEVEL);
    KeReleaseMutex(&lock, FALSE);
    KeLowerIrql(before);
}

TEST_BOTH("mutex: a release by a thread that does not own it raises STATUS_MUTANT_NOT_OWNED") {
    mutex lock;
    check_raises(STATUS_MUTANT_NOT_OWNED,
                 EMU_EXPECT_VIOLATION(rule::uncaught_exception, KeReleaseMutex(&lock, FALSE)));
}

TEST_BOTH_FREE("mutex: in free fidelity, too, a release by a stranger raises") {
    mutex lock;
    KEVENT held, done;
    KeInitializeEvent(&held, NotificationEvent, FALSE);
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    emu::system_thread holder{[&] {
        wait_for(&lock);
        KeSetEvent(&held, 0, FALSE);
        wait_for(&done);
        KeReleaseMutex(&lock, FALSE);
    }};
    wait_for(&held);
    check_raises(STATUS_MUTANT_NOT_OWNED,
                 EMU_EXPECT_VIOLATION(rule::uncaught_exception, KeReleaseMutex(&lock, FALSE)));
}

TEST_BOTH("mutex: acquired as often as can be, once more raises STATUS_MUTANT_LIMIT_EXCEEDED") {
    mutex lock;
    wait_for(&lock);
    lock.Header.SignalState = static_cast<LONG>(MINLONG);
    check_raises(STATUS_MUTANT_LIMIT_EXCEEDED,
                 EMU_EXPECT_VIOLATION(rule::uncaught_exception, wait_for(&lock)));
}

TEST_SIMULATED("mutex: a thread that ends and owns one is bug check 0x4000008A") {
    mutex lock;
    emu::system_thread{[&] {
        wait_for(&lock);
        const emu::violation found = EMU_EXPECT_VIOLATION(rule::held_at_thread_exit,
                                                          PsTerminateSystemThread(STATUS_SUCCESS));
        CHECK(found.bug_check == 0x4000008A);
        CHECK(found.parameters[1] == bits(static_cast<KMUTEX *>(&lock)));
    }}.join();
}

TEST_BOTH("mutex: a thread that ends and owns a mutant abandons it, and the next owner is told") {
    mutant lock;
    emu::system_thread{[&] { wait_for(&lock); }}.join();
    CHECK(lock.Abandoned == TRUE);
    CHECK(KeReadStateMutant(&lock) == 1);
    CHECK(wait_for(&lock) == STATUS_ABANDONED);
    CHECK(lock.Abandoned == FALSE);
    CHECK(lock.OwnerThread == KeGetCurrentThread());
    CHECK(poll(&lock) == STATUS_SUCCESS);
    KeReleaseMutant(&lock, 0, FALSE, FALSE);
    KeReleaseMutant(&lock, 0, FALSE, FALSE);
}

TEST_SIMULATED("mutex: a waiter of an abandoned mutant is told its index") {
    mutant first(true), second;
    NTSTATUS status = STATUS_UNSUCCESSFUL;
    emu::system_thread holder{[&] {
        wait_for(&second);
        let_others_run(10);
    }};
    let_others_run();
    emu::system_thread waiter{[&] {
        PVOID both[] = {&first, &second};
        status = KeWaitForMultipleObjects(2, both, WaitAny, Executive, KernelMode, FALSE, nullptr,
                                          nullptr);
        KeReleaseMutant(&second, 0, FALSE, FALSE);
    }};
    holder.join(), waiter.join();
    CHECK(status == STATUS_ABANDONED_WAIT_0 + 1);
    KeReleaseMutant(&first, 0, FALSE, FALSE);
}

TEST_BOTH("mutex: KeReleaseMutant with Abandoned takes it away from its owner") {
    mutant lock;
    wait_for(&lock);
    CHECK(KeReleaseMutant(&lock, 0, TRUE, FALSE) == 0);
    CHECK(lock.OwnerThread == nullptr);
    CHECK(wait_for(&lock) == STATUS_ABANDONED);
    KeReleaseMutant(&lock, 0, FALSE, FALSE);
}

TEST_BOTH("mutex: a release of an abandoned mutant raises STATUS_ABANDONED") {
    mutant lock;
    wait_for(&lock);
    KeReleaseMutant(&lock, 0, TRUE, FALSE);
    check_raises(STATUS_ABANDONED, EMU_EXPECT_VIOLATION(rule::uncaught_exception,
                                                        KeReleaseMutant(&lock, 0, FALSE, FALSE)));
}

TEST_BOTH("mutex: a wait in user mode reports user_mode_wait_on_mutex") {
    mutex lock;
    check_no_bug_check(
        EMU_EXPECT_VIOLATION(rule::user_mode_wait_on_mutex,
                             KeWaitForSingleObject(&lock, UserRequest, UserMode, FALSE, nullptr)));
}

TEST_BOTH("mutex: an event where a mutex is wanted reports wrong_object_type") {
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    EMU_EXPECT_VIOLATION(rule::wrong_object_type,
                         KeReleaseMutex(reinterpret_cast<PRKMUTEX>(&event), FALSE));
}

TEST_BOTH("mutex: a release above DISPATCH_LEVEL reports irql_too_high, 0xC4/0x20011") {
    mutex lock;
    raise_to(3);
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::irql_too_high, KeReleaseMutex(&lock, FALSE));
    CHECK(found.bug_check == DRIVER_VERIFIER_DETECTED_VIOLATION);
    CHECK(found.parameters[0] == 0x20011);
}

TEST_BOTH("mutex: freeing the memory of a held one reports freed_while_held") {
    auto *lock =
        static_cast<PRKMUTEX>(ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(KMUTEX), 'xtuM'));
    KeInitializeMutex(lock, 0);
    wait_for(lock);
    EMU_EXPECT_VIOLATION(rule::freed_while_held, ExFreePool(lock));
}

TEST_BOTH("mutex: freeing the memory of one that was released is silent") {
    auto *lock =
        static_cast<PRKMUTEX>(ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(KMUTEX), 'xtuM'));
    KeInitializeMutex(lock, 0);
    wait_for(lock);
    KeReleaseMutex(lock, FALSE);
    ExFreePool(lock);
}

TEST_CASE("mutex: two taken in opposite orders are found as a deadlock") {
    const emu::exploration_result result = emu::search([] {
        mutex a, b;
        emu::system_thread other{[&] {
            wait_for(&b), wait_for(&a);
            KeReleaseMutex(&a, FALSE), KeReleaseMutex(&b, FALSE);
        }};
        wait_for(&a), wait_for(&b);
        KeReleaseMutex(&b, FALSE), KeReleaseMutex(&a, FALSE);
        other.join();
    });
    CHECK(result.failed);
    CHECK(result.which == rule::deadlock);
    CHECK(result.report.find("mutex") != std::string::npos);
}

TEST_CASE("mutex: two taken in one order pass every schedule") {
    emu::exploration how;
    how.schedules = 200;
    CHECK_FALSE(emu::search(
                    [] {
                        mutex a, b;
                        const auto body = [&] {
                            wait_for(&a), wait_for(&b);
                            KeReleaseMutex(&b, FALSE), KeReleaseMutex(&a, FALSE);
                        };
                        emu::system_thread other{body};
                        body();
                        other.join();
                    },
                    how)
                    .failed);
}
