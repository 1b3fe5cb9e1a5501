// Rules of executive resources: levels, APCs, recursion, release.  Each fires where it must and is
// silent next to that.
#include "resource_routines.hpp"

using namespace tests;
using emu::rule;

namespace {

// A writer that waits for the resource until the machine ends, or the resource is released.
struct waiting_writer {
    explicit waiting_writer(PERESOURCE on)
        : thread{"writer", [on] {
                     region inside;
                     ExAcquireResourceExclusiveLite(on, TRUE);
                     ExReleaseResourceLite(on);
                 }} {
        while (ExGetExclusiveWaiterCount(on) == 0) {
            let_others_run();
        }
    }
    emu::system_thread thread;
};

}  // namespace

TEST_CASE("resource: acquire with normal kernel APCs enabled reports apcs_enabled, 0xC4/0x37") {
    for (const resource_acquire &each : resource_acquires) {
        for (const BOOLEAN wait : {FALSE, TRUE}) {
            CAPTURE(each.name);
            on_both([&] {
                ERESOURCE it;
                ExInitializeResourceLite(&it);
                check_bug_check(EMU_EXPECT_VIOLATION(rule::apcs_enabled, each.call(&it, wait)),
                                DRIVER_VERIFIER_DETECTED_VIOLATION, 0x37, PASSIVE_LEVEL, 0,
                                bits(&it));
            });
        }
    }
    on_both([] {
        ERESOURCE it;
        ExInitializeResourceLite(&it);
        EMU_EXPECT_VIOLATION(rule::apcs_enabled, ExTryToAcquireResourceExclusiveLite(&it));
    });
}

TEST_BOTH("resource: release with normal kernel APCs enabled reports apcs_enabled, 0xC4/0x38") {
    ERESOURCE it;
    ExInitializeResourceLite(&it);
    KeEnterCriticalRegion();
    ExAcquireResourceSharedLite(&it, TRUE);
    KeLeaveCriticalRegion();
    check_bug_check(EMU_EXPECT_VIOLATION(rule::apcs_enabled, ExReleaseResourceLite(&it)),
                    DRIVER_VERIFIER_DETECTED_VIOLATION, 0x38, PASSIVE_LEVEL, 0, bits(&it));
}

TEST_NATIVE("resource: release for a thread needs APCs disabled, but not in a system thread") {
    ERESOURCE it;
    ExInitializeResourceLite(&it);
    emu::system_thread{[&] {
        KeEnterCriticalRegion();
        ExAcquireResourceSharedLite(&it, TRUE);
        KeLeaveCriticalRegion();
        ExReleaseResourceForThreadLite(&it, ExGetCurrentResourceThread());
    }}.join();
    KeEnterCriticalRegion();
    ExAcquireResourceSharedLite(&it, TRUE);
    KeLeaveCriticalRegion();
    check_bug_check(
        EMU_EXPECT_VIOLATION(rule::apcs_enabled,
                             ExReleaseResourceForThreadLite(&it, ExGetCurrentResourceThread())),
        DRIVER_VERIFIER_DETECTED_VIOLATION, 0x38, PASSIVE_LEVEL, 0, bits(&it));
}

TEST_CASE("resource: acquire at DISPATCH_LEVEL reports irql_too_high, 0xC4/0x20007") {
    for (const resource_acquire &each : resource_acquires) {
        CAPTURE(each.name);
        on_both([&] {
            ERESOURCE it;
            ExInitializeResourceLite(&it);
            raise_to(DISPATCH_LEVEL);
            check_bug_check(EMU_EXPECT_VIOLATION(rule::irql_too_high, each.call(&it, FALSE)),
                            DRIVER_VERIFIER_DETECTED_VIOLATION, 0x20007);
        });
    }
}

TEST_CASE(
    "resource: convert and delete at DISPATCH_LEVEL report irql_too_high, release does not") {
    on_both([] {
        ERESOURCE it;
        ExInitializeResourceLite(&it);
        raise_to(DISPATCH_LEVEL);
        check_bug_check(EMU_EXPECT_VIOLATION(rule::irql_too_high, ExDeleteResourceLite(&it)),
                        DRIVER_VERIFIER_DETECTED_VIOLATION, 0x20007);
    });
    on_both([] {
        ERESOURCE it;
        ExInitializeResourceLite(&it);
        KeEnterCriticalRegion();
        ExAcquireResourceExclusiveLite(&it, TRUE);
        raise_to(DISPATCH_LEVEL);
        check_bug_check(
            EMU_EXPECT_VIOLATION(rule::irql_too_high, ExConvertExclusiveToSharedLite(&it)),
            DRIVER_VERIFIER_DETECTED_VIOLATION, 0x20007);
    });
}

