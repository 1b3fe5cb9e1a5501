// Spin lock rules: each fires where it must, and is silent next to that.
#include <memory>

#include "spin_lock_routines.hpp"

using namespace tests;
using emu::rule;

namespace {

constexpr std::uint32_t verifier = DRIVER_VERIFIER_DETECTED_VIOLATION;

// Runs on a fresh machine, at DISPATCH_LEVEL for pairs that do not raise.
template <class Body>
void for_each_pair(const Body &body) {
    for (const spin_lock_pair &pair : spin_lock_pairs) {
        CAPTURE(pair.name);
        on_both([&] {
            if (!pair.raises) {
                raise_to(DISPATCH_LEVEL);
            }
            body(pair);
        });
    }
}

KIRQL acquire(PKSPIN_LOCK lock) {
    KIRQL before;
    KeAcquireSpinLock(lock, &before);
    return before;
}

}  // namespace

TEST_CASE("spin_lock: a second acquire by the holder reports recursive_acquire, 0xF") {
    for_each_pair([](const spin_lock_pair &pair) {
        KSPIN_LOCK lock = 0;
        KLOCK_QUEUE_HANDLE first, second;
        pair.acquire(&lock, &first);
        check_bug_check(
            EMU_EXPECT_VIOLATION(rule::recursive_acquire, pair.acquire(&lock, &second)),
            SPIN_LOCK_ALREADY_OWNED);
    });
}

TEST_CASE("spin_lock: the system's locks report recursive_acquire too") {
    on_both([] {
        KIRQL before;
        IoAcquireCancelSpinLock(&before);
        check_bug_check(
            EMU_EXPECT_VIOLATION(rule::recursive_acquire, IoAcquireCancelSpinLock(&before)),
            SPIN_LOCK_ALREADY_OWNED);
    });
    on_both([] {
        KIRQL before;
        IoAcquireVpbSpinLock(&before);
        EMU_EXPECT_VIOLATION(rule::recursive_acquire, IoAcquireVpbSpinLock(&before));
    });
    on_both([] {
        KeAcquireQueuedSpinLock(LockQueueBcbLock);
        EMU_EXPECT_VIOLATION(rule::recursive_acquire, KeAcquireQueuedSpinLock(LockQueueBcbLock));
    });
}

TEST_CASE("spin_lock: acquiring again after the release, and another lock meanwhile, is silent") {
    for_each_pair([](const spin_lock_pair &pair) {
        KSPIN_LOCK lock = 0, other = 0;
        KLOCK_QUEUE_HANDLE first, second;
        for (int turn = 0; turn < 2; ++turn) {
            pair.acquire(&lock, &first);
            pair.acquire(&other, &second);
            pair.release(&other, &second);
            pair.release(&lock, &first);
        }
        KeLowerIrql(PASSIVE_LEVEL);
    });
}

TEST_CASE("spin_lock: a second release reports unheld_release, 0xC4/0x1007") {
    for_each_pair([](const spin_lock_pair &pair) {
        raise_to(DISPATCH_LEVEL);
        KSPIN_LOCK lock = 0;
        KLOCK_QUEUE_HANDLE handle;
        pair.acquire(&lock, &handle);
        pair.release(&lock, &handle);
        const auto object = pair.queued ? bits(&handle) : bits(&lock);
        check_bug_check(EMU_EXPECT_VIOLATION(rule::unheld_release, pair.release(&lock, &handle)),
                        verifier, 0x1007, object);
    });
}

TEST_CASE("spin_lock: release of a system lock that is free reports unheld_release") {
    using release = void (*)();
    constexpr release releases[] = {[] { IoReleaseCancelSpinLock(DISPATCH_LEVEL); },
                                    [] { IoReleaseVpbSpinLock(DISPATCH_LEVEL); },
                                    [] { KeReleaseQueuedSpinLock(LockQueueVacbLock, 2); }};
    for (const release each : releases) {
        on_both([&] {
            raise_to(DISPATCH_LEVEL);
            EMU_EXPECT_VIOLATION(rule::unheld_release, each());
        });
    }
}

