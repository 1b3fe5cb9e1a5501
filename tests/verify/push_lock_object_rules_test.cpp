// Push lock rules of levels, APCs, flags and the object itself.
#include "push_lock_routines.hpp"

using namespace tests;
using emu::rule;

namespace {

constexpr ULONG tag = 'kcoL';

struct flag_routine {
    const char *name;
    void (*call)(PEX_PUSH_LOCK lock, ULONG flags);
};

constexpr flag_routine flag_routines[] = {
    {"ExAcquirePushLockExclusiveEx",
     [](PEX_PUSH_LOCK l, ULONG f) { ExAcquirePushLockExclusiveEx(l, f); }},
    {"ExAcquirePushLockSharedEx",
     [](PEX_PUSH_LOCK l, ULONG f) { ExAcquirePushLockSharedEx(l, f); }},
    {"ExTryAcquirePushLockExclusiveEx",
     [](PEX_PUSH_LOCK l, ULONG f) { ExTryAcquirePushLockExclusiveEx(l, f); }},
    {"ExTryAcquirePushLockSharedEx",
     [](PEX_PUSH_LOCK l, ULONG f) { ExTryAcquirePushLockSharedEx(l, f); }},
    {"ExReleasePushLockExclusiveEx",
     [](PEX_PUSH_LOCK l, ULONG f) { ExReleasePushLockExclusiveEx(l, f); }},
    {"ExReleasePushLockSharedEx",
     [](PEX_PUSH_LOCK l, ULONG f) { ExReleasePushLockSharedEx(l, f); }},
    {"ExReleasePushLockEx", [](PEX_PUSH_LOCK l, ULONG f) { ExReleasePushLockEx(l, f); }},
    {"FltAcquirePushLockExclusiveEx",
     [](PEX_PUSH_LOCK l, ULONG f) { FltAcquirePushLockExclusiveEx(l, f); }},
    {"FltAcquirePushLockSharedEx",
     [](PEX_PUSH_LOCK l, ULONG f) { FltAcquirePushLockSharedEx(l, f); }},
    {"FltReleasePushLockEx", [](PEX_PUSH_LOCK l, ULONG f) { FltReleasePushLockEx(l, f); }},
};

// Every routine that takes the lock by one pointer.
template <class Body>
void for_every_routine(const Body &body) {
    for (const acquire_routine &each : acquires) {
        body(each.name, [&](PEX_PUSH_LOCK lock) { each.call(lock); });
    }
    for (const try_routine &each : tries) {
        body(each.name, [&](PEX_PUSH_LOCK lock) { each.call(lock); });
    }
    for (const release_routine &each : releases) {
        body(each.name, [&](PEX_PUSH_LOCK lock) { each.call(lock); });
    }
}

template <class Body>
void for_every_routine_and_init(const Body &body) {
    for_every_routine(body);
    body("ExInitializePushLock", [](PEX_PUSH_LOCK lock) { ExInitializePushLock(lock); });
    body("FltInitializePushLock", [](PEX_PUSH_LOCK lock) { FltInitializePushLock(lock); });
    body("FltDeletePushLock", [](PEX_PUSH_LOCK lock) { FltDeletePushLock(lock); });
}

}  // namespace

TEST_CASE("push_lock: acquire with normal kernel APCs enabled reports apcs_enabled, 0xC4/0xEA") {
    const auto check = [](const char *name, const auto &call) {
        CAPTURE(name);
        on_both([&] {
            EX_PUSH_LOCK lock = 0;
            check_bug_check(EMU_EXPECT_VIOLATION(rule::apcs_enabled, call(&lock)),
                            DRIVER_VERIFIER_DETECTED_VIOLATION, 0xEA, PASSIVE_LEVEL, 0,
                            bits(&lock));
        });
    };
    for (const acquire_routine &each : acquires) {
        if (each.way == way_in::ex) {
            check(each.name, each.call);
        }
    }
    for (const try_routine &each : tries) {
        check(each.name, each.call);
    }
}

