// Push locks as drivers see them: the word's values, which routines pair up, who waits for whom.
#include <atomic>
#include <vector>

#include "push_lock_routines.hpp"

using namespace tests;

namespace {

constexpr EX_PUSH_LOCK locked = 1, one_sharer = 16;

}  // namespace

TEST_BOTH("push_lock: the word is 0 when free, 1 exclusive, 1 + 16 n with n sharers") {
    EX_PUSH_LOCK lock = 0x1234;
    ExInitializePushLock(&lock);
    CHECK(lock == 0);
    critical_region inside;
    ExAcquirePushLockExclusive(&lock);
    CHECK(lock == 1);
    ExReleasePushLockExclusive(&lock);
    CHECK(lock == 0);
    for (EX_PUSH_LOCK n = 1; n <= 12; ++n) {
        ExAcquirePushLockShared(&lock);
        CHECK(lock == 1 + 16 * n);
    }
    for (EX_PUSH_LOCK n = 12; n-- > 0;) {
        ExReleasePushLockShared(&lock);
        CHECK(lock == (n == 0 ? 0 : 1 + 16 * n));
    }
}

TEST_BOTH("push_lock: zeroed storage is an initialised lock, Flt initialises to zero too") {
    static EX_PUSH_LOCK lock;
    FltAcquirePushLockExclusive(&lock);
    CHECK(lock == 1);
    FltReleasePushLock(&lock);
    lock = 99;
    FltInitializePushLock(&lock);
    CHECK(lock == 0);
    FltDeletePushLock(&lock);
}

TEST_CASE("push_lock: every acquire pairs with every release of its mode") {
    for (const acquire_routine &in : acquires) {
        for (const release_routine &out : releases) {
            if (!out.fits(in.shared)) {
                continue;
            }
            CAPTURE(in.name);
            CAPTURE(out.name);
            on_both([&] {
                EX_PUSH_LOCK lock = 0;
                critical_region inside;
                in.call(&lock);
                CHECK(lock == (in.shared ? locked + one_sharer : locked));
                out.call(&lock);
                CHECK(lock == 0);
                // The Flt halves of a mixed pair are balanced by hand.
                if (in.way == way_in::flt && out.way == way_in::ex) {
                    KeLeaveCriticalRegion();
                }
                if (in.way == way_in::ex && out.way == way_in::flt) {
                    KeEnterCriticalRegion();
                }
            });
        }
    }
}

TEST_CASE("push_lock: a try takes a free lock and every release of its mode gives it back") {
    for (const try_routine &in : tries) {
        for (const release_routine &out : releases) {
            if (!out.fits(in.shared) || out.way == way_in::flt) {
                continue;
            }
            CAPTURE(in.name);
            CAPTURE(out.name);
            on_both([&] {
                EX_PUSH_LOCK lock = 0;
                critical_region inside;
                CHECK(in.call(&lock));
                CHECK(lock == (in.shared ? locked + one_sharer : locked));
                out.call(&lock);
                CHECK(lock == 0);
            });
        }
    }
}

TEST_CASE("push_lock: a try fails without waiting while another thread holds exclusively") {
    for (const try_routine &in : tries) {
        CAPTURE(in.name);
        on_both([&] {
            EX_PUSH_LOCK lock = 0;
            BOOLEAN got = TRUE;
            {
                critical_region inside;
                ExAcquirePushLockExclusive(&lock);
                emu::system_thread{[&] {
                    critical_region inside_too;
                    got = in.call(&lock);
                }}.join();
                CHECK_FALSE(got);
                CHECK(lock == 1);
                ExReleasePushLockExclusive(&lock);
            }
        });
    }
}

TEST_CASE("push_lock: beside a sharer a shared try succeeds and an exclusive one fails") {
    for (const try_routine &in : tries) {
        CAPTURE(in.name);
        on_both([&] {
            EX_PUSH_LOCK lock = 0;
            BOOLEAN got = FALSE;
            critical_region inside;
            ExAcquirePushLockShared(&lock);
            emu::system_thread{[&] {
                critical_region inside_too;
                got = in.call(&lock);
                if (got) {
                    CHECK(lock == locked + 2 * one_sharer);
                    ExReleasePushLockShared(&lock);
                }
            }}.join();
            CHECK((got != FALSE) == in.shared);
            CHECK(lock == locked + one_sharer);
            ExReleasePushLockShared(&lock);
        });
    }
}

TEST_BOTH("push_lock: the Flt routines disable normal kernel APCs while the lock is held") {
    EX_PUSH_LOCK first = 0, second = 0;
    CHECK_FALSE(KeAreApcsDisabled());
    FltAcquirePushLockExclusive(&first);
    CHECK(KeAreApcsDisabled());
    CHECK_FALSE(KeAreAllApcsDisabled());
    FltAcquirePushLockShared(&second);
    FltReleasePushLock(&first);
    CHECK(KeAreApcsDisabled());
    FltReleasePushLock(&second);
    CHECK_FALSE(KeAreApcsDisabled());
}

