// Remove locks: the count, the wait, the tags; rules of misuse.
#include <atomic>
#include <cstring>
#include <vector>

#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

constexpr ULONG tag = 'kcLR';

PIO_REMOVE_LOCK in_pool() {
    return static_cast<PIO_REMOVE_LOCK>(
        ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(IO_REMOVE_LOCK), tag));
}

PVOID number(std::uint64_t value) { return reinterpret_cast<PVOID>(value); }

// The structure as a driver of a free build has it, and what lies behind it.
struct free_build {
    IO_REMOVE_LOCK_COMMON_BLOCK common;
    std::uint64_t behind;
    PIO_REMOVE_LOCK lock() { return reinterpret_cast<PIO_REMOVE_LOCK>(this); }
};

}  // namespace

TEST_BOTH("remove_lock: IoCount is one and one for each acquire; tags may repeat") {
    IO_REMOVE_LOCK lock;
    IoInitializeRemoveLock(&lock, tag, 0, 0);
    CHECK_FALSE(lock.Common.Removed);
    CHECK(lock.Common.IoCount == 1);
    const KIRQL before = raise_to(DISPATCH_LEVEL);
    CHECK(IoAcquireRemoveLock(&lock, number(1)) == STATUS_SUCCESS);
    CHECK(IoAcquireRemoveLock(&lock, number(2)) == STATUS_SUCCESS);
    CHECK(IoAcquireRemoveLock(&lock, number(1)) == STATUS_SUCCESS);
    CHECK(lock.Common.IoCount == 4);
    IoReleaseRemoveLock(&lock, number(1));
    IoReleaseRemoveLock(&lock, number(2));
    KeLowerIrql(before);
    IoReleaseRemoveLockAndWait(&lock, number(1));
    CHECK(lock.Common.Removed);
    CHECK(lock.Common.IoCount == 0);
    CHECK(IoAcquireRemoveLock(&lock, nullptr) == STATUS_DELETE_PENDING);
    CHECK(lock.Common.IoCount == 0);
}