TEST_CASE("spin_lock: release by a stranger reports release_not_owner, 0xC4/0x1004") {
    for (const spin_lock_pair &pair : spin_lock_pairs) {
        CAPTURE(pair.name);
        on_both([&] {
            KSPIN_LOCK lock = 0;
            KLOCK_QUEUE_HANDLE handle;
            std::uint64_t owner = 0;
            held_elsewhere held(
                [&] {
                    raise_to(DISPATCH_LEVEL);
                    pair.acquire(&lock, &handle);
                    owner = this_thread();
                },
                [] {});
            const std::uint64_t self = this_thread();
            raise_to(DISPATCH_LEVEL);
            check_bug_check(
                EMU_EXPECT_VIOLATION(rule::release_not_owner, pair.release(&lock, &handle)),
                verifier, 0x1004, bits(&lock), owner, self);
        });
    }
}

TEST_BOTH("spin_lock: KeAcquireSpinLock above DISPATCH_LEVEL reports irql_too_high, 0xC4/0x42") {
    KSPIN_LOCK lock = 0;
    raise_to(HIGH_LEVEL);
    check_bug_check(EMU_EXPECT_VIOLATION(rule::irql_too_high, acquire(&lock)), verifier, 0x42,
                    HIGH_LEVEL, bits(&lock));
}

TEST_CASE("spin_lock: raising acquires above DISPATCH_LEVEL report irql_too_high") {
    for (const spin_lock_pair &pair : spin_lock_pairs) {
        if (pair.raises) {
            CAPTURE(pair.name);
            on_both([&] {
                KSPIN_LOCK lock = 0;
                KLOCK_QUEUE_HANDLE handle;
                raise_to(HIGH_LEVEL);
                EMU_EXPECT_VIOLATION(rule::irql_too_high, pair.acquire(&lock, &handle));
            });
        }
    }
    on_both([] {
        KIRQL before;
        raise_to(HIGH_LEVEL);
        EMU_EXPECT_VIOLATION(rule::irql_too_high, IoAcquireCancelSpinLock(&before));
    });
    on_both([] {
        KIRQL before;
        raise_to(HIGH_LEVEL);
        EMU_EXPECT_VIOLATION(rule::irql_too_high, IoAcquireVpbSpinLock(&before));
    });
}

TEST_CASE("spin_lock: AtDpcLevel acquires below DISPATCH_LEVEL report irql_too_low, 0xC4/0x40") {
    for (const spin_lock_pair &pair : spin_lock_pairs) {
        if (pair.raises) {
            continue;
        }
        CAPTURE(pair.name);
        on_both([&] {
            KSPIN_LOCK lock = 0;
            KLOCK_QUEUE_HANDLE handle;
            raise_to(APC_LEVEL);
            const emu::violation found =
                EMU_EXPECT_VIOLATION(rule::irql_too_low, pair.acquire(&lock, &handle));
            pair.queued ? check_no_bug_check(found)
                        : check_bug_check(found, verifier, 0x40, APC_LEVEL, bits(&lock));
        });
    }
    on_both([] {
        KSPIN_LOCK lock = 0;
        EMU_EXPECT_VIOLATION(rule::irql_too_low, KeTryToAcquireSpinLockAtDpcLevel(&lock));
    });
}

TEST_CASE("spin_lock: releases below DISPATCH_LEVEL report irql_too_low") {
    for (const spin_lock_pair &pair : spin_lock_pairs) {
        CAPTURE(pair.name);
        on_both([&] {
            KSPIN_LOCK lock = 0;
            KLOCK_QUEUE_HANDLE handle{};
            EMU_EXPECT_VIOLATION(rule::irql_too_low, pair.release(&lock, &handle));
        });
    }
    on_both([] {
        KSPIN_LOCK lock = 0;
        check_bug_check(EMU_EXPECT_VIOLATION(rule::irql_too_low, KeReleaseSpinLock(&lock, 0)),
                        verifier, 0x32, PASSIVE_LEVEL, bits(&lock));
    });
    on_both([] {
        KSPIN_LOCK lock = 0;
        check_bug_check(
            EMU_EXPECT_VIOLATION(rule::irql_too_low, KeReleaseSpinLockFromDpcLevel(&lock)),
            verifier, 0x41, PASSIVE_LEVEL, bits(&lock));
    });
    on_both([] { EMU_EXPECT_VIOLATION(rule::irql_too_low, IoReleaseCancelSpinLock(0)); });
    on_both([] { EMU_EXPECT_VIOLATION(rule::irql_too_low, IoReleaseVpbSpinLock(0)); });
}

