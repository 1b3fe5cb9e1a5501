// Reader/writer spin lock rules: each fires where it must, and is silent next to that.
#include "spin_lock_routines.hpp"

using namespace tests;
using emu::rule;

namespace {

void at_its_level(const rw_pair &pair) {
    if (!pair.raises) {
        raise_to(DISPATCH_LEVEL);
    }
}

rule second_acquire(bool shared, bool shared_again) {
    if (shared) {
        return shared_again ? rule::recursive_shared_acquire : rule::shared_to_exclusive_upgrade;
    }
    return shared_again ? rule::shared_over_exclusive : rule::recursive_acquire;
}

}  // namespace

TEST_CASE("rw_spin_lock: no second acquire by the holder is allowed, in any mode") {
    for (const rw_pair &first : rw_pairs) {
        for (const rw_pair &second : rw_pairs) {
            CAPTURE(first.name);
            CAPTURE(second.name);
            const rule expected = second_acquire(first.shared, second.shared);
            on_both([&] {
                EX_SPIN_LOCK lock = 0;
                at_its_level(first);
                first.acquire(&lock);
                check_no_bug_check(EMU_EXPECT_VIOLATION(expected, second.acquire(&lock)));
            });
        }
    }
}

TEST_BOTH("rw_spin_lock: another lock meanwhile, and the same one later, are silent") {
    EX_SPIN_LOCK lock = 0, other = 0;
    for (int turn = 0; turn < 2; ++turn) {
        const KIRQL before = ExAcquireSpinLockShared(&lock);
        ExAcquireSpinLockSharedAtDpcLevel(&other);
        ExReleaseSpinLockSharedFromDpcLevel(&other);
        ExReleaseSpinLockShared(&lock, before);
    }
}

TEST_CASE("rw_spin_lock: a release of a free lock reports unheld_release") {
    for (const rw_pair &pair : rw_pairs) {
        CAPTURE(pair.name);
        on_both([&] {
            EX_SPIN_LOCK lock = 0;
            raise_to(DISPATCH_LEVEL);
            pair.release(&lock, pair.acquire(&lock));
            check_no_bug_check(
                EMU_EXPECT_VIOLATION(rule::unheld_release, pair.release(&lock, DISPATCH_LEVEL)));
        });
    }
}

TEST_CASE("rw_spin_lock: a release by a stranger reports release_not_owner") {
    for (const rw_pair &pair : rw_pairs) {
        CAPTURE(pair.name);
        on_both([&] {
            EX_SPIN_LOCK lock = 0;
            held_elsewhere held(
                [&] {
                    raise_to(DISPATCH_LEVEL);
                    pair.acquire(&lock);
                },
                [] {});
            raise_to(DISPATCH_LEVEL);
            check_no_bug_check(EMU_EXPECT_VIOLATION(rule::release_not_owner,
                                                    pair.release(&lock, DISPATCH_LEVEL)));
        });
    }
}

TEST_CASE("rw_spin_lock: a release of the other mode reports wrong_release_mode") {
    for (const rw_pair &in : rw_pairs) {
        for (const rw_pair &out : rw_pairs) {
            if (in.shared == out.shared) {
                continue;
            }
            CAPTURE(in.name);
            CAPTURE(out.name);
            on_both([&] {
                EX_SPIN_LOCK lock = 0;
                raise_to(DISPATCH_LEVEL);
                in.acquire(&lock);
                check_no_bug_check(EMU_EXPECT_VIOLATION(rule::wrong_release_mode,
                                                        out.release(&lock, DISPATCH_LEVEL)));
            });
        }
    }
}

TEST_CASE("rw_spin_lock: releasing to another level than the acquire found is wrong_old_irql") {
    for (const rw_pair &pair : rw_pairs) {
        if (!pair.raises) {
            continue;
        }
        CAPTURE(pair.name);
        on_both([&] {
            EX_SPIN_LOCK lock = 0;
            raise_to(APC_LEVEL);
            pair.acquire(&lock);
            check_no_bug_check(
                EMU_EXPECT_VIOLATION(rule::wrong_old_irql, pair.release(&lock, PASSIVE_LEVEL)));
        });
    }
    on_both([] {
        EX_SPIN_LOCK lock = 0;
        ExAcquireSpinLockShared(&lock);
        EMU_EXPECT_VIOLATION(rule::wrong_old_irql, ExReleaseSpinLockSharedFromDpcLevel(&lock));
    });
    on_both([] {
        EX_SPIN_LOCK lock = 0;
        ExAcquireSpinLockExclusive(&lock);
        EMU_EXPECT_VIOLATION(rule::wrong_old_irql, ExReleaseSpinLockExclusiveFromDpcLevel(&lock));
    });
}