TEST_CASE("resource: release above DISPATCH_LEVEL reports irql_too_high") {
    on_both([] {
        ERESOURCE it;
        ExInitializeResourceLite(&it);
        KeEnterCriticalRegion();
        ExAcquireResourceExclusiveLite(&it, TRUE);
        raise_to(HIGH_LEVEL);
        check_no_bug_check(EMU_EXPECT_VIOLATION(rule::irql_too_high, ExReleaseResourceLite(&it)));
    });
}

TEST_CASE("resource: the routines with their own region report too high a level") {
    for (const resource_pair &each : resource_pairs) {
        CAPTURE(each.name);
        on_both([&] {
            ERESOURCE it;
            ExInitializeResourceLite(&it);
            raise_to(DISPATCH_LEVEL);
            EMU_EXPECT_VIOLATION(rule::irql_too_high, each.acquire(&it));
        });
    }
}

TEST_BOTH("resource: leaving a region that was never entered reports leave_without_enter") {
    ERESOURCE it;
    ExInitializeResourceLite(&it);
    KeEnterCriticalRegion();
    ExAcquireResourceExclusiveLite(&it, TRUE);
    KeLeaveCriticalRegion();
    check_bug_check(EMU_EXPECT_VIOLATION(rule::leave_without_enter,
                                         ExReleaseResourceAndLeaveCriticalRegion(&it)),
                    DRIVER_VERIFIER_DETECTED_VIOLATION, 0x3E);
}

TEST_BOTH("resource: upgrading reports shared_to_exclusive_upgrade, 0xC4/0x1000") {
    ERESOURCE it;
    ExInitializeResourceLite(&it);
    KeEnterCriticalRegion();
    ExAcquireResourceSharedLite(&it, TRUE);
    check_bug_check(EMU_EXPECT_VIOLATION(rule::shared_to_exclusive_upgrade,
                                         ExAcquireResourceExclusiveLite(&it, TRUE)),
                    DRIVER_VERIFIER_DETECTED_VIOLATION, 0x1000, bits(&it));
}

TEST_BOTH("resource: the Flt upgrade is one too; after a conversion another is") {
    ERESOURCE it;
    ExInitializeResourceLite(&it);
    FltAcquireResourceExclusive(&it);
    FltAcquireResourceExclusive(&it);  // fine
    ExConvertExclusiveToSharedLite(&it);
    EMU_EXPECT_VIOLATION(rule::shared_to_exclusive_upgrade, FltAcquireResourceExclusive(&it));
}

TEST_BOTH_FREE("resource, free: an upgrade without waiting fails as ever") {
    resource it;
    region inside;
    ExAcquireResourceSharedLite(it, TRUE);
    CHECK_FALSE(ExAcquireResourceExclusiveLite(it, FALSE));
    ExReleaseResourceLite(it);
}

TEST_CASE("resource, free: a simulated upgrade ends as a deadlock with oneself") {
    emu::exploration how;
    how.schedules = 1;
    how.machine.mode = emu::fidelity::free;
    const emu::exploration_result result = emu::search(
        [] {
            ERESOURCE it;
            ExInitializeResourceLite(&it);
            KeEnterCriticalRegion();
            ExAcquireResourceSharedLite(&it, TRUE);
            ExAcquireResourceExclusiveLite(&it, TRUE);
        },
        how);
    CHECK(result.failed);
    CHECK(result.which == rule::deadlock);
}

TEST_BOTH("resource: a sharer's WaitForExclusive behind a writer reports the self-deadlock") {
    ERESOURCE it;
    ExInitializeResourceLite(&it);
    KeEnterCriticalRegion();
    ExAcquireResourceSharedLite(&it, TRUE);
    waiting_writer writer(&it);
    CHECK_FALSE(ExAcquireSharedWaitForExclusive(&it, FALSE));
    check_no_bug_check(EMU_EXPECT_VIOLATION(rule::shared_beside_waiting_writer,
                                            ExAcquireSharedWaitForExclusive(&it, TRUE)));
}