TEST_CASE("push_lock: release with normal kernel APCs enabled reports apcs_enabled, 0xC4/0xEB") {
    for (const release_routine &each : releases) {
        if (each.way == way_in::flt) {
            continue;
        }
        CAPTURE(each.name);
        on_both([&] {
            EX_PUSH_LOCK lock = 0;
            KeEnterCriticalRegion();
            each.fits(true) ? ExAcquirePushLockShared(&lock) : ExAcquirePushLockExclusive(&lock);
            KeLeaveCriticalRegion();
            check_bug_check(EMU_EXPECT_VIOLATION(rule::apcs_enabled, each.call(&lock)),
                            DRIVER_VERIFIER_DETECTED_VIOLATION, 0xEB, PASSIVE_LEVEL, 0,
                            bits(&lock));
        });
    }
}

TEST_BOTH("push_lock: the Flt routines need no region around them") {
    EX_PUSH_LOCK lock = 0;
    FltAcquirePushLockExclusive(&lock);
    FltReleasePushLock(&lock);
    FltAcquirePushLockShared(&lock);
    FltReleasePushLock(&lock);
    CHECK_FALSE(KeAreApcsDisabled());
}

TEST_CASE("push_lock: a guarded region, or APC_LEVEL, satisfies the APC requirement") {
    for (const acquire_routine &in : acquires) {
        for (const release_routine &out : releases) {
            if (in.way == way_in::flt || out.way == way_in::flt || !out.fits(in.shared)) {
                continue;
            }
            CAPTURE(in.name);
            CAPTURE(out.name);
            on_both([&] {
                EX_PUSH_LOCK lock = 0;
                KeEnterGuardedRegion();
                in.call(&lock);
                out.call(&lock);
                KeLeaveGuardedRegion();
                const KIRQL before = raise_to(APC_LEVEL);
                in.call(&lock);
                out.call(&lock);
                KeLowerIrql(before);
                CHECK(lock == 0);
            });
        }
    }
}

TEST_CASE("push_lock: acquire at DISPATCH_LEVEL reports irql_too_high, 0x192") {
    const auto check = [](const char *name, const auto &call) {
        CAPTURE(name);
        on_both([&] {
            EX_PUSH_LOCK lock = 0;
            const std::uint64_t self = this_thread();
            KeEnterCriticalRegion();
            raise_to(DISPATCH_LEVEL);
            check_bug_check(EMU_EXPECT_VIOLATION(rule::irql_too_high, call(&lock)),
                            KERNEL_AUTO_BOOST_LOCK_ACQUISITION_WITH_RAISED_IRQL, self, bits(&lock),
                            DISPATCH_LEVEL);
        });
    };
    for (const acquire_routine &each : acquires) {
        check(each.name, each.call);
    }
    for (const try_routine &each : tries) {
        check(each.name, each.call);
    }
}

TEST_CASE("push_lock: release at DISPATCH_LEVEL reports irql_too_high, no bug check") {
    for (const release_routine &each : releases) {
        CAPTURE(each.name);
        on_both([&] {
            EX_PUSH_LOCK lock = 0;
            KeEnterCriticalRegion();
            each.fits(true) ? ExAcquirePushLockShared(&lock) : ExAcquirePushLockExclusive(&lock);
            raise_to(DISPATCH_LEVEL);
            check_no_bug_check(EMU_EXPECT_VIOLATION(rule::irql_too_high, each.call(&lock)));
        });
    }
}

TEST_BOTH("push_lock: FltInitializePushLock at DISPATCH_LEVEL reports irql_too_high") {
    EX_PUSH_LOCK lock = 0;
    raise_to(DISPATCH_LEVEL);
    ExInitializePushLock(&lock);  // its page names no level
    check_no_bug_check(EMU_EXPECT_VIOLATION(rule::irql_too_high, FltInitializePushLock(&lock)));
}

TEST_BOTH("push_lock: FltDeletePushLock at DISPATCH_LEVEL reports irql_too_high") {
    EX_PUSH_LOCK lock = 0;
    raise_to(DISPATCH_LEVEL);
    check_no_bug_check(EMU_EXPECT_VIOLATION(rule::irql_too_high, FltDeletePushLock(&lock)));
}

TEST_BOTH("push_lock: FsRtlAllocateAePushLock at DISPATCH_LEVEL reports irql_too_high") {
    raise_to(DISPATCH_LEVEL);
    check_no_bug_check(
        EMU_EXPECT_VIOLATION(rule::irql_too_high, FsRtlAllocateAePushLock(NonPagedPoolNx, tag)));
}