TEST_BOTH("push_lock: the Ex routines leave the APC counters alone") {
    EX_PUSH_LOCK lock = 0;
    const KIRQL before = raise_to(APC_LEVEL);
    ExAcquirePushLockExclusive(&lock);
    CHECK_FALSE(KeAreApcsDisabled());
    ExReleasePushLockExclusive(&lock);
    CHECK_FALSE(KeAreApcsDisabled());
    CHECK(KeGetCurrentIrql() == APC_LEVEL);
    KeLowerIrql(before);
}

TEST_BOTH(
    "push_lock: FsRtlAllocateAePushLock gives zeroed pool memory, FsRtlFreeAePushLock takes it") {
    PVOID lock = FsRtlAllocateAePushLock(NonPagedPoolNx, 'tAeP');
    REQUIRE(lock != nullptr);
    CHECK(bits(lock) % 16 == 0);
    CHECK(*static_cast<EX_PUSH_LOCK *>(lock) == 0);
    FsRtlFreeAePushLock(lock);
}

TEST_BOTH("push_lock: exclusive holders exclude each other") {
    constexpr int threads = 4, turns = 2000;
    EX_PUSH_LOCK lock = 0;
    int counter = 0;
    {
        std::vector<emu::system_thread> all;
        for (int i = 0; i < threads; ++i) {
            all.emplace_back([&] {
                for (int turn = 0; turn < turns; ++turn) {
                    critical_region inside;
                    ExAcquirePushLockExclusive(&lock);
                    ++counter;
                    ExReleasePushLockExclusive(&lock);
                }
            });
        }
    }
    CHECK(counter == threads * turns);
    CHECK(lock == 0);
}

TEST_BOTH("push_lock: sharers see what exclusive holders wrote, and never half of it") {
    constexpr int turns = 2000;
    EX_PUSH_LOCK lock = 0;
    int first = 0, second = 0;
    std::atomic<int> torn{0}, reads{0};
    {
        std::vector<emu::system_thread> all;
        for (int i = 0; i < 2; ++i) {
            all.emplace_back([&] {
                for (int turn = 0; turn < turns; ++turn) {
                    critical_region inside;
                    ExAcquirePushLockExclusive(&lock);
                    ++first;
                    ++second;
                    ExReleasePushLockEx(&lock, 0);
                }
            });
            all.emplace_back([&] {
                for (int turn = 0; turn < turns; ++turn) {
                    FltAcquirePushLockShared(&lock);
                    torn += first != second;
                    ++reads;
                    FltReleasePushLock(&lock);
                }
            });
        }
    }
    CHECK(torn == 0);
    CHECK(reads == 2 * turns);
    CHECK(first == 2 * turns);
    CHECK(lock == 0);
}

TEST_CASE("push_lock: no schedule lets two exclusive holders in, or a sharer beside one") {
    emu::exploration how;
    how.schedules = 300;
    const emu::exploration_result result = emu::search(
        [] {
            EX_PUSH_LOCK lock = 0;
            int writers = 0, readers = 0;
            KEVENT never;
            KeInitializeEvent(&never, NotificationEvent, FALSE);
            const auto write = [&] {
                critical_region inside;
                ExAcquirePushLockExclusive(&lock);
                EMU_CHECK(writers++ == 0 && readers == 0);
                KeReadStateEvent(&never);  // a scheduling point
                --writers;
                ExReleasePushLockExclusive(&lock);
            };
            const auto read = [&] {
                critical_region inside;
                ExAcquirePushLockShared(&lock);
                ++readers;
                KeReadStateEvent(&never);
                EMU_CHECK(writers == 0);
                --readers;
                ExReleasePushLockShared(&lock);
            };
            emu::system_thread a{write}, b{write}, c{read}, d{read};
            a.join(), b.join(), c.join(), d.join();
            EMU_CHECK(lock == 0);
        },
        how);
    INFO(result.report);
    CHECK_FALSE(result.failed);
    CHECK(result.choices > 300);
}

TEST_BOTH("ExfUnblockPushLock: nobody is blocked, nothing happens; what is not known stops") {
    EX_PUSH_LOCK lock = 0;
    ExfUnblockPushLock(&lock, nullptr);
    CHECK(lock == 0);
    critical_region inside;
    ExAcquirePushLockExclusive(&lock);
    EMU_EXPECT_VIOLATION(emu::rule::not_emulated, ExfUnblockPushLock(&lock, nullptr));
}
