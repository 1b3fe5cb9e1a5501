// Rundown protection: the word's values, who gets in, who is waited for; both sizes.
#include <atomic>
#include <memory>
#include <vector>

#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

constexpr ULONG tag = 'nuRp';

// Both sizes of protection, so that a case can hold for each.
struct protection {
    virtual ~protection() = default;
    virtual BOOLEAN acquire(ULONG count = 0) = 0;
    virtual void release(ULONG count = 0) = 0;
    virtual void wait() = 0;
    virtual void complete() = 0;
    virtual void reinitialize() = 0;
    virtual ULONG_PTR word() = 0;
};

struct plain final : protection {
    plain() { ExInitializeRundownProtection(&it); }
    BOOLEAN acquire(ULONG count) override {
        return count == 0 ? ExAcquireRundownProtection(&it)
                          : ExAcquireRundownProtectionEx(&it, count);
    }
    void release(ULONG count) override {
        count == 0 ? ExReleaseRundownProtection(&it) : ExReleaseRundownProtectionEx(&it, count);
    }
    void wait() override { ExWaitForRundownProtectionRelease(&it); }
    void complete() override { ExRundownCompleted(&it); }
    void reinitialize() override { ExReInitializeRundownProtection(&it); }
    ULONG_PTR word() override { return __atomic_load_n(&it.Count, __ATOMIC_RELAXED); }
    EX_RUNDOWN_REF it;
};

struct cache_aware final : protection {
    cache_aware() : it(ExAllocateCacheAwareRundownProtection(NonPagedPoolNx, tag)) {}
    ~cache_aware() override { ExFreeCacheAwareRundownProtection(it); }
    BOOLEAN acquire(ULONG count) override {
        return count == 0 ? ExAcquireRundownProtectionCacheAware(it)
                          : ExAcquireRundownProtectionCacheAwareEx(it, count);
    }
    void release(ULONG count) override {
        count == 0 ? ExReleaseRundownProtectionCacheAware(it)
                   : ExReleaseRundownProtectionCacheAwareEx(it, count);
    }
    void wait() override { ExWaitForRundownProtectionReleaseCacheAware(it); }
    void complete() override { ExRundownCompletedCacheAware(it); }
    void reinitialize() override { ExReInitializeRundownProtectionCacheAware(it); }
    ULONG_PTR word() override {
        return __atomic_load_n(reinterpret_cast<ULONG_PTR *>(it), __ATOMIC_RELAXED);
    }
    PEX_RUNDOWN_REF_CACHE_AWARE it;
};

template <class Body>
void on_each(const Body &body) {
    for (const bool large : {false, true}) {
        CAPTURE(large);
        on_both([&] {
            std::unique_ptr<protection> of;
            if (large) {
                of = std::make_unique<cache_aware>();
            } else {
                of = std::make_unique<plain>();
            }
            body(*of);
        });
    }
}

// Bodies that end in a violation must leave no destructor that calls.
template <class Body>
emu::violation misuse_of(rule expected, EX_RUNDOWN_REF &it, const Body &body) {
    return emu::expect_violation(expected, [&] { body(&it); });
}

}  // namespace

TEST_CASE("rundown: the word counts users by two, and is 1 when run down") {
    on_each([](protection &of) {
        CHECK(of.word() == 0);
        CHECK(of.acquire());
        CHECK(of.word() == 2);
        CHECK(of.acquire(3));
        CHECK(of.word() == 8);
        of.release();
        of.release(3);
        CHECK(of.word() == 0);
        of.wait();
        CHECK(of.word() == EX_RUNDOWN_ACTIVE);
        of.complete();
        CHECK(of.word() == EX_RUNDOWN_ACTIVE);
    });
}

TEST_CASE("rundown: acquires fail once it has begun, waits return at once, re-use needs a call") {
    on_each([](protection &of) {
        of.wait();
        CHECK_FALSE(of.acquire());
        CHECK_FALSE(of.acquire(2));
        of.wait();
        of.complete();
        of.wait();
        CHECK_FALSE(of.acquire());
        of.reinitialize();
        CHECK(of.acquire());
        of.release();
    });
}