TEST_BOTH("spin_lock: release above DISPATCH_LEVEL reports irql_too_high, 0xC4/0x32") {
    KSPIN_LOCK lock = 0;
    const KIRQL before = acquire(&lock);
    raise_to(HIGH_LEVEL);
    check_bug_check(EMU_EXPECT_VIOLATION(rule::irql_too_high, KeReleaseSpinLock(&lock, before)),
                    verifier, 0x32, HIGH_LEVEL, bits(&lock));
}

TEST_BOTH("spin_lock: a NewIrql that the acquire did not find reports wrong_old_irql") {
    KSPIN_LOCK lock = 0;
    raise_to(APC_LEVEL);
    acquire(&lock);
    check_bug_check(EMU_EXPECT_VIOLATION(rule::wrong_old_irql, KeReleaseSpinLock(&lock, 0)),
                    verifier, 0x20015);
}

TEST_BOTH("spin_lock: FromDpcLevel after a raising acquire reports wrong_old_irql") {
    KSPIN_LOCK lock = 0;
    acquire(&lock);
    check_no_bug_check(
        EMU_EXPECT_VIOLATION(rule::wrong_old_irql, KeReleaseSpinLockFromDpcLevel(&lock)));
}

TEST_BOTH("queued_spin_lock: the lowering release of an AtDpcLevel acquire: wrong_old_irql") {
    KSPIN_LOCK lock = 0;
    KLOCK_QUEUE_HANDLE handle{};
    raise_to(DISPATCH_LEVEL);
    KeAcquireInStackQueuedSpinLockAtDpcLevel(&lock, &handle);
    EMU_EXPECT_VIOLATION(rule::wrong_old_irql, KeReleaseInStackQueuedSpinLock(&handle));
}

TEST_BOTH("spin_lock: FromDpcLevel after a raising acquire at DISPATCH_LEVEL is silent") {
    KSPIN_LOCK lock = 0;
    const KIRQL before = raise_to(DISPATCH_LEVEL);
    acquire(&lock);
    KeReleaseSpinLockFromDpcLevel(&lock);
    KeLowerIrql(before);
}

