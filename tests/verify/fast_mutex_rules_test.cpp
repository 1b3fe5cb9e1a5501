// Fast and guarded mutex rules: each fires where it must, and is silent next to that.
#include <memory>

#include "fast_mutex_routines.hpp"

using namespace tests;
using emu::rule;

namespace {

constexpr std::uint32_t verifier = DRIVER_VERIFIER_DETECTED_VIOLATION;

// Body is given a pair, and a fresh machine each time.
template <class Body>
void for_each_pair(const Body &body) {
    for (const fast_mutex_pair &pair : fast_mutex_pairs) {
        CAPTURE(pair.name);
        on_both([&] { body(pair); });
    }
    for (const guarded_mutex_pair &pair : guarded_mutex_pairs) {
        CAPTURE(pair.name);
        on_both([&] { body(pair); });
    }
}

template <class Pair>
using mutex_of = typename Pair::mutex_type;

// Fast mutexes have deadlock detection's bug check, guarded ones none.
template <class Mutex>
void check_detected(const emu::violation &found, std::uint64_t type, std::uint64_t second,
                    std::uint64_t third = 0, std::uint64_t fourth = 0) {
    std::is_same_v<Mutex, FAST_MUTEX>
        ? check_bug_check(found, verifier, type, second, third, fourth)
        : check_no_bug_check(found);
}

}  // namespace

TEST_CASE("fast_mutex: a second acquire by the holder reports recursive_acquire") {
    for_each_pair([](const auto &pair) {
        mutex_of<std::decay_t<decltype(pair)>> mutex;
        pair.initialize(&mutex);
        pair.acquire(&mutex);
        check_no_bug_check(EMU_EXPECT_VIOLATION(rule::recursive_acquire, pair.acquire(&mutex)));
    });
}

TEST_CASE("fast_mutex: another mutex meanwhile, and the same one later, are silent") {
    for_each_pair([](const auto &pair) {
        mutex_of<std::decay_t<decltype(pair)>> mutex, other;
        pair.initialize(&mutex);
        pair.initialize(&other);
        for (int turn = 0; turn < 2; ++turn) {
            pair.acquire(&mutex);
            pair.acquire(&other);
            pair.release(&other);
            pair.release(&mutex);
        }
    });
}

TEST_CASE("fast_mutex: a release of a free mutex reports unheld_release") {
    for_each_pair([](const auto &pair) {
        using mutex_type = mutex_of<std::decay_t<decltype(pair)>>;
        mutex_type mutex;
        pair.initialize(&mutex);
        raise_to(APC_LEVEL);
        check_detected<mutex_type>(
            EMU_EXPECT_VIOLATION(rule::unheld_release, pair.release(&mutex)), 0x1007,
            bits(&mutex));
    });
}

TEST_CASE("fast_mutex: a release by a stranger reports release_not_owner") {
    for_each_pair([](const auto &pair) {
        using mutex_type = mutex_of<std::decay_t<decltype(pair)>>;
        mutex_type mutex;
        KEVENT taken, never;
        KeInitializeEvent(&taken, NotificationEvent, FALSE);
        KeInitializeEvent(&never, NotificationEvent, FALSE);
        pair.initialize(&mutex);
        std::uint64_t owner = 0;
        emu::system_thread holder{[&] {
            pair.acquire(&mutex);
            owner = this_thread();
            KeSetEvent(&taken, 0, FALSE);
            wait_for(&never);
        }};
        wait_for(&taken);
        const std::uint64_t self = this_thread();
        raise_to(APC_LEVEL);
        check_detected<mutex_type>(
            EMU_EXPECT_VIOLATION(rule::release_not_owner, pair.release(&mutex)), 0x1004,
            bits(&mutex), owner, self);
    });
}