TEST_BOTH("remove_lock: the part for checked builds is filled in, and not in free builds") {
    IO_REMOVE_LOCK lock;
    std::memset(&lock, 0xEE, sizeof lock);
    IoInitializeRemoveLock(&lock, tag, 2, 7);
    CHECK(lock.Dbg.HighWatermark == 7);
    CHECK(lock.Dbg.MaxLockedTicks == 1'200'000'000);
    CHECK(lock.Dbg.AllocateTag == static_cast<LONG>(tag));
    CHECK(IsListEmpty(&lock.Dbg.LockList));
    free_build other{};
    other.behind = 0x1122334455667788;
    IoInitializeRemoveLockEx(other.lock(), tag, 2, 7, sizeof other.common);
    CHECK(IoAcquireRemoveLockEx(other.lock(), nullptr, "", 1, sizeof other.common) ==
          STATUS_SUCCESS);
    IoReleaseRemoveLockAndWaitEx(other.lock(), nullptr, sizeof other.common);
    CHECK(other.behind == 0x1122334455667788);
}

TEST_BOTH("remove_lock: the removal waits for what is under way, which may end in any thread") {
    IO_REMOVE_LOCK lock;
    IoInitializeRemoveLock(&lock, tag, 0, 0);
    std::atomic<int> under_way{0};
    CHECK(IoAcquireRemoveLock(&lock, number(1)) == STATUS_SUCCESS);
    ++under_way;
    emu::system_thread worker{
        "worker", [&] {
            while (!__atomic_load_n(&lock.Common.Removed, __ATOMIC_ACQUIRE)) {
                let_others_run(1000);
            }
            CHECK(IoAcquireRemoveLock(&lock, number(3)) == STATUS_DELETE_PENDING);
            --under_way;
            IoReleaseRemoveLock(&lock, number(1));
        }};
    CHECK(IoAcquireRemoveLock(&lock, number(2)) == STATUS_SUCCESS);
    IoReleaseRemoveLockAndWait(&lock, number(2));
    CHECK(under_way == 0);
    worker.join();
}

TEST_CASE("remove_lock: no schedule lets an operation outlive the removal") {
    emu::exploration how;
    how.schedules = 400;
    const emu::exploration_result result = emu::search(
        [] {
            IO_REMOVE_LOCK lock;
            IoInitializeRemoveLock(&lock, tag, 0, 0);
            bool removed = false;
            KEVENT never;
            KeInitializeEvent(&never, NotificationEvent, FALSE);
            const auto use = [&](PVOID own) {
                for (int i = 0; i < 2; ++i) {
                    if (NT_SUCCESS(IoAcquireRemoveLock(&lock, own))) {
                        KeReadStateEvent(&never);  // a scheduling point
                        EMU_CHECK(!removed);
                        IoReleaseRemoveLock(&lock, own);
                    }
                }
            };
            emu::system_thread a{[&] { use(number(1)); }}, b{[&] { use(number(2)); }};
            EMU_CHECK(IoAcquireRemoveLock(&lock, number(3)) == STATUS_SUCCESS);
            IoReleaseRemoveLockAndWait(&lock, number(3));
            removed = true;
            a.join(), b.join();
        },
        how);
    INFO(result.report);
    CHECK_FALSE(result.failed);
}

TEST_BOTH("remove_lock: a release with another tag reports wrong_tag, 0xC4/0xD5") {
    IO_REMOVE_LOCK lock;
    IoInitializeRemoveLock(&lock, tag, 0, 0);
    IoAcquireRemoveLock(&lock, number(1));
    check_bug_check(EMU_EXPECT_VIOLATION(rule::wrong_tag, IoReleaseRemoveLock(&lock, number(2))),
                    DRIVER_VERIFIER_DETECTED_VIOLATION, 0xD5, bits(&lock), 2);
}

TEST_BOTH("remove_lock: a removal with another tag reports wrong_tag, 0xC4/0xD6") {
    IO_REMOVE_LOCK lock;
    IoInitializeRemoveLock(&lock, tag, 0, 0);
    IoAcquireRemoveLock(&lock, number(1));
    check_bug_check(
        EMU_EXPECT_VIOLATION(rule::wrong_tag, IoReleaseRemoveLockAndWait(&lock, number(2))),
        DRIVER_VERIFIER_DETECTED_VIOLATION, 0xD6, bits(&lock), 2, 1);
}

TEST_BOTH("remove_lock: a release that nobody acquired reports unheld_release") {
    IO_REMOVE_LOCK lock;
    IoInitializeRemoveLock(&lock, tag, 0, 0);
    IoAcquireRemoveLock(&lock, nullptr);
    IoReleaseRemoveLock(&lock, nullptr);
    check_no_bug_check(
        EMU_EXPECT_VIOLATION(rule::unheld_release, IoReleaseRemoveLock(&lock, nullptr)));
}

TEST_BOTH("remove_lock: a removal without an acquire of its own reports unheld_release") {
    IO_REMOVE_LOCK lock;
    IoInitializeRemoveLock(&lock, tag, 0, 0);
    EMU_EXPECT_VIOLATION(rule::unheld_release, IoReleaseRemoveLockAndWait(&lock, nullptr));
}

TEST_BOTH("remove_lock: a release after a failed acquire reports unheld_release") {
    IO_REMOVE_LOCK lock;
    IoInitializeRemoveLock(&lock, tag, 0, 0);
    IoAcquireRemoveLock(&lock, nullptr);
    IoReleaseRemoveLockAndWait(&lock, nullptr);
    CHECK(IoAcquireRemoveLock(&lock, nullptr) == STATUS_DELETE_PENDING);
    EMU_EXPECT_VIOLATION(rule::unheld_release, IoReleaseRemoveLock(&lock, nullptr));
}

TEST_BOTH(
    "remove_lock: initialised again after its removal reports initialised_twice, 0xC4/0xD7") {
    PIO_REMOVE_LOCK lock = in_pool();
    IoInitializeRemoveLock(lock, tag, 0, 0);
    IoAcquireRemoveLock(lock, nullptr);
    IoReleaseRemoveLockAndWait(lock, nullptr);
    check_bug_check(
        EMU_EXPECT_VIOLATION(rule::initialised_twice, IoInitializeRemoveLock(lock, tag, 0, 0)),
        DRIVER_VERIFIER_DETECTED_VIOLATION, 0xD7, bits(lock), bits(lock));
}

TEST_BOTH("remove_lock: another device may use the memory, or the stack, of one that is gone") {
    for (int i = 0; i < 3; ++i) {
        PIO_REMOVE_LOCK lock = in_pool();
        IO_REMOVE_LOCK on_stack;
        for (PIO_REMOVE_LOCK each : {lock, &on_stack}) {
            IoInitializeRemoveLock(each, tag, 0, 0);
            IoAcquireRemoveLock(each, nullptr);
            IoReleaseRemoveLockAndWait(each, nullptr);
        }
        ExFreePoolWithTag(lock, tag);
    }
}

TEST_BOTH("remove_lock: memory freed while it is held reports freed_while_held") {
    PIO_REMOVE_LOCK lock = in_pool();
    IoInitializeRemoveLock(lock, tag, 0, 0);
    IoAcquireRemoveLock(lock, nullptr);
    check_no_bug_check(EMU_EXPECT_VIOLATION(rule::freed_while_held, ExFreePoolWithTag(lock, tag)));
}

TEST_BOTH("remove_lock: one that was never initialised reports uninitialised_object") {
    IO_REMOVE_LOCK lock{};
    check_no_bug_check(
        EMU_EXPECT_VIOLATION(rule::uninitialised_object, IoAcquireRemoveLock(&lock, nullptr)));
}

TEST_BOTH("remove_lock: one in freed memory reports freed_object") {
    PIO_REMOVE_LOCK lock = in_pool();
    IoInitializeRemoveLock(lock, tag, 0, 0);
    ExFreePoolWithTag(lock, tag);
    EMU_EXPECT_VIOLATION(rule::freed_object, IoAcquireRemoveLock(lock, nullptr));
}

TEST_BOTH("remove_lock: the removal above PASSIVE_LEVEL reports irql_too_high") {
    IO_REMOVE_LOCK lock;
    IoInitializeRemoveLock(&lock, tag, 0, 0);
    IoAcquireRemoveLock(&lock, nullptr);
    raise_to(APC_LEVEL);
    EMU_EXPECT_VIOLATION(rule::irql_too_high, IoReleaseRemoveLockAndWait(&lock, nullptr));
}

TEST_BOTH("remove_lock: a high watermark beyond 0x7FFFFFFF reports invalid_parameter") {
    IO_REMOVE_LOCK lock;
    EMU_EXPECT_VIOLATION(rule::invalid_parameter,
                         IoInitializeRemoveLock(&lock, tag, 0, 0x80000000));
}

TEST_BOTH_FREE("remove_lock, free: tags are not looked at") {
    IO_REMOVE_LOCK lock;
    IoInitializeRemoveLock(&lock, tag, 0, 0);
    IoAcquireRemoveLock(&lock, number(1));
    IoAcquireRemoveLock(&lock, number(1));
    IoReleaseRemoveLock(&lock, number(2));
    IoReleaseRemoveLockAndWait(&lock, number(3));
    CHECK(lock.Common.IoCount == 0);
}