TEST_CASE("push_lock: unknown flag bits report invalid_flags, 0x152") {
    for (const flag_routine &each : flag_routines) {
        for (const ULONG flags : {0x4u, 0x7u, 0x80000000u}) {
            CAPTURE(each.name);
            CAPTURE(flags);
            on_both([&] {
                EX_PUSH_LOCK lock = 0;
                KeEnterCriticalRegion();
                check_bug_check(EMU_EXPECT_VIOLATION(rule::invalid_flags, each.call(&lock, flags)),
                                INVALID_PUSH_LOCK_FLAGS, flags, bits(&lock));
            });
        }
    }
}

TEST_BOTH("push_lock: the auto-boost flags of the Flt routines are legal") {
    EX_PUSH_LOCK lock = 0;
    for (const ULONG flags : {0u, 1u, 2u, 3u}) {
        FltAcquirePushLockExclusiveEx(&lock, flags);
        CHECK(lock == 1);
        FltReleasePushLockEx(&lock, flags);
        FltAcquirePushLockSharedEx(&lock, flags);
        CHECK(lock == 17);
        FltReleasePushLockEx(&lock, flags);
    }
    CHECK_FALSE(KeAreApcsDisabled());
}

TEST_CASE("push_lock: a null pointer reports null_object") {
    for_every_routine_and_init([](const char *name, const auto &call) {
        for (const std::uint64_t address : {std::uint64_t{0}, std::uint64_t{0x40}}) {
            CAPTURE(name);
            CAPTURE(address);
            on_both([&] {
                KeEnterCriticalRegion();
                check_no_bug_check(EMU_EXPECT_VIOLATION(
                    rule::null_object, call(reinterpret_cast<PEX_PUSH_LOCK>(address))));
            });
        }
    });
}

TEST_CASE(
    "push_lock: a misaligned lock reports misaligned_object, one at any multiple of 8 none") {
    for_every_routine_and_init([](const char *name, const auto &call) {
        for (const std::size_t offset : {1u, 4u, 7u}) {
            CAPTURE(name);
            CAPTURE(offset);
            on_both([&] {
                EX_PUSH_LOCK storage[2] = {};
                auto *lock =
                    reinterpret_cast<PEX_PUSH_LOCK>(reinterpret_cast<char *>(storage) + offset);
                KeEnterCriticalRegion();
                check_no_bug_check(EMU_EXPECT_VIOLATION(rule::misaligned_object, call(lock)));
            });
        }
    });
    on_both([] {
        EX_PUSH_LOCK storage[2] = {};
        exclusively(&storage[0]);
        exclusively(&storage[1]);
    });
}

TEST_CASE("push_lock: use of a lock in freed pool memory reports freed_object") {
    for_every_routine([](const char *name, const auto &call) {
        CAPTURE(name);
        on_both([&] {
            auto *memory =
                static_cast<PEX_PUSH_LOCK>(ExAllocatePoolWithTag(NonPagedPoolNx, 64, tag));
            PEX_PUSH_LOCK lock = memory + 3;
            ExInitializePushLock(lock);
            exclusively(lock);
            ExFreePoolWithTag(memory, tag);
            KeEnterCriticalRegion();
            const emu::violation found = EMU_EXPECT_VIOLATION(rule::freed_object, call(lock));
            check_no_bug_check(found);
            CHECK(found.detail.find("24 bytes into") != std::string::npos);
            CHECK(found.detail.find("'Lock'") != std::string::npos);
        });
    });
}

TEST_CASE("push_lock: a word that no push lock can have reports overwritten_object") {
    // All of them with the waiting bit, so that the word is a pointer to nothing.
    for (const EX_PUSH_LOCK word : {0xDEADBEEFDEADBEEFull, 0x2ull, 0xFFFFFFFFFFFFFFFFull}) {
        for_every_routine([&](const char *name, const auto &call) {
            CAPTURE(name);
            CAPTURE(word);
            on_both([&] {
                EX_PUSH_LOCK lock = word;
                KeEnterCriticalRegion();
                check_no_bug_check(EMU_EXPECT_VIOLATION(rule::overwritten_object, call(&lock)));
            });
        });
    }
}

TEST_BOTH("push_lock: a block allocated anew where another was freed holds a usable lock") {
    for (int i = 0; i < 50; ++i) {
        auto *lock = static_cast<PEX_PUSH_LOCK>(ExAllocatePool2(POOL_FLAG_NON_PAGED, 32, tag));
        exclusively(lock);
        ExFreePoolWithTag(lock, tag);
    }
}