TEST_CASE("fast_mutex: above APC_LEVEL the acquires report irql_too_high, 0xC4/0x33") {
    using take = void (*)(PFAST_MUTEX mutex);
    constexpr take takes[] = {ExAcquireFastMutex, ExAcquireFastMutexUnsafe,
                              ExEnterCriticalRegionAndAcquireFastMutexUnsafe,
                              [](PFAST_MUTEX mutex) { ExTryToAcquireFastMutex(mutex); }};
    for (const take each : takes) {
        on_both([&] {
            FAST_MUTEX mutex;
            ExInitializeFastMutex(&mutex);
            raise_to(DISPATCH_LEVEL);
            check_bug_check(EMU_EXPECT_VIOLATION(rule::irql_too_high, each(&mutex)), verifier,
                            0x33, DISPATCH_LEVEL, bits(&mutex));
        });
    }
}

TEST_CASE("guarded_mutex: above APC_LEVEL every routine reports irql_too_high, 0xC4/0x2000F") {
    using take = void (*)(PKGUARDED_MUTEX mutex);
    constexpr take routines[] = {KeAcquireGuardedMutex, KeAcquireGuardedMutexUnsafe,
                                 KeReleaseGuardedMutex, KeReleaseGuardedMutexUnsafe,
                                 [](PKGUARDED_MUTEX m) { KeTryToAcquireGuardedMutex(m); }};
    for (const take each : routines) {
        on_both([&] {
            KGUARDED_MUTEX mutex;
            KeInitializeGuardedMutex(&mutex);
            raise_to(DISPATCH_LEVEL);
            check_bug_check(EMU_EXPECT_VIOLATION(rule::irql_too_high, each(&mutex)), verifier,
                            0x2000F);
        });
    }
    on_both([] {
        KGUARDED_MUTEX mutex;
        raise_to(DISPATCH_LEVEL);
        check_no_bug_check(
            EMU_EXPECT_VIOLATION(rule::irql_too_high, KeInitializeGuardedMutex(&mutex)));
    });
}

TEST_BOTH("fast_mutex: a release at PASSIVE_LEVEL reports irql_too_low, 0xC4/0x34") {
    FAST_MUTEX mutex;
    ExInitializeFastMutex(&mutex);
    ExAcquireFastMutex(&mutex);
    KeLowerIrql(PASSIVE_LEVEL);
    check_bug_check(EMU_EXPECT_VIOLATION(rule::irql_too_low, ExReleaseFastMutex(&mutex)), verifier,
                    0x34, PASSIVE_LEVEL, 0, bits(&mutex));
}

TEST_BOTH("fast_mutex: unsafe routines with APCs enabled report apcs_enabled, 0xC4/0x39") {
    FAST_MUTEX mutex;
    ExInitializeFastMutex(&mutex);
    check_bug_check(EMU_EXPECT_VIOLATION(rule::apcs_enabled, ExAcquireFastMutexUnsafe(&mutex)),
                    verifier, 0x39, PASSIVE_LEVEL, 0, bits(&mutex));
}

TEST_BOTH("fast_mutex: an unsafe release with APCs enabled reports apcs_enabled, 0xC4/0x3A") {
    FAST_MUTEX mutex;
    ExInitializeFastMutex(&mutex);
    KeEnterCriticalRegion();
    ExAcquireFastMutexUnsafe(&mutex);
    KeLeaveCriticalRegion();
    check_bug_check(EMU_EXPECT_VIOLATION(rule::apcs_enabled, ExReleaseFastMutexUnsafe(&mutex)),
                    verifier, 0x3A, PASSIVE_LEVEL, 0, bits(&mutex));
}

TEST_BOTH("fast_mutex: the unsafe routines are content with either region, and with APC_LEVEL") {
    FAST_MUTEX mutex;
    ExInitializeFastMutex(&mutex);
    KeEnterGuardedRegion();
    ExAcquireFastMutexUnsafe(&mutex);
    ExReleaseFastMutexUnsafe(&mutex);
    KeLeaveGuardedRegion();
    const KIRQL before = raise_to(APC_LEVEL);
    ExAcquireFastMutexUnsafe(&mutex);
    ExReleaseFastMutexUnsafe(&mutex);
    KeLowerIrql(before);
}

