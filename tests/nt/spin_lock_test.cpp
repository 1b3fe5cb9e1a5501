// Ordinary and queued spin locks, and those that the system owns: words, levels, exclusion.
#include <string>
#include <vector>

#include "spin_lock_routines.hpp"

using namespace tests;

namespace {

// Threads that count inside the lock, and check that each is alone.
void stress(const spin_lock_pair &pair, int threads, int turns) {
    KSPIN_LOCK lock;
    KeInitializeSpinLock(&lock);
    int inside = 0;
    long total = 0;
    std::vector<emu::system_thread> all;
    for (int i = 0; i < threads; ++i) {
        all.emplace_back([&] {
            for (int turn = 0; turn < turns; ++turn) {
                KLOCK_QUEUE_HANDLE handle;
                const KIRQL before = pair.raises ? PASSIVE_LEVEL : raise_to(DISPATCH_LEVEL);
                pair.acquire(&lock, &handle);
                EMU_CHECK(++inside == 1);
                ++total;
                EMU_CHECK(KeGetCurrentIrql() == DISPATCH_LEVEL);
                EMU_CHECK(!KeTestSpinLock(&lock));
                EMU_CHECK(--inside == 0);
                pair.release(&lock, &handle);
                if (!pair.raises) {
                    KeLowerIrql(before);
                }
            }
        });
    }
    for (emu::system_thread &each : all) {
        each.join();
    }
    EMU_CHECK(total == static_cast<long>(threads) * turns);
    EMU_CHECK(lock == 0);
}

}  // namespace

TEST_CASE("spin_lock: each pair raises to DISPATCH_LEVEL if it should, and goes back") {
    for (const spin_lock_pair &pair : spin_lock_pairs) {
        CAPTURE(pair.name);
        on_both([&] {
            for (const KIRQL start : {PASSIVE_LEVEL, APC_LEVEL, DISPATCH_LEVEL}) {
                if (!pair.raises && start < DISPATCH_LEVEL) {
                    continue;
                }
                KSPIN_LOCK lock;
                KLOCK_QUEUE_HANDLE handle;
                KeInitializeSpinLock(&lock);
                const KIRQL before = raise_to(start);
                pair.acquire(&lock, &handle);
                CHECK(KeGetCurrentIrql() == DISPATCH_LEVEL);
                CHECK(lock == (pair.queued ? bits(&handle) : 1));
                CHECK((!pair.raises || handle.OldIrql == start));
                pair.release(&lock, &handle);
                CHECK(lock == 0);
                CHECK(KeGetCurrentIrql() == start);
                KeLowerIrql(before);
            }
        });
    }
}

TEST_BOTH("spin_lock: a try takes a free lock and leaves a held one") {
    KSPIN_LOCK lock;
    KeInitializeSpinLock(&lock);
    const KIRQL before = raise_to(DISPATCH_LEVEL);
    CHECK(KeTryToAcquireSpinLockAtDpcLevel(&lock));
    CHECK_FALSE(KeTryToAcquireSpinLockAtDpcLevel(&lock));
    CHECK(lock == 1);
    KeReleaseSpinLock(&lock, before);  // as its page says
    CHECK(KeGetCurrentIrql() == before);
}

TEST_BOTH("spin_lock: AtDpcLevel works above DISPATCH_LEVEL") {
    KSPIN_LOCK lock = 0;
    KLOCK_QUEUE_HANDLE handle;
    const KIRQL before = raise_to(HIGH_LEVEL);
    KeAcquireSpinLockAtDpcLevel(&lock);
    KeReleaseSpinLockFromDpcLevel(&lock);
    KeAcquireInStackQueuedSpinLockAtDpcLevel(&lock, &handle);
    CHECK(KeGetCurrentIrql() == HIGH_LEVEL);
    KeReleaseInStackQueuedSpinLockFromDpcLevel(&handle);
    KeLowerIrql(before);
}