TEST_BOTH("spin_lock: two locks released in order of acquisition, levels exchanged, are silent") {
    KSPIN_LOCK a = 0, b = 0;
    const KIRQL before_a = acquire(&a);
    const KIRQL before_b = acquire(&b);
    KeReleaseSpinLock(&a, before_b);
    CHECK(KeGetCurrentIrql() == DISPATCH_LEVEL);
    KeReleaseSpinLock(&b, before_a);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

TEST_BOTH("spin_lock: locks passed along hand over hand are silent") {
    KSPIN_LOCK a = 0, b = 0, c = 0;
    const KIRQL before = acquire(&a);
    KeAcquireSpinLockAtDpcLevel(&b);
    KeReleaseSpinLockFromDpcLevel(&a);
    KeAcquireSpinLockAtDpcLevel(&c);
    KeReleaseSpinLockFromDpcLevel(&b);
    KeReleaseSpinLock(&c, before);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

TEST_BOTH("spin_lock: KeLowerIrql below DISPATCH_LEVEL with a lock held is reported") {
    KSPIN_LOCK lock = 0;
    acquire(&lock);
    check_no_bug_check(
        EMU_EXPECT_VIOLATION(rule::irql_lowered_with_spin_lock, KeLowerIrql(PASSIVE_LEVEL)));
}

TEST_BOTH("spin_lock: a release that lowers while another lock is held is reported") {
    KSPIN_LOCK a = 0, b = 0;
    const KIRQL before = acquire(&a);
    KeAcquireSpinLockAtDpcLevel(&b);
    EMU_EXPECT_VIOLATION(rule::irql_lowered_with_spin_lock, KeReleaseSpinLock(&a, before));
}

TEST_BOTH("spin_lock: KeLowerIrql to DISPATCH_LEVEL, and below it after the release, is silent") {
    KSPIN_LOCK lock = 0;
    EX_PUSH_LOCK push_lock = 0;
    FltAcquirePushLockExclusive(&push_lock);
    const KIRQL before = raise_to(HIGH_LEVEL);
    KeAcquireSpinLockAtDpcLevel(&lock);
    KeLowerIrql(DISPATCH_LEVEL);
    KeReleaseSpinLockFromDpcLevel(&lock);
    KeLowerIrql(before);
    FltReleasePushLock(&push_lock);
}

TEST_CASE("spin_lock: ordinary and queued routines on one held lock report the mixture") {
    on_both([] {
        KSPIN_LOCK lock = 0;
        KLOCK_QUEUE_HANDLE handle;
        held_elsewhere held([&] { acquire(&lock); }, [] {});
        check_bug_check(EMU_EXPECT_VIOLATION(rule::mixed_spin_lock_routines,
                                             KeAcquireInStackQueuedSpinLock(&lock, &handle)),
                        verifier, 0x1008, bits(&lock));
    });
    on_both([] {
        KSPIN_LOCK lock = 0;
        KLOCK_QUEUE_HANDLE handle;
        held_elsewhere held([&] { KeAcquireInStackQueuedSpinLock(&lock, &handle); }, [] {});
        check_bug_check(EMU_EXPECT_VIOLATION(rule::mixed_spin_lock_routines, acquire(&lock)),
                        verifier, 0x1008, bits(&lock));
    });
    on_both([] {
        KSPIN_LOCK lock = 0;
        KLOCK_QUEUE_HANDLE handle;
        KeAcquireInStackQueuedSpinLock(&lock, &handle);
        check_bug_check(
            EMU_EXPECT_VIOLATION(rule::mixed_spin_lock_routines, KeReleaseSpinLock(&lock, 0)),
            verifier, 0x1009, bits(&lock));
    });
}

TEST_BOTH("queued_spin_lock: a handle that stands for a held lock reports lock_handle_in_use") {
    KSPIN_LOCK one = 0, other = 0;
    KLOCK_QUEUE_HANDLE handle;
    KeAcquireInStackQueuedSpinLock(&one, &handle);
    check_no_bug_check(EMU_EXPECT_VIOLATION(
        rule::lock_handle_in_use, KeAcquireInStackQueuedSpinLockAtDpcLevel(&other, &handle)));
}

TEST_BOTH("queued_spin_lock: a handle used again after its release, or stale bytes, are silent") {
    KSPIN_LOCK one = 0, other = 0;
    KLOCK_QUEUE_HANDLE handle, stale;
    KeAcquireInStackQueuedSpinLock(&one, &handle);
    KeReleaseInStackQueuedSpinLock(&handle);
    KeAcquireInStackQueuedSpinLock(&other, &handle);
    stale = handle;
    KeAcquireInStackQueuedSpinLock(&one, &stale);
    KeReleaseInStackQueuedSpinLock(&stale);
    KeReleaseInStackQueuedSpinLock(&handle);
}

TEST_CASE("spin_lock: an overwritten lock reports overwritten_object, 0xC4/0x1002") {
    for_each_pair([](const spin_lock_pair &pair) {
        KSPIN_LOCK lock = 0xCDCDCDCDCDCDCDCD;
        KLOCK_QUEUE_HANDLE handle{};
        check_bug_check(
            EMU_EXPECT_VIOLATION(rule::overwritten_object, pair.acquire(&lock, &handle)), verifier,
            0x1002, bits(&lock));
    });
    on_both([] {
        KSPIN_LOCK lock = 3;
        EMU_EXPECT_VIOLATION(rule::overwritten_object, KeTestSpinLock(&lock));
    });
    on_both([] {
        KSPIN_LOCK lock = 3;
        raise_to(DISPATCH_LEVEL);
        EMU_EXPECT_VIOLATION(rule::overwritten_object, KeTryToAcquireSpinLockAtDpcLevel(&lock));
    });
}

TEST_CASE("spin_lock: a lock in freed pool reports freed_object") {
    for_each_pair([](const spin_lock_pair &pair) {
        auto *lock = static_cast<PKSPIN_LOCK>(ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, 'kcoL'));
        KLOCK_QUEUE_HANDLE handle{};
        ExFreePool(lock);
        check_no_bug_check(EMU_EXPECT_VIOLATION(rule::freed_object, pair.acquire(lock, &handle)));
    });
}

TEST_CASE("spin_lock: null and misaligned locks are reported") {
    for_each_pair([](const spin_lock_pair &pair) {
        KLOCK_QUEUE_HANDLE handle{};
        EMU_EXPECT_VIOLATION(rule::null_object, pair.acquire(nullptr, &handle));
    });
    for_each_pair([](const spin_lock_pair &pair) {
        KSPIN_LOCK locks[2] = {};
        KLOCK_QUEUE_HANDLE handle{};
        auto *odd = reinterpret_cast<PKSPIN_LOCK>(reinterpret_cast<char *>(locks) + 4);
        EMU_EXPECT_VIOLATION(rule::misaligned_object, pair.acquire(odd, &handle));
    });
    on_both([] { EMU_EXPECT_VIOLATION(rule::null_object, KeInitializeSpinLock(nullptr)); });
    on_both([] { EMU_EXPECT_VIOLATION(rule::null_object, IoAcquireCancelSpinLock(nullptr)); });
    on_both([] {
        KSPIN_LOCK lock = 0;
        EMU_EXPECT_VIOLATION(rule::null_object, KeAcquireInStackQueuedSpinLock(&lock, nullptr));
    });
}

TEST_BOTH("spin_lock: initialising a held lock reports reinitialised_while_held, 0xC4/0x1005") {
    KSPIN_LOCK lock = 0;
    acquire(&lock);
    check_bug_check(
        EMU_EXPECT_VIOLATION(rule::reinitialised_while_held, KeInitializeSpinLock(&lock)),
        verifier, 0x1005, bits(&lock));
}

TEST_BOTH("spin_lock: initialising again after the release, or over old bytes, is silent") {
    KSPIN_LOCK lock = 0x1234567890;
    KeInitializeSpinLock(&lock);
    KeReleaseSpinLock(&lock, acquire(&lock));
    KeInitializeSpinLock(&lock);
    CHECK(lock == 0);
}

TEST_BOTH("spin_lock: freeing memory with a held lock reports freed_while_held, 0xC4/0x100B") {
    const std::uint64_t self = this_thread();
    auto *lock = static_cast<PKSPIN_LOCK>(ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, 'kcoL'));
    KeInitializeSpinLock(lock);
    acquire(lock);
    check_bug_check(EMU_EXPECT_VIOLATION(rule::freed_while_held, ExFreePool(lock)), verifier,
                    0x100B, bits(lock), self);
}