TEST_CASE("guarded_mutex: unsafe routines in a mere critical region report apcs_enabled") {
    on_both([] {
        KGUARDED_MUTEX mutex;
        KeInitializeGuardedMutex(&mutex);
        KeEnterCriticalRegion();
        check_no_bug_check(
            EMU_EXPECT_VIOLATION(rule::apcs_enabled, KeAcquireGuardedMutexUnsafe(&mutex)));
    });
    on_both([] {
        KGUARDED_MUTEX mutex;
        KeInitializeGuardedMutex(&mutex);
        KeEnterCriticalRegion();
        EMU_EXPECT_VIOLATION(rule::apcs_enabled, KeReleaseGuardedMutexUnsafe(&mutex));
    });
}

TEST_BOTH("guarded_mutex: the unsafe routines are content with APC_LEVEL") {
    KGUARDED_MUTEX mutex;
    KeInitializeGuardedMutex(&mutex);
    const KIRQL before = raise_to(APC_LEVEL);
    KeAcquireGuardedMutexUnsafe(&mutex);
    KeReleaseGuardedMutexUnsafe(&mutex);
    KeLowerIrql(before);
}

TEST_CASE("fast_mutex: plain and unsafe routines do not go together: wrong_release_routine") {
    on_both([] {
        FAST_MUTEX mutex;
        ExInitializeFastMutex(&mutex);
        ExAcquireFastMutex(&mutex);
        check_no_bug_check(
            EMU_EXPECT_VIOLATION(rule::wrong_release_routine, ExReleaseFastMutexUnsafe(&mutex)));
    });
    on_both([] {
        FAST_MUTEX mutex;
        ExInitializeFastMutex(&mutex);
        raise_to(APC_LEVEL);
        ExAcquireFastMutexUnsafe(&mutex);
        EMU_EXPECT_VIOLATION(rule::wrong_release_routine, ExReleaseFastMutex(&mutex));
    });
    on_both([] {
        KGUARDED_MUTEX mutex;
        KeInitializeGuardedMutex(&mutex);
        KeAcquireGuardedMutex(&mutex);
        EMU_EXPECT_VIOLATION(rule::wrong_release_routine, KeReleaseGuardedMutexUnsafe(&mutex));
    });
    on_both([] {
        KGUARDED_MUTEX mutex;
        KeInitializeGuardedMutex(&mutex);
        KeEnterGuardedRegion();
        KeAcquireGuardedMutexUnsafe(&mutex);
        EMU_EXPECT_VIOLATION(rule::wrong_release_routine, KeReleaseGuardedMutex(&mutex));
    });
}

TEST_BOTH(
    "fast_mutex: release before a mutex acquired later: released_out_of_order, 0xC4/0x1003") {
    FAST_MUTEX first, later;
    ExInitializeFastMutex(&first);
    ExInitializeFastMutex(&later);
    ExAcquireFastMutex(&first);
    ExAcquireFastMutex(&later);
    check_bug_check(EMU_EXPECT_VIOLATION(rule::released_out_of_order, ExReleaseFastMutex(&first)),
                    verifier, 0x1003, bits(&first), bits(&later));
}

TEST_BOTH("fast_mutex: out of order at APC_LEVEL all the time, or unsafely, is silent") {
    FAST_MUTEX first, later;
    ExInitializeFastMutex(&first);
    ExInitializeFastMutex(&later);
    const KIRQL before = raise_to(APC_LEVEL);
    ExAcquireFastMutex(&first);
    ExAcquireFastMutex(&later);
    ExReleaseFastMutex(&first);
    ExReleaseFastMutex(&later);
    ExAcquireFastMutexUnsafe(&first);
    ExAcquireFastMutexUnsafe(&later);
    ExReleaseFastMutexUnsafe(&first);
    ExReleaseFastMutexUnsafe(&later);
    KeLowerIrql(before);
}

