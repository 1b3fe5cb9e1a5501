// Push locks in free fidelity: what retail Windows lets pass is silent, what it bug-checks is not.
#include "push_lock_routines.hpp"

using namespace tests;
using emu::rule;

TEST_BOTH_FREE("push_lock, free: APCs left enabled stay unnoticed") {
    EX_PUSH_LOCK lock = 0;
    ExAcquirePushLockExclusive(&lock);
    CHECK(lock == 1);
    ExReleasePushLockExclusive(&lock);
    CHECK(ExTryAcquirePushLockShared(&lock));
    ExReleasePushLockEx(&lock, 0);
    CHECK(lock == 0);
}

TEST_BOTH_FREE("push_lock, free: typed and generic releases are interchangeable") {
    EX_PUSH_LOCK lock = 0;
    critical_region inside;
    for (const release_routine &out : releases) {
        if (out.way == way_in::flt) {
            continue;
        }
        ExAcquirePushLockExclusive(&lock);
        out.call(&lock);
        CHECK(lock == 0);
        ExAcquirePushLockShared(&lock);
        ExAcquirePushLockShared(&lock);
        out.call(&lock);
        CHECK(lock == 17);
        out.call(&lock);
        CHECK(lock == 0);
    }
}

TEST_BOTH_FREE("push_lock, free: freeing memory with a held lock stays unnoticed") {
    auto *lock = static_cast<PEX_PUSH_LOCK>(ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, 'kcoL'));
    EX_PUSH_LOCK other = 0;
    FltAcquirePushLockExclusive(&other);
    FltDeletePushLock(&other);
    FltReleasePushLock(&other);
    FltAcquirePushLockExclusive(lock);
    FltReleasePushLock(lock);
    ExFreePool(lock);
}

TEST_BOTH_FREE("push_lock, free: acquire at DISPATCH_LEVEL is still 0x192") {
    EX_PUSH_LOCK lock = 0;
    const std::uint64_t self = this_thread();
    raise_to(DISPATCH_LEVEL);
    check_bug_check(EMU_EXPECT_VIOLATION(rule::irql_too_high, ExAcquirePushLockShared(&lock)),
                    KERNEL_AUTO_BOOST_LOCK_ACQUISITION_WITH_RAISED_IRQL, self, bits(&lock),
                    DISPATCH_LEVEL);
}

TEST_BOTH_FREE("push_lock, free: release of a free lock is still 0x162") {
    EX_PUSH_LOCK lock = 0;
    const std::uint64_t self = this_thread();
    KeEnterCriticalRegion();
    check_bug_check(EMU_EXPECT_VIOLATION(rule::unheld_release, ExReleasePushLockShared(&lock)),
                    KERNEL_AUTO_BOOST_INVALID_LOCK_RELEASE, self, bits(&lock));
}

TEST_BOTH_FREE("push_lock, free: unknown flags are still 0x152") {
    EX_PUSH_LOCK lock = 0;
    check_bug_check(
        EMU_EXPECT_VIOLATION(rule::invalid_flags, FltAcquirePushLockExclusiveEx(&lock, 4)),
        INVALID_PUSH_LOCK_FLAGS, 4, bits(&lock));
}

TEST_CASE("push_lock, free: a lock held at thread exit is still 0x153") {
    emu::exploration how;
    how.machine.mode = emu::fidelity::free;
    const emu::exploration_result found = emu::search(
        [] {
            static EX_PUSH_LOCK lock;
            lock = 0;
            emu::system_thread{[] { FltAcquirePushLockExclusive(&lock); }}.join();
        },
        how);
    CHECK(found.which == rule::held_at_thread_exit);
}

// Windows hangs, and so does the emulated thread: in simulation nothing is left that could run.
TEST_CASE("push_lock, free: a recursive acquire hangs, which simulation reports as a deadlock") {
    emu::exploration how;
    how.machine.mode = emu::fidelity::free;
    const emu::exploration_result found = emu::search(
        [] {
            EX_PUSH_LOCK lock = 0;
            FltAcquirePushLockExclusive(&lock);
            FltAcquirePushLockExclusive(&lock);
        },
        how);
    CHECK(found.failed);
    CHECK(found.which == rule::deadlock);
}
