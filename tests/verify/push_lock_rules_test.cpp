// Push lock rules of recursion and release: each fires where it must, and is silent next to that.
#include <thread>

#include "push_lock_routines.hpp"

using namespace tests;
using emu::rule;

namespace {

// Another thread holds the lock and keeps it until the machine ends.
struct lock_held_elsewhere {
    explicit lock_held_elsewhere(bool shared) {
        KeInitializeEvent(&taken_, NotificationEvent, FALSE);
        KeInitializeEvent(&never_, NotificationEvent, FALSE);
        thread_ = std::make_unique<emu::system_thread>("holder", [this, shared] {
            critical_region inside;
            shared ? ExAcquirePushLockShared(&lock) : ExAcquirePushLockExclusive(&lock);
            KeSetEvent(&taken_, 0, FALSE);
            wait_for(&never_);
            shared ? ExReleasePushLockShared(&lock) : ExReleasePushLockExclusive(&lock);
        });
        wait_for(&taken_);
    }
    void let_go() {
        KeSetEvent(&never_, 0, FALSE);
        thread_->join();
    }

    EX_PUSH_LOCK lock = 0;

private:
    KEVENT taken_, never_;
    std::unique_ptr<emu::system_thread> thread_;
};

bool somebody_waits(const EX_PUSH_LOCK &lock) {
    return (__atomic_load_n(&lock, __ATOMIC_ACQUIRE) & 2) != 0;
}

}  // namespace

TEST_CASE("push_lock: exclusive acquire by the exclusive owner reports recursive_acquire") {
    for (const acquire_routine &first : acquires) {
        for (const acquire_routine &second : acquires) {
            if (first.shared || second.shared) {
                continue;
            }
            CAPTURE(first.name);
            CAPTURE(second.name);
            on_both([&] {
                EX_PUSH_LOCK lock = 0;
                KeEnterCriticalRegion();
                first.call(&lock);
                check_no_bug_check(
                    EMU_EXPECT_VIOLATION(rule::recursive_acquire, second.call(&lock)));
            });
        }
    }
}

TEST_BOTH(
    "push_lock: exclusive acquire of a second lock, or of the same one again later, is silent") {
    EX_PUSH_LOCK first = 0, second = 0;
    critical_region inside;
    ExAcquirePushLockExclusive(&first);
    ExAcquirePushLockExclusive(&second);
    ExReleasePushLockExclusive(&first);  // not in the order of acquisition
    ExAcquirePushLockExclusive(&first);
    ExReleasePushLockExclusive(&first);
    ExReleasePushLockExclusive(&second);
}

TEST_CASE("push_lock: shared acquire by the exclusive owner reports shared_over_exclusive") {
    for (const acquire_routine &second : acquires) {
        if (!second.shared) {
            continue;
        }
        CAPTURE(second.name);
        on_both([&] {
            EX_PUSH_LOCK lock = 0;
            KeEnterCriticalRegion();
            ExAcquirePushLockExclusive(&lock);
            check_no_bug_check(
                EMU_EXPECT_VIOLATION(rule::shared_over_exclusive, second.call(&lock)));
        });
    }
}

TEST_CASE("push_lock: exclusive acquire by a sharer reports shared_to_exclusive_upgrade") {
    for (const acquire_routine &second : acquires) {
        if (second.shared) {
            continue;
        }
        CAPTURE(second.name);
        on_both([&] {
            EX_PUSH_LOCK lock = 0;
            KeEnterCriticalRegion();
            ExAcquirePushLockShared(&lock);
            check_no_bug_check(
                EMU_EXPECT_VIOLATION(rule::shared_to_exclusive_upgrade, second.call(&lock)));
        });
    }
}

TEST_BOTH("push_lock: exclusive acquire after the shared release is silent") {
    EX_PUSH_LOCK lock = 0;
    critical_region inside;
    ExAcquirePushLockShared(&lock);
    ExReleasePushLockShared(&lock);
    ExAcquirePushLockExclusive(&lock);
    ExReleasePushLockExclusive(&lock);
}

TEST_CASE("push_lock: a try by the owner returns FALSE and is silent") {
    for (const try_routine &second : tries) {
        CAPTURE(second.name);
        on_both([&] {
            EX_PUSH_LOCK lock = 0;
            critical_region inside;
            ExAcquirePushLockExclusive(&lock);
            CHECK_FALSE(second.call(&lock));
            CHECK(lock == 1);
            ExReleasePushLockExclusive(&lock);
        });
    }
}