TEST_CASE("rundown: works at DISPATCH_LEVEL, and any thread may release") {
    on_each([](protection &of) {
        const KIRQL before = raise_to(DISPATCH_LEVEL);
        CHECK(of.acquire());
        KeLowerIrql(before);
        emu::system_thread{[&] { of.release(); }}.join();
        CHECK(of.word() == 0);
    });
}

TEST_CASE("rundown: the wait is for the last user, and nobody gets in meanwhile") {
    on_each([](protection &of) {
        std::atomic<bool> over{false};
        CHECK(of.acquire());
        CHECK(of.acquire(2));
        emu::system_thread waiter{"waiter", [&] {
                                      of.wait();
                                      over = true;
                                  }};
        while (of.acquire()) {
            of.release();
            let_others_run(1000);
        }
        CHECK((of.word() & EX_RUNDOWN_ACTIVE) != 0);
        of.release(2);
        CHECK_FALSE(over);
        of.release();
        waiter.join();
        CHECK(over);
        CHECK(of.word() == EX_RUNDOWN_ACTIVE);
    });
}

TEST_CASE("rundown: two threads may wait") {
    on_each([](protection &of) {
        CHECK(of.acquire());
        emu::system_thread a{[&] { of.wait(); }}, b{[&] { of.wait(); }};
        while (of.word() == 2) {
            let_others_run(1000);
        }
        let_others_run(1000);
        of.release();
        a.join(), b.join();
        CHECK(of.word() == EX_RUNDOWN_ACTIVE);
    });
}

TEST_BOTH("rundown: zeroed storage is initialised; cache-aware storage may be the caller's") {
    static EX_RUNDOWN_REF zero;
    CHECK(ExAcquireRundownProtection(&zero));
    ExReleaseRundownProtection(&zero);
    const SIZE_T size = ExSizeOfRundownProtectionCacheAware();
    auto it = static_cast<PEX_RUNDOWN_REF_CACHE_AWARE>(
        ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_UNINITIALIZED, size, tag));
    ExInitializeRundownProtectionCacheAware(it, size);
    CHECK(ExAcquireRundownProtectionCacheAware(it));
    ExReleaseRundownProtectionCacheAware(it);
    ExInitializeRundownProtectionCacheAwareEx(it, 0);
    CHECK(ExAcquireRundownProtectionCacheAware(it));
    ExReleaseRundownProtectionCacheAware(it);
    ExCleanupRundownProtectionCacheAware(it);
    ExFreePoolWithTag(it, tag);
}

TEST_BOTH("rundown: under stress no user meets the object after the wait") {
    constexpr int users = 3, rounds = 40;
    for (int round = 0; round < rounds; ++round) {
        EX_RUNDOWN_REF it;
        ExInitializeRundownProtection(&it);
        std::atomic<bool> gone{false};
        std::atomic<int> late{0};
        std::vector<emu::system_thread> all;
        for (int i = 0; i < users; ++i) {
            all.emplace_back([&] {
                for (int turn = 0; turn < 200 && ExAcquireRundownProtection(&it); ++turn) {
                    late += gone.load();
                    ExReleaseRundownProtection(&it);
                }
            });
        }
        ExWaitForRundownProtectionRelease(&it);
        gone = true;
        all.clear();
        CHECK(late == 0);
    }
}

TEST_CASE("rundown: no schedule loses the wake-up or lets a user in too late") {
    emu::exploration how;
    how.schedules = 400;
    const emu::exploration_result result = emu::search(
        [] {
            EX_RUNDOWN_REF it;
            ExInitializeRundownProtection(&it);
            bool gone = false;
            KEVENT never;
            KeInitializeEvent(&never, NotificationEvent, FALSE);
            const auto use = [&] {
                for (int i = 0; i < 2; ++i) {
                    if (ExAcquireRundownProtection(&it)) {
                        KeReadStateEvent(&never);  // a scheduling point
                        EMU_CHECK(!gone);
                        ExReleaseRundownProtection(&it);
                    }
                }
            };
            emu::system_thread a{use}, b{use}, c{[&] {
                ExWaitForRundownProtectionRelease(&it);
                gone = true;
            }};
            a.join(), b.join(), c.join();
            EMU_CHECK(it.Count == EX_RUNDOWN_ACTIVE);
        },
        how);
    INFO(result.report);
    CHECK_FALSE(result.failed);
}

