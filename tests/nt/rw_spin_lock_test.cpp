// Reader/writer spin locks: levels, sharing, exclusion, waiting writers, conversion.
#include <vector>

#include "spin_lock_routines.hpp"

using namespace tests;

namespace {

void stress(int threads, int turns) {
    EX_SPIN_LOCK lock = 0;
    int readers = 0, writers = 0;
    std::vector<emu::system_thread> all;
    for (int i = 0; i < threads; ++i) {
        all.emplace_back([&, i] {
            for (int turn = 0; turn < turns; ++turn) {
                if ((turn + i) % 3 == 0) {
                    const KIRQL before = ExAcquireSpinLockExclusive(&lock);
                    EMU_CHECK(++writers == 1);
                    EMU_CHECK(__atomic_load_n(&readers, __ATOMIC_RELAXED) == 0);
                    EMU_CHECK(--writers == 0);
                    ExReleaseSpinLockExclusive(&lock, before);
                    continue;
                }
                const KIRQL before = ExAcquireSpinLockShared(&lock);
                __atomic_add_fetch(&readers, 1, __ATOMIC_RELAXED);
                EMU_CHECK(writers == 0);
                __atomic_sub_fetch(&readers, 1, __ATOMIC_RELAXED);
                if (ExTryConvertSharedSpinLockExclusive(&lock)) {
                    EMU_CHECK(++writers == 1);
                    EMU_CHECK(--writers == 0);
                    ExReleaseSpinLockExclusive(&lock, before);
                } else {
                    ExReleaseSpinLockShared(&lock, before);
                }
            }
        });
    }
    all.clear();
    EMU_CHECK(lock == 0);
}

}  // namespace

TEST_CASE("rw_spin_lock: each pair raises to DISPATCH_LEVEL if it should, and goes back") {
    for (const rw_pair &pair : rw_pairs) {
        CAPTURE(pair.name);
        on_both([&] {
            for (const KIRQL start : {PASSIVE_LEVEL, APC_LEVEL, DISPATCH_LEVEL, HIGH_LEVEL}) {
                if (pair.raises ? start > DISPATCH_LEVEL : start < DISPATCH_LEVEL) {
                    continue;
                }
                EX_SPIN_LOCK lock = 0;
                const KIRQL before = raise_to(start);
                CHECK(pair.acquire(&lock) == start);
                CHECK(KeGetCurrentIrql() == (pair.raises ? DISPATCH_LEVEL : start));
                CHECK(lock != 0);
                pair.release(&lock, start);
                CHECK(lock == 0);
                CHECK(KeGetCurrentIrql() == start);
                KeLowerIrql(before);
            }
        });
    }
}

TEST_BOTH("rw_spin_lock: readers share, a writer does not") {
    EX_SPIN_LOCK lock = 0;
    held_elsewhere held([&] { ExAcquireSpinLockSharedAtDpcLevel((raise_to(2), &lock)); },
                        [&] {
                            ExReleaseSpinLockSharedFromDpcLevel(&lock);
                            KeLowerIrql(PASSIVE_LEVEL);
                        });
    KIRQL before = ExAcquireSpinLockShared(&lock);
    ExReleaseSpinLockShared(&lock, before);
    before = raise_to(DISPATCH_LEVEL);
    CHECK_FALSE(ExTryAcquireSpinLockExclusiveAtDpcLevel(&lock));
    CHECK(ExTryAcquireSpinLockSharedAtDpcLevel(&lock));
    CHECK_FALSE(ExTryConvertSharedSpinLockExclusive(&lock));
    ExReleaseSpinLockSharedFromDpcLevel(&lock);
    KeLowerIrql(before);
    held.let_go();
    before = raise_to(DISPATCH_LEVEL);
    CHECK(ExTryAcquireSpinLockExclusiveAtDpcLevel(&lock));
    ExReleaseSpinLockExclusiveFromDpcLevel(&lock);
    KeLowerIrql(before);
}

TEST_BOTH("rw_spin_lock: the only reader converts, and releases exclusively") {
    EX_SPIN_LOCK lock = 0;
    const KIRQL before = ExAcquireSpinLockShared(&lock);
    CHECK(ExTryConvertSharedSpinLockExclusive(&lock));
    CHECK_FALSE(ExTryAcquireSpinLockSharedAtDpcLevel(&lock));
    ExReleaseSpinLockExclusive(&lock, before);
    CHECK(lock == 0);
    raise_to(DISPATCH_LEVEL);
    ExAcquireSpinLockSharedAtDpcLevel(&lock);
    CHECK(ExTryConvertSharedSpinLockExclusive(&lock));
    ExReleaseSpinLockExclusiveFromDpcLevel(&lock);
    KeLowerIrql(before);
}

TEST_SIMULATED(
    "rw_spin_lock: a waiting writer keeps new readers out and conversions from success") {
    EX_SPIN_LOCK lock = 0;
    bool converted = true;
    held_elsewhere reader([&] { ExAcquireSpinLockShared(&lock); },
                          [&] {
                              converted = ExTryConvertSharedSpinLockExclusive(&lock);
                              ExReleaseSpinLockShared(&lock, PASSIVE_LEVEL);
                          });
    emu::system_thread writer{"writer", [&] {
                                  const KIRQL before = ExAcquireSpinLockExclusive(&lock);
                                  ExReleaseSpinLockExclusive(&lock, before);
                              }};
    let_others_run();
    const KIRQL before = raise_to(DISPATCH_LEVEL);
    CHECK_FALSE(ExTryAcquireSpinLockSharedAtDpcLevel(&lock));
    KeLowerIrql(before);
    reader.let_go();
    writer.join();
    CHECK_FALSE(converted);
    CHECK(lock == 0);
}

TEST_BOTH("rw_spin_lock: writers exclude all, readers only writers") { stress(3, 300); }

TEST_CASE("rw_spin_lock: explored, writers exclude all, readers only writers") {
    emu::exploration how;
    how.schedules = 400;
    const emu::exploration_result found = emu::search([] { stress(3, 3); }, how);
    INFO(found.report);
    CHECK_FALSE(found.failed);
}

TEST_CASE("rw_spin_lock, free: a shared acquire beside a waiting writer deadlocks") {
    emu::exploration how;
    how.machine.mode = emu::fidelity::free;
    const emu::exploration_result found = emu::search(
        [] {
            EX_SPIN_LOCK lock = 0;
            emu::system_thread reader{[&] {
                const KIRQL before = ExAcquireSpinLockShared(&lock);
                ExAcquireSpinLockSharedAtDpcLevel(&lock);
                ExReleaseSpinLockSharedFromDpcLevel(&lock);
                ExReleaseSpinLockShared(&lock, before);
            }};
            emu::system_thread writer{[&] {
                const KIRQL before = ExAcquireSpinLockExclusive(&lock);
                ExReleaseSpinLockExclusive(&lock, before);
            }};
        },
        how);
    CHECK(found.which == emu::rule::deadlock);
}
