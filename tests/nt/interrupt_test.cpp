// Interrupts: connected, raised, served at their level; and their spin lock.
#include <atomic>
#include <emu/interrupt.hpp>

#include "both_backends.hpp"
#include "dpc_bodies.hpp"

using namespace tests;
using emu::rule;

namespace {

constexpr KIRQL device_level = 7;

struct device {
    PKINTERRUPT interrupt = nullptr;
    std::function<void()> service;

    explicit device(std::function<void()> does, KAFFINITY processors = ~KAFFINITY{0},
                    KIRQL synchronize = device_level)
        : service(std::move(does)) {
        const NTSTATUS status = IoConnectInterrupt(
            &interrupt,
            [](PKINTERRUPT, PVOID context) -> BOOLEAN {
                static_cast<device *>(context)->service();
                return TRUE;
            },
            this, nullptr, 0x31, device_level, synchronize, LevelSensitive, FALSE, processors,
            FALSE);
        CHECK(status == STATUS_SUCCESS);
    }
};

}  // namespace

TEST_BOTH("interrupt: served now it runs at its level, as an ISR of the current thread") {
    const std::uint64_t thread = this_thread();
    KIRQL level = 0;
    std::uint64_t seen = 0;
    device one{[&] {
        level = KeGetCurrentIrql();
        seen = this_thread();
    }};
    emu::interrupt_now(one.interrupt);
    CHECK(level == device_level);
    CHECK(seen == thread);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    IoDisconnectInterrupt(one.interrupt);
}

TEST_BOTH("interrupt: raised it arrives by itself, on one of its processors") {
    std::atomic<ULONG> processor{99};
    std::atomic<int> level{0};
    KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    dpc_with dpc{[&] { KeSetEvent(&done, 0, FALSE); }};
    device one{[&] {
                   processor = KeGetCurrentProcessorNumber();
                   level = KeGetCurrentIrql();
                   KeInsertQueueDpc(&dpc, nullptr, nullptr);
               },
               1 << 2};
    CHECK(emu::raise_interrupt(one.interrupt));
    CHECK(wait_for(&done) == STATUS_SUCCESS);
    CHECK(processor == 2);
    CHECK(level == device_level);
    IoDisconnectInterrupt(one.interrupt);
    KeFlushQueuedDpcs();
}

TEST_BOTH("interrupt: one that is raised at a level above waits until that falls") {
    std::atomic<int> served{0};
    KeSetSystemAffinityThread(1);
    device one{[&] { ++served; }, 1};
    const KIRQL before = raise_to(device_level);
    CHECK(emu::raise_interrupt(one.interrupt));
    CHECK_FALSE(emu::raise_interrupt(one.interrupt));
    KeGetCurrentIrql();
    CHECK(served == 0);
    KeLowerIrql(DISPATCH_LEVEL);
    CHECK(served == 1);
    KeLowerIrql(before);
    IoDisconnectInterrupt(one.interrupt);
    KeRevertToUserAffinityThread();
}

TEST_BOTH("interrupt: KeSynchronizeExecution runs at SynchronizeIrql and returns what it does") {
    device one{[] {}, ~KAFFINITY{0}, 9};
    static KIRQL level;
    const auto routine = [](PVOID wanted) -> BOOLEAN {
        level = KeGetCurrentIrql();
        return *static_cast<BOOLEAN *>(wanted);
    };
    for (BOOLEAN wanted : {FALSE, TRUE}) {
        CHECK(KeSynchronizeExecution(one.interrupt, routine, &wanted) == wanted);
        CHECK(level == 9);
        CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    }
    IoDisconnectInterrupt(one.interrupt);
}

TEST_BOTH("interrupt: the spin lock raises to SynchronizeIrql and back") {
    device one{[] {}, ~KAFFINITY{0}, 9};
    const KIRQL before = KeAcquireInterruptSpinLock(one.interrupt);
    CHECK(before == PASSIVE_LEVEL);
    CHECK(KeGetCurrentIrql() == 9);
    KeReleaseInterruptSpinLock(one.interrupt, before);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    IoDisconnectInterrupt(one.interrupt);
}