TEST_CASE("push_lock: a second shared acquire beside a waiting writer is reported") {
    for (const acquire_routine &second : acquires) {
        if (!second.shared) {
            continue;
        }
        CAPTURE(second.name);
        emu::run(
            [&] {
                EX_PUSH_LOCK lock = 0;
                KeEnterCriticalRegion();
                ExAcquirePushLockShared(&lock);
                emu::system_thread writer{"writer", [&] { exclusively(&lock); }};
                let_others_run();
                check_no_bug_check(
                    EMU_EXPECT_VIOLATION(rule::shared_beside_waiting_writer, second.call(&lock)));
            },
            options_for(emu::backend::simulated));
    }
}

TEST_NATIVE("push_lock: a second shared acquire beside a waiting writer is reported") {
    EX_PUSH_LOCK lock = 0;
    KeEnterCriticalRegion();
    ExAcquirePushLockShared(&lock);
    emu::system_thread writer{"writer", [&] { exclusively(&lock); }};
    while (!somebody_waits(lock)) {
        std::this_thread::yield();
    }
    check_no_bug_check(
        EMU_EXPECT_VIOLATION(rule::shared_beside_waiting_writer, ExAcquirePushLockShared(&lock)));
}

TEST_BOTH("push_lock: a second shared acquire without a waiting writer is silent") {
    EX_PUSH_LOCK lock = 0;
    critical_region inside;
    ExAcquirePushLockShared(&lock);
    ExAcquirePushLockShared(&lock);
    CHECK(ExTryAcquirePushLockShared(&lock));
    ExReleasePushLockShared(&lock);
    ExReleasePushLockShared(&lock);
    ExReleasePushLockShared(&lock);
    CHECK(lock == 0);
}

TEST_CASE("push_lock: release by a stranger reports release_not_owner") {
    for (const release_routine &out : releases) {
        for (const bool shared : {false, true}) {
            CAPTURE(out.name);
            CAPTURE(shared);
            on_both([&] {
                lock_held_elsewhere held(shared);
                KeEnterCriticalRegion();
                const emu::violation found =
                    EMU_EXPECT_VIOLATION(rule::release_not_owner, out.call(&held.lock));
                check_bug_check(found, KERNEL_AUTO_BOOST_INVALID_LOCK_RELEASE, found.parameters[0],
                                bits(&held.lock));
                CHECK(found.parameters[0] != 0);
            });
        }
    }
}

TEST_BOTH("push_lock: release_not_owner names the thread that released") {
    const std::uint64_t self = this_thread();
    lock_held_elsewhere held(false);
    KeEnterCriticalRegion();
    check_bug_check(
        EMU_EXPECT_VIOLATION(rule::release_not_owner, ExReleasePushLockExclusive(&held.lock)),
        KERNEL_AUTO_BOOST_INVALID_LOCK_RELEASE, self, bits(&held.lock));
}

TEST_BOTH("push_lock: release of a share beside another sharer is silent") {
    lock_held_elsewhere held(true);
    critical_region inside;
    ExAcquirePushLockShared(&held.lock);
    ExReleasePushLockShared(&held.lock);
    CHECK(held.lock == 1 + 16);
    held.let_go();
}

TEST_CASE("push_lock: release of a free lock reports unheld_release") {
    for (const release_routine &out : releases) {
        CAPTURE(out.name);
        on_both([&] {
            EX_PUSH_LOCK lock = 0;
            const std::uint64_t self = this_thread();
            KeEnterCriticalRegion();
            check_bug_check(EMU_EXPECT_VIOLATION(rule::unheld_release, out.call(&lock)),
                            KERNEL_AUTO_BOOST_INVALID_LOCK_RELEASE, self, bits(&lock));
        });
    }
}

TEST_CASE("push_lock: the second release reports unheld_release") {
    for (const release_routine &out : releases) {
        CAPTURE(out.name);
        on_both([&] {
            EX_PUSH_LOCK lock = 0;
            const std::uint64_t self = this_thread();
            KeEnterCriticalRegion();
            out.fits(true) ? ExAcquirePushLockShared(&lock) : ExAcquirePushLockExclusive(&lock);
            out.call(&lock);
            if (out.way == way_in::flt) {
                KeEnterCriticalRegion();
            }
            check_bug_check(EMU_EXPECT_VIOLATION(rule::unheld_release, out.call(&lock)),
                            KERNEL_AUTO_BOOST_INVALID_LOCK_RELEASE, self, bits(&lock));
        });
    }
}

TEST_CASE("push_lock: a release of the other mode reports wrong_release_mode") {
    for (const release_routine &out : releases) {
        for (const bool shared : {false, true}) {
            if (out.fits(shared)) {
                continue;
            }
            CAPTURE(out.name);
            on_both([&] {
                EX_PUSH_LOCK lock = 0;
                KeEnterCriticalRegion();
                shared ? ExAcquirePushLockShared(&lock) : ExAcquirePushLockExclusive(&lock);
                check_no_bug_check(
                    EMU_EXPECT_VIOLATION(rule::wrong_release_mode, out.call(&lock)));
            });
        }
    }
}