TEST_CASE("fast_mutex: never initialised, overwritten, freed, null and misaligned are reported") {
    for_each_pair([](const auto &pair) {
        using mutex_type = mutex_of<std::decay_t<decltype(pair)>>;
        mutex_type mutex{};
        check_detected<mutex_type>(
            EMU_EXPECT_VIOLATION(rule::overwritten_object, pair.acquire(&mutex)), 0x1002,
            bits(&mutex));
    });
    for_each_pair([](const auto &pair) {
        mutex_of<std::decay_t<decltype(pair)>> mutex;
        pair.initialize(&mutex);
        mutex.Count = 7;
        EMU_EXPECT_VIOLATION(rule::overwritten_object, pair.acquire(&mutex));
    });
    for_each_pair([](const auto &pair) {
        using mutex_type = mutex_of<std::decay_t<decltype(pair)>>;
        auto *mutex = static_cast<mutex_type *>(
            ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(mutex_type), 'kcoL'));
        pair.initialize(mutex);
        ExFreePool(mutex);
        check_no_bug_check(EMU_EXPECT_VIOLATION(rule::freed_object, pair.acquire(mutex)));
    });
    for_each_pair(
        [](const auto &pair) { EMU_EXPECT_VIOLATION(rule::null_object, pair.acquire(nullptr)); });
    for_each_pair([](const auto &pair) {
        using mutex_type = mutex_of<std::decay_t<decltype(pair)>>;
        mutex_type mutexes[2];
        EMU_EXPECT_VIOLATION(
            rule::misaligned_object,
            pair.acquire(reinterpret_cast<mutex_type *>(reinterpret_cast<char *>(mutexes) + 4)));
    });
}

TEST_CASE("fast_mutex: a try of a mutex that was never initialised is reported") {
    on_both([] {
        FAST_MUTEX mutex{};
        EMU_EXPECT_VIOLATION(rule::overwritten_object, ExTryToAcquireFastMutex(&mutex));
    });
    on_both([] {
        KGUARDED_MUTEX mutex{};
        EMU_EXPECT_VIOLATION(rule::overwritten_object, KeTryToAcquireGuardedMutex(&mutex));
    });
}

TEST_CASE("fast_mutex: initialising a held mutex reports reinitialised_while_held") {
    for_each_pair([](const auto &pair) {
        mutex_of<std::decay_t<decltype(pair)>> mutex;
        pair.initialize(&mutex);
        pair.acquire(&mutex);
        EMU_EXPECT_VIOLATION(rule::reinitialised_while_held, pair.initialize(&mutex));
    });
}

TEST_CASE("fast_mutex: initialising again after the release, or over zeroes, is silent") {
    for_each_pair([](const auto &pair) {
        mutex_of<std::decay_t<decltype(pair)>> mutex{};
        pair.initialize(&mutex);
        pair.acquire(&mutex);
        pair.release(&mutex);
        pair.initialize(&mutex);
    });
}

TEST_CASE("fast_mutex: a mutex held at thread exit is 0xC4/0x100A") {
    const emu::exploration_result found = emu::search([] {
        static FAST_MUTEX mutex;
        ExInitializeFastMutex(&mutex);
        emu::system_thread{[] { ExAcquireFastMutex(&mutex); }}.join();
    });
    CHECK(found.which == rule::held_at_thread_exit);
    CHECK(found.report.find("0x100A") != std::string::npos);
}

TEST_BOTH_FREE("fast_mutex, free: misuse that retail does not see stays unnoticed") {
    FAST_MUTEX mutex;
    ExInitializeFastMutex(&mutex);
    ExAcquireFastMutexUnsafe(&mutex);
    ExReleaseFastMutexUnsafe(&mutex);
    ExAcquireFastMutex(&mutex);
    ExReleaseFastMutexUnsafe(&mutex);
    CHECK(KeGetCurrentIrql() == APC_LEVEL);
    KeLowerIrql(PASSIVE_LEVEL);
    CHECK(mutex.Count == 1);
}