TEST_BOTH("spin_lock: a blocking wait with a lock held reports wait_at_dispatch_level") {
    KSPIN_LOCK lock = 0;
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    acquire(&lock);
    EMU_EXPECT_VIOLATION(rule::wait_at_dispatch_level, wait_for(&event));
}

TEST_CASE("spin_lock: a lock held at thread exit is 0xC4/0x100A") {
    const emu::exploration_result found = emu::search([] {
        static KSPIN_LOCK lock;
        lock = 0;
        emu::system_thread{[] { acquire(&lock); }}.join();
    });
    CHECK(found.which == rule::held_at_thread_exit);
    CHECK(found.report.find("0x100A") != std::string::npos);
}

TEST_BOTH("queued_spin_lock: a number that no system lock has reports invalid_parameter") {
    EMU_EXPECT_VIOLATION(rule::invalid_parameter, KeAcquireQueuedSpinLock(LockQueueMaximumLock));
}

TEST_BOTH_FREE("spin_lock, free: misuse that retail does not see stays unnoticed") {
    KSPIN_LOCK lock = 0;
    KLOCK_QUEUE_HANDLE handle{};
    KeReleaseSpinLock(&lock, PASSIVE_LEVEL);
    KeAcquireSpinLockAtDpcLevel(&lock);
    CHECK(lock == 1);
    KeReleaseSpinLockFromDpcLevel(&lock);
    acquire(&lock);
    KeLowerIrql(PASSIVE_LEVEL);
    KeReleaseSpinLock(&lock, APC_LEVEL);
    CHECK(KeGetCurrentIrql() == APC_LEVEL);
    KeLowerIrql(PASSIVE_LEVEL);
    KeReleaseInStackQueuedSpinLock(&handle);
    CHECK(lock == 0);
}

TEST_BOTH_FREE("spin_lock, free: an overwritten word still stops, without a bug check") {
    KSPIN_LOCK lock = 0xCDCDCDCDCDCDCDCD;
    check_no_bug_check(EMU_EXPECT_VIOLATION(rule::overwritten_object, acquire(&lock)));
}