TEST_BOTH("rundown: released more often than acquired reports unheld_release") {
    EX_RUNDOWN_REF it{};
    ExAcquireRundownProtection(&it);
    ExReleaseRundownProtection(&it);
    check_no_bug_check(misuse_of(rule::unheld_release, it,
                                 [](PEX_RUNDOWN_REF of) { ExReleaseRundownProtection(of); }));
}

TEST_BOTH("rundown: a release of more than was acquired, or after a failed acquire, too") {
    EX_RUNDOWN_REF it{};
    ExAcquireRundownProtection(&it);
    check_no_bug_check(misuse_of(rule::unheld_release, it,
                                 [](PEX_RUNDOWN_REF of) { ExReleaseRundownProtectionEx(of, 2); }));
}

TEST_BOTH("rundown: used after FALSE, the release reports unheld_release") {
    EX_RUNDOWN_REF it{};
    ExWaitForRundownProtectionRelease(&it);
    CHECK_FALSE(ExAcquireRundownProtection(&it));
    misuse_of(rule::unheld_release, it,
              [](PEX_RUNDOWN_REF of) { ExReleaseRundownProtection(of); });
}

TEST_BOTH("rundown: re-initialised before its rundown reports not_run_down") {
    EX_RUNDOWN_REF it{};
    check_no_bug_check(misuse_of(rule::not_run_down, it,
                                 [](PEX_RUNDOWN_REF of) { ExReInitializeRundownProtection(of); }));
}

TEST_BOTH("rundown: completed before its rundown reports not_run_down") {
    EX_RUNDOWN_REF it{};
    ExAcquireRundownProtection(&it);
    misuse_of(rule::not_run_down, it, [](PEX_RUNDOWN_REF of) { ExRundownCompleted(of); });
}

TEST_BOTH("rundown: waited for above APC_LEVEL reports irql_too_high") {
    EX_RUNDOWN_REF it{};
    raise_to(DISPATCH_LEVEL);
    misuse_of(rule::irql_too_high, it,
              [](PEX_RUNDOWN_REF of) { ExWaitForRundownProtectionRelease(of); });
}

TEST_CASE("rundown: a wait while holding a reference is found to hang") {
    const emu::exploration_result result = emu::search([] {
        EX_RUNDOWN_REF it{};
        ExAcquireRundownProtection(&it);
        ExWaitForRundownProtectionRelease(&it);
    });
    CHECK(result.failed);
    CHECK(result.which == rule::lost_wakeup);
    CHECK(result.report.find("ExWaitForRundownProtectionRelease") != std::string::npos);
}

TEST_BOTH("rundown: garbage reports overwritten_object") {
    EX_RUNDOWN_REF it;
    it.Count = 0xCDCDCDCDCDCDCDCD;
    misuse_of(rule::overwritten_object, it,
              [](PEX_RUNDOWN_REF of) { ExAcquireRundownProtection(of); });
}

TEST_BOTH("rundown: protection in freed memory reports freed_object") {
    auto *it = static_cast<PEX_RUNDOWN_REF>(
        ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(EX_RUNDOWN_REF), tag));
    ExFreePoolWithTag(it, tag);
    misuse_of(rule::freed_object, *it, [](PEX_RUNDOWN_REF of) { ExAcquireRundownProtection(of); });
}

TEST_BOTH("rundown: flags report invalid_flags, 0x16C") {
    auto it = ExAllocateCacheAwareRundownProtection(NonPagedPoolNx, tag);
    check_bug_check(EMU_EXPECT_VIOLATION(rule::invalid_flags,
                                         ExInitializeRundownProtectionCacheAwareEx(it, 4)),
                    INVALID_RUNDOWN_PROTECTION_FLAGS, 4, bits(it));
}

TEST_BOTH("rundown: too small a storage reports invalid_parameter") {
    auto it = ExAllocateCacheAwareRundownProtection(NonPagedPoolNx, tag);
    EMU_EXPECT_VIOLATION(rule::invalid_parameter, ExInitializeRundownProtectionCacheAware(it, 8));
}