TEST_CASE("rw_spin_lock: levels outside the contract are reported without a bug check") {
    for (const rw_pair &pair : rw_pairs) {
        CAPTURE(pair.name);
        on_both([&] {
            EX_SPIN_LOCK lock = 0;
            raise_to(pair.raises ? HIGH_LEVEL : APC_LEVEL);
            const rule expected = pair.raises ? rule::irql_too_high : rule::irql_too_low;
            check_no_bug_check(EMU_EXPECT_VIOLATION(expected, pair.acquire(&lock)));
        });
        on_both([&] {
            EX_SPIN_LOCK lock = 0;
            check_no_bug_check(
                EMU_EXPECT_VIOLATION(rule::irql_too_low, pair.release(&lock, PASSIVE_LEVEL)));
        });
    }
    on_both([] {
        EX_SPIN_LOCK lock = 0;
        EMU_EXPECT_VIOLATION(rule::irql_too_low, ExTryConvertSharedSpinLockExclusive(&lock));
    });
}

TEST_BOTH("rw_spin_lock: converting a lock that is not held reports convert_not_shared") {
    EX_SPIN_LOCK lock = 0;
    raise_to(DISPATCH_LEVEL);
    check_no_bug_check(EMU_EXPECT_VIOLATION(rule::convert_not_shared,
                                            ExTryConvertSharedSpinLockExclusive(&lock)));
}

TEST_BOTH("rw_spin_lock: converting an exclusive hold reports convert_not_shared") {
    EX_SPIN_LOCK lock = 0;
    ExAcquireSpinLockExclusive(&lock);
    EMU_EXPECT_VIOLATION(rule::convert_not_shared, ExTryConvertSharedSpinLockExclusive(&lock));
}

TEST_CASE("rw_spin_lock: overwritten, freed, null and misaligned locks are reported") {
    for (const rw_pair &pair : rw_pairs) {
        CAPTURE(pair.name);
        on_both([&] {
            EX_SPIN_LOCK lock = static_cast<LONG>(0xCDCDCDCD);
            at_its_level(pair);
            EMU_EXPECT_VIOLATION(rule::overwritten_object, pair.acquire(&lock));
        });
        on_both([&] {
            auto *lock =
                static_cast<PEX_SPIN_LOCK>(ExAllocatePool2(POOL_FLAG_NON_PAGED, 4, 'kcoL'));
            ExFreePool(const_cast<LONG *>(lock));
            at_its_level(pair);
            EMU_EXPECT_VIOLATION(rule::freed_object, pair.acquire(lock));
        });
        on_both([&] {
            at_its_level(pair);
            EMU_EXPECT_VIOLATION(rule::null_object, pair.acquire(nullptr));
        });
        on_both([&] {
            LONG words[2] = {};
            at_its_level(pair);
            EMU_EXPECT_VIOLATION(rule::misaligned_object,
                                 pair.acquire(reinterpret_cast<PEX_SPIN_LOCK>(
                                     reinterpret_cast<char *>(words) + 2)));
        });
    }
}

TEST_BOTH("rw_spin_lock: KeLowerIrql below DISPATCH_LEVEL with a lock held is reported") {
    EX_SPIN_LOCK lock = 0;
    ExAcquireSpinLockShared(&lock);
    EMU_EXPECT_VIOLATION(rule::irql_lowered_with_spin_lock, KeLowerIrql(PASSIVE_LEVEL));
}

TEST_BOTH_FREE("rw_spin_lock, free: a recursive shared acquire is granted, other misuse passes") {
    EX_SPIN_LOCK lock = 0;
    const KIRQL before = ExAcquireSpinLockShared(&lock);
    ExAcquireSpinLockSharedAtDpcLevel(&lock);
    ExReleaseSpinLockSharedFromDpcLevel(&lock);
    ExReleaseSpinLockShared(&lock, before);
    CHECK(lock == 0);
    ExReleaseSpinLockShared(&lock, PASSIVE_LEVEL);
    ExReleaseSpinLockExclusive(&lock, PASSIVE_LEVEL);
    CHECK(lock == 0);
}