TEST_BOTH("interrupt: IoConnectInterruptEx, fully specified; the driver's own lock") {
    KSPIN_LOCK lock = 0;
    PKINTERRUPT made = nullptr;
    static KSPIN_LOCK *the_lock;
    the_lock = &lock;
    static KSPIN_LOCK seen;
    IO_CONNECT_INTERRUPT_PARAMETERS how{};
    how.Version = CONNECT_FULLY_SPECIFIED;
    how.FullySpecified.InterruptObject = &made;
    how.FullySpecified.ServiceRoutine = [](PKINTERRUPT, PVOID) -> BOOLEAN {
        seen = *the_lock;
        return TRUE;
    };
    how.FullySpecified.SpinLock = &lock;
    how.FullySpecified.Irql = how.FullySpecified.SynchronizeIrql = device_level;
    how.FullySpecified.ProcessorEnableMask = 0xF;
    CHECK(IoConnectInterruptEx(&how) == STATUS_SUCCESS);
    emu::interrupt_now(made);
    CHECK(seen == 1);
    CHECK(lock == 0);
    IO_DISCONNECT_INTERRUPT_PARAMETERS end{};
    end.Version = CONNECT_FULLY_SPECIFIED;
    end.ConnectionContext.InterruptObject = made;
    IoDisconnectInterruptEx(&end);
    how.Version = CONNECT_LINE_BASED;
    CHECK(IoConnectInterruptEx(&how) == STATUS_NOT_SUPPORTED);
    how.Version = CONNECT_FULLY_SPECIFIED;
    how.FullySpecified.SynchronizeIrql = device_level - 1;
    CHECK(IoConnectInterruptEx(&how) == STATUS_INVALID_PARAMETER);
}

TEST_BOTH("interrupt: KeSynchronizeExecution above SynchronizeIrql reports irql_too_high") {
    device one{[] {}};
    raise_to(HIGH_LEVEL);
    EMU_EXPECT_VIOLATION(
        rule::irql_too_high,
        KeSynchronizeExecution(one.interrupt, [](PVOID) -> BOOLEAN { return TRUE; }, nullptr));
}

TEST_BOTH("interrupt: its lock taken twice reports recursive_acquire, and Windows hangs") {
    device one{[] {}};
    KeAcquireInterruptSpinLock(one.interrupt);
    check_no_bug_check(
        EMU_EXPECT_VIOLATION(rule::recursive_acquire, KeAcquireInterruptSpinLock(one.interrupt)));
}

TEST_BOTH("interrupt: KeSynchronizeExecution inside its ISR reports recursive_acquire") {
    device one{[&] {
        KeSynchronizeExecution(one.interrupt, [](PVOID) -> BOOLEAN { return TRUE; }, nullptr);
    }};
    check_no_bug_check(
        EMU_EXPECT_VIOLATION(rule::recursive_acquire, emu::interrupt_now(one.interrupt)));
}

TEST_BOTH("interrupt: its lock released while nobody holds it reports unheld_release") {
    device one{[] {}};
    EMU_EXPECT_VIOLATION(rule::unheld_release,
                         KeReleaseInterruptSpinLock(one.interrupt, PASSIVE_LEVEL));
}

TEST_BOTH("interrupt: an ISR that returns at another level reports 0xC4/0x111") {
    device one{[] { raise_to(HIGH_LEVEL); }};
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::irql_changed_by_callback, emu::interrupt_now(one.interrupt));
    CHECK(found.bug_check == DRIVER_VERIFIER_DETECTED_VIOLATION);
    CHECK(found.parameters[0] == 0x111);
}

TEST_BOTH_FREE("interrupt, free: an ISR that returns at another level is 0xC8") {
    device one{[] { raise_to(HIGH_LEVEL); }};
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::irql_changed_by_callback, emu::interrupt_now(one.interrupt));
    CHECK(found.bug_check == 0xC8);
    CHECK(found.parameters[0] == (15U << 16 | device_level << 8 | 3U));
}

TEST_BOTH("interrupt: used after IoDisconnectInterrupt it is reported") {
    device one{[] {}};
    IoDisconnectInterrupt(one.interrupt);
    EMU_EXPECT_VIOLATION(rule::freed_object, KeAcquireInterruptSpinLock(one.interrupt));
}

TEST_CASE("interrupt: it arrives at any point below its level, and not inside its lock") {
    emu::exploration how;
    how.schedules = 300;
    const auto body = [](bool locked, KIRQL level) {
        return [=] {
            int counter = 0;
            dpc_with any{[] {}};
            device one{[&] { ++counter; }, 1};
            KeSetSystemAffinityThread(1);
            const KIRQL before =
                locked ? KeAcquireInterruptSpinLock(one.interrupt) : raise_to(level);
            emu::raise_interrupt(one.interrupt);
            const int seen = counter;
            KeRemoveQueueDpc(&any);  // a scheduling point at any level
            counter = seen + 1;
            locked ? KeReleaseInterruptSpinLock(one.interrupt, before) : KeLowerIrql(before);
            while (counter == seen + 1 && seen == 0) {
                let_others_run();
            }
            EMU_CHECK(counter == 2);
            IoDisconnectInterrupt(one.interrupt);
            KeRevertToUserAffinityThread();
        };
    };
    how.machine.step_limit = 300;
    const emu::exploration_result safe = emu::search(body(true, 0), how);
    INFO(safe.report);
    CHECK_FALSE(safe.failed);
    CHECK(emu::search(body(false, PASSIVE_LEVEL), how).failed);
    CHECK(emu::search(body(false, DISPATCH_LEVEL), how).failed);
    CHECK_FALSE(emu::search(body(false, device_level), how).failed);
}
