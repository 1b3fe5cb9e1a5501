// Fast and guarded mutexes: levels, regions, exclusion, waiting.
#include <vector>

#include "fast_mutex_routines.hpp"

using namespace tests;

namespace {

template <class Pair>
void stress(const Pair &pair, int threads, int turns) {
    typename Pair::mutex_type mutex;
    pair.initialize(&mutex);
    int inside = 0;
    std::vector<emu::system_thread> all;
    for (int i = 0; i < threads; ++i) {
        all.emplace_back([&] {
            for (int turn = 0; turn < turns; ++turn) {
                pair.acquire(&mutex);
                EMU_CHECK(++inside == 1);
                EMU_CHECK(mutex.Owner == KeGetCurrentThread());
                EMU_CHECK(--inside == 0);
                pair.release(&mutex);
                EMU_CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
                EMU_CHECK(!KeAreApcsDisabled());
            }
        });
    }
    for (emu::system_thread &each : all) {
        each.join();
    }
    EMU_CHECK(mutex.Count == 1);
    EMU_CHECK(mutex.Owner == nullptr);
}

template <class Pair>
void explore_stress(const Pair &pair) {
    emu::exploration how;
    how.schedules = 200;
    const emu::exploration_result found = emu::search([&] { stress(pair, 3, 2); }, how);
    CAPTURE(pair.name);
    INFO(found.report);
    CHECK_FALSE(found.failed);
}

}  // namespace

TEST_BOTH("fast_mutex: the holder runs at APC_LEVEL; nested mutexes unwind") {
    FAST_MUTEX outer, inner;
    ExInitializeFastMutex(&outer);
    ExInitializeFastMutex(&inner);
    ExAcquireFastMutex(&outer);
    CHECK(KeGetCurrentIrql() == APC_LEVEL);
    CHECK(ExTryToAcquireFastMutex(&inner));
    CHECK(inner.OldIrql == APC_LEVEL);
    ExReleaseFastMutex(&inner);
    CHECK(KeGetCurrentIrql() == APC_LEVEL);
    ExReleaseFastMutex(&outer);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

TEST_BOTH("fast_mutex: a failed try leaves the level") {
    FAST_MUTEX mutex;
    ExInitializeFastMutex(&mutex);
    KEVENT taken, release;
    KeInitializeEvent(&taken, NotificationEvent, FALSE);
    KeInitializeEvent(&release, NotificationEvent, FALSE);
    emu::system_thread holder{[&] {
        ExAcquireFastMutex(&mutex);
        KeSetEvent(&taken, 0, FALSE);
        wait_for(&release);
        ExReleaseFastMutex(&mutex);
    }};
    wait_for(&taken);
    CHECK_FALSE(ExTryToAcquireFastMutex(&mutex));
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    KeSetEvent(&release, 0, FALSE);
    holder.join();
    CHECK(ExTryToAcquireFastMutex(&mutex));
    ExReleaseFastMutex(&mutex);
}

TEST_SIMULATED("fast_mutex: waiters park, are counted in Contention, and all get in") {
    FAST_MUTEX mutex;
    ExInitializeFastMutex(&mutex);
    ExAcquireFastMutex(&mutex);
    int got = 0;
    std::vector<emu::system_thread> all;
    for (int i = 0; i < 3; ++i) {
        all.emplace_back([&] {
            ExAcquireFastMutex(&mutex);
            ++got;
            ExReleaseFastMutex(&mutex);
        });
        let_others_run();
    }
    CHECK(mutex.Contention == 3);
    CHECK(got == 0);
    ExReleaseFastMutex(&mutex);
    all.clear();
    CHECK(got == 3);
    CHECK(mutex.Count == 1);
}

TEST_BOTH("fast_mutex: a mutex may be freed as soon as the next owner has it") {
    for (int i = 0; i < 50; ++i) {
        auto *mutex = static_cast<PFAST_MUTEX>(
            ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(FAST_MUTEX), 'kcoL'));
        ExInitializeFastMutex(mutex);
        ExAcquireFastMutex(mutex);
        emu::system_thread next{[&] {
            ExAcquireFastMutex(mutex);
            ExReleaseFastMutex(mutex);
            ExFreePool(mutex);
        }};
        ExReleaseFastMutex(mutex);
        next.join();
    }
}

TEST_CASE("fast_mutex: every pair excludes (native, simulated, explored)") {
    for (const fast_mutex_pair &pair : fast_mutex_pairs) {
        CAPTURE(pair.name);
        on_both([&] { stress(pair, 4, 300); });
        explore_stress(pair);
    }
    for (const guarded_mutex_pair &pair : guarded_mutex_pairs) {
        CAPTURE(pair.name);
        on_both([&] { stress(pair, 4, 300); });
        explore_stress(pair);
    }
}

TEST_CASE("fast_mutex, free: a recursive acquire hangs, which simulation reports as a deadlock") {
    emu::exploration how;
    how.machine.mode = emu::fidelity::free;
    const emu::exploration_result found = emu::search(
        [] {
            FAST_MUTEX mutex;
            ExInitializeFastMutex(&mutex);
            ExAcquireFastMutex(&mutex);
            ExAcquireFastMutex(&mutex);
        },
        how);
    CHECK(found.which == emu::rule::deadlock);
}

TEST_BOTH("fast_mutex: initialising leaves OldIrql as it was, as the inline of Windows does") {
    FAST_MUTEX mutex;
    RtlFillMemory(&mutex, sizeof mutex, 0x55);
    ExInitializeFastMutex(&mutex);
    CHECK(mutex.Count == 1);
    CHECK(mutex.Owner == nullptr);
    CHECK(mutex.Contention == 0);
    CHECK(mutex.OldIrql == 0x55555555);
}

static void acquires_keep_the_counter() {
    KGUARDED_MUTEX mutex;
    RtlFillMemory(&mutex, sizeof mutex, 0x55);
    KeInitializeGuardedMutex(&mutex);
    CHECK(mutex.CombinedApcDisable == 0x55555555);
    KeAcquireGuardedMutex(&mutex);
    CHECK(mutex.KernelApcDisable == 0x5555);
    CHECK(mutex.SpecialApcDisable == -1);
    KeReleaseGuardedMutex(&mutex);
    KeEnterGuardedRegion();
    CHECK(KeTryToAcquireGuardedMutex(&mutex));
    CHECK(mutex.SpecialApcDisable == -2);
    CHECK_FALSE(KeTryToAcquireGuardedMutex(&mutex));
    KeReleaseGuardedMutex(&mutex);
    KeLeaveGuardedRegion();
    CHECK_FALSE(KeAreApcsDisabled());
}

TEST_CASE("guarded_mutex: up to Windows 7 an acquire keeps the thread's counter in the mutex") {
    for (const emu::backend where : {emu::backend::native, emu::backend::simulated}) {
        emu::machine_options with = options_for(where);
        with.target = 0x0601;
        emu::run(acquires_keep_the_counter, with);
    }
}