TEST_BOTH("spin_lock: the system's locks exclude, and go back to the level before") {
    KIRQL before = 99;
    IoAcquireCancelSpinLock(&before);
    CHECK(before == PASSIVE_LEVEL);
    CHECK(KeGetCurrentIrql() == DISPATCH_LEVEL);
    KIRQL inner = 99;
    CHECK_FALSE(KeTryToAcquireQueuedSpinLock(LockQueueIoCancelLock, &inner));
    IoAcquireVpbSpinLock(&inner);
    CHECK(inner == DISPATCH_LEVEL);
    IoReleaseVpbSpinLock(inner);
    IoReleaseCancelSpinLock(before);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    before = KeAcquireQueuedSpinLock(LockQueueMasterLock);
    CHECK_FALSE(KeTryToAcquireQueuedSpinLock(LockQueueMasterLock, &inner));
    CHECK(KeTryToAcquireQueuedSpinLock(LockQueueVacbLock, &inner));
    KeReleaseQueuedSpinLock(LockQueueVacbLock, inner);
    KeReleaseQueuedSpinLock(LockQueueMasterLock, before);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

TEST_CASE("spin_lock: every pair excludes (native, simulated)") {
    for (const spin_lock_pair &pair : spin_lock_pairs) {
        CAPTURE(pair.name);
        on_both([&] { stress(pair, 3, 300); });
    }
}

TEST_BOTH("spin_lock: the cancel spin lock excludes") {
    int inside = 0;
    std::vector<emu::system_thread> all;
    for (int i = 0; i < 3; ++i) {
        all.emplace_back([&] {
            for (int turn = 0; turn < 200; ++turn) {
                KIRQL before;
                IoAcquireCancelSpinLock(&before);
                EMU_CHECK(++inside == 1);
                EMU_CHECK(--inside == 0);
                IoReleaseCancelSpinLock(before);
            }
        });
    }
}

TEST_CASE("spin_lock: explored, every pair excludes") {
    for (const spin_lock_pair &pair : spin_lock_pairs) {
        emu::exploration how;
        how.schedules = 150;
        const emu::exploration_result found = emu::search([&] { stress(pair, 3, 2); }, how);
        CAPTURE(pair.name);
        INFO(found.report);
        CHECK_FALSE(found.failed);
    }
}

TEST_SIMULATED("queued_spin_lock: waiters get the lock in order of arrival") {
    KSPIN_LOCK lock;
    KLOCK_QUEUE_HANDLE mine;
    KeInitializeSpinLock(&lock);
    std::string order;
    held_elsewhere held([&] { KeAcquireInStackQueuedSpinLock(&lock, &mine); },
                        [&] { KeReleaseInStackQueuedSpinLock(&mine); });
    std::vector<emu::system_thread> all;
    for (const char *name : {"a", "b"}) {  // with the holder three of four processors
        const KSPIN_LOCK newest = lock;
        all.emplace_back(name, [&, name] {
            KLOCK_QUEUE_HANDLE handle;
            KeAcquireInStackQueuedSpinLock(&lock, &handle);
            order += name;
            KeReleaseInStackQueuedSpinLock(&handle);
        });
        let_others_run();
        CHECK(lock != newest);
    }
    CHECK(order.empty());
    held.let_go();
    all.clear();
    CHECK(order == "ab");
    CHECK(lock == 0);
}

TEST_CASE("spin_lock, free: a recursive acquire hangs, which simulation reports as a deadlock") {
    for (const spin_lock_pair &pair : spin_lock_pairs) {
        if (!pair.raises) {
            continue;
        }
        emu::exploration how;
        how.machine.mode = emu::fidelity::free;
        const emu::exploration_result found = emu::search(
            [&] {
                KSPIN_LOCK lock = 0;
                KLOCK_QUEUE_HANDLE first, second;
                pair.acquire(&lock, &first);
                pair.acquire(&lock, &second);
            },
            how);
        CAPTURE(pair.name);
        CHECK(found.which == emu::rule::deadlock);
        CHECK(found.report.find("spin lock") != std::string::npos);
    }
}

TEST_CASE("spin_lock: two locks in opposite order are found to deadlock, and the report says so") {
    const emu::exploration_result found = emu::search([] {
        KSPIN_LOCK one = 0, other = 0;
        const auto take = [](PKSPIN_LOCK first, PKSPIN_LOCK second) {
            KIRQL before;
            KeAcquireSpinLock(first, &before);
            KeAcquireSpinLockAtDpcLevel(second);
            KeReleaseSpinLockFromDpcLevel(second);
            KeReleaseSpinLock(first, before);
        };
        emu::system_thread a{"a", [&] { take(&one, &other); }};
        emu::system_thread b{"b", [&] { take(&other, &one); }};
    });
    CHECK(found.which == emu::rule::deadlock);
    CHECK(found.report.find("waits in KeAcquireSpinLockAtDpcLevel for the spin lock") !=
          std::string::npos);
    CHECK(found.report.find("holds it exclusively") != std::string::npos);
}