TEST_BOTH("resource: release of a free one reports unheld_release, 0xE3") {
    ERESOURCE it;
    ExInitializeResourceLite(&it);
    KeEnterCriticalRegion();
    ExAcquireResourceSharedLite(&it, TRUE);
    ExReleaseResourceLite(&it);
    const std::uint64_t caller = this_thread();
    check_bug_check(EMU_EXPECT_VIOLATION(rule::unheld_release, ExReleaseResourceLite(&it)),
                    RESOURCE_NOT_OWNED, bits(&it), caller);
}

TEST_BOTH("resource: release by another thread reports release_not_owner, 0xE3") {
    ERESOURCE it;
    ExInitializeResourceLite(&it);
    emu::system_thread{"holder",
                       [&] {
                           ERESOURCE_THREAD storage = 0;
                           region inside;
                           ExAcquireResourceExclusiveLite(&it, TRUE);
                           ExSetResourceOwnerPointer(&it,
                                                     reinterpret_cast<PVOID>(bits(&storage) | 3));
                       }}
        .join();
    KeEnterCriticalRegion();
    const std::uint64_t caller = this_thread();
    check_bug_check(EMU_EXPECT_VIOLATION(rule::release_not_owner, ExReleaseResourceLite(&it)),
                    RESOURCE_NOT_OWNED, bits(&it), caller);
}

TEST_BOTH_FREE("resource, free: 0xE3 is retail's too, and 0x16E") {
    ERESOURCE it;
    ExInitializeResourceLite(&it);
    const std::uint64_t caller = this_thread();
    check_bug_check(EMU_EXPECT_VIOLATION(rule::unheld_release, ExReleaseResourceLite(&it)),
                    RESOURCE_NOT_OWNED, bits(&it), caller);
}

TEST_BOTH("resource: ExReleaseResourceLite after a change of owner reports release_not_owner") {
    ERESOURCE it;
    ERESOURCE_THREAD storage = 0;
    ExInitializeResourceLite(&it);
    KeEnterCriticalRegion();
    ExAcquireResourceExclusiveLite(&it, TRUE);
    ExSetResourceOwnerPointer(&it, reinterpret_cast<PVOID>(bits(&storage) | 3));
    EMU_EXPECT_VIOLATION(rule::release_not_owner, ExReleaseResourceLite(&it));
}

TEST_BOTH("resource: release for an id that owns nothing reports wrong_owner_id, 0x16E") {
    ERESOURCE it;
    ERESOURCE_THREAD storage = 0;
    ExInitializeResourceLite(&it);
    KeEnterCriticalRegion();
    ExAcquireResourceExclusiveLite(&it, TRUE);
    const std::uint64_t id = bits(&storage) | 3;
    const std::uint64_t caller = this_thread();
    check_bug_check(
        EMU_EXPECT_VIOLATION(rule::wrong_owner_id, ExReleaseResourceForThreadLite(&it, id)),
        ERESOURCE_INVALID_RELEASE, bits(&it), caller, id);
}

TEST_BOTH("resource: release for another thread that owns it still reports wrong_owner_id") {
    ERESOURCE it;
    ExInitializeResourceLite(&it);
    KEVENT in, never;
    KeInitializeEvent(&in, NotificationEvent, FALSE);
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    ERESOURCE_THREAD owner = 0;
    emu::system_thread holder{"holder", [&] {
                                  region inside;
                                  ExAcquireResourceSharedLite(&it, TRUE);
                                  owner = ExGetCurrentResourceThread();
                                  KeSetEvent(&in, 0, FALSE);
                                  wait_for(&never);
                                  ExReleaseResourceLite(&it);
                              }};
    wait_for(&in);
    KeEnterCriticalRegion();
    const std::uint64_t caller = this_thread();
    check_bug_check(
        EMU_EXPECT_VIOLATION(rule::wrong_owner_id, ExReleaseResourceForThreadLite(&it, owner)),
        ERESOURCE_INVALID_RELEASE, bits(&it), caller, owner);
}

TEST_CASE("resource: held at the end of a thread reports held_at_thread_exit, 0x153") {
    const emu::exploration_result result = emu::search([] {
        static ERESOURCE it;
        ExInitializeResourceLite(&it);
        emu::system_thread{"leaver",
                           [&] {
                               region inside;
                               ExAcquireResourceSharedLite(&it, TRUE);
                           }}
            .join();
    });
    CHECK(result.failed);
    CHECK(result.which == rule::held_at_thread_exit);
}
