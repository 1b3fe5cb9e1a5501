// Executive resources as drivers see them: fields, recursion, owners, pairs of routines.
#include <atomic>
#include <cstring>
#include <vector>

#include "resource_routines.hpp"

using namespace tests;

TEST_BOTH("resource: initialised at DISPATCH_LEVEL it is free, all counts zero") {
    ERESOURCE it;
    std::memset(&it, 0xCD, sizeof it);
    const KIRQL before = raise_to(DISPATCH_LEVEL);
    CHECK(ExInitializeResourceLite(&it) == STATUS_SUCCESS);
    CHECK_FALSE(ExIsResourceAcquiredExclusiveLite(&it));
    CHECK(ExIsResourceAcquiredSharedLite(&it) == 0);
    CHECK(ExGetSharedWaiterCount(&it) == 0);
    CHECK(ExGetExclusiveWaiterCount(&it) == 0);
    KeLowerIrql(before);
    CHECK(it.ActiveCount == 0);
    CHECK(it.ActiveEntries == 0);
    CHECK(it.ContentionCount == 0);
    CHECK(it.Flag == 0);
    CHECK(ExDeleteResourceLite(&it) == STATUS_SUCCESS);
}

TEST_BOTH("resource: the fields name the exclusive owner and count its holds") {
    resource it;
    region inside;
    for (ULONG n = 1; n <= 3; ++n) {
        CHECK(ExAcquireResourceExclusiveLite(it, TRUE));
        CHECK(it->OwnerEntry.OwnerThread == ExGetCurrentResourceThread());
        const ULONG count = it->OwnerEntry.OwnerCount;
        CHECK(count == n);
        CHECK(it->ActiveEntries == 1);
        CHECK(it->ActiveCount == 1);
        CHECK((it->Flag & ResourceOwnedExclusive) != 0);
        CHECK(ExIsResourceAcquiredExclusiveLite(it));
        CHECK(ExIsResourceAcquiredSharedLite(it) == n);
    }
    for (int n = 3; n-- > 0;) {
        ExReleaseResourceLite(it);
        CHECK(ExIsResourceAcquiredSharedLite(it) == static_cast<ULONG>(n));
    }
    CHECK(it->ActiveEntries == 0);
    CHECK(it->OwnerEntry.OwnerThread == 0);
    CHECK((it->Flag & ResourceOwnedExclusive) == 0);
}

TEST_CASE("resource: shared holds nest through every flavour, and count as such") {
    for (const resource_acquire &first : resource_acquires) {
        for (const resource_acquire &second : resource_acquires) {
            if (first.how == flavour::exclusive || second.how == flavour::exclusive) {
                continue;
            }
            CAPTURE(first.name);
            CAPTURE(second.name);
            on_both([&] {
                resource it;
                region inside;
                CHECK(first.call(it, TRUE));
                CHECK(second.call(it, FALSE));
                CHECK(second.call(it, TRUE));
                CHECK(ExIsResourceAcquiredSharedLite(it) == 3);
                CHECK_FALSE(ExIsResourceAcquiredExclusiveLite(it));
                CHECK(it->ActiveEntries == 1);
                for (int i = 0; i < 3; ++i) {
                    ExReleaseResourceLite(it);
                }
                CHECK(it->ActiveEntries == 0);
            });
        }
    }
}

TEST_CASE("resource: an exclusive owner may take every flavour, and stays exclusive") {
    for (const resource_acquire &second : resource_acquires) {
        CAPTURE(second.name);
        on_both([&] {
            resource it;
            region inside;
            CHECK(ExAcquireResourceExclusiveLite(it, FALSE));
            CHECK(second.call(it, TRUE));
            CHECK(ExIsResourceAcquiredExclusiveLite(it));
            CHECK(ExIsResourceAcquiredSharedLite(it) == 2);
            ExReleaseResourceLite(it);
            CHECK(ExIsResourceAcquiredExclusiveLite(it));
            ExReleaseResourceLite(it);
            CHECK_FALSE(ExIsResourceAcquiredExclusiveLite(it));
        });
    }
}

TEST_CASE("resource: without waiting nobody gets in beside an exclusive owner") {
    for (const resource_acquire &other : resource_acquires) {
        CAPTURE(other.name);
        on_both([&] {
            resource it;
            region inside;
            ExAcquireResourceExclusiveLite(it, TRUE);
            CHECK_FALSE(other_thread_gets(it, other));
            ExReleaseResourceLite(it);
            CHECK(other_thread_gets(it, other));
        });
    }
}

TEST_CASE("resource: beside a sharer the shared flavours get in, an exclusive request does not") {
    for (const resource_acquire &other : resource_acquires) {
        CAPTURE(other.name);
        on_both([&] {
            resource it;
            region inside;
            ExAcquireResourceSharedLite(it, TRUE);
            CHECK(other_thread_gets(it, other) == (other.how != flavour::exclusive));
            CHECK(it->ActiveEntries == 1);
            ExReleaseResourceLite(it);
        });
    }
}

TEST_BOTH("resource: a sharer's exclusive request without waiting fails and changes nothing") {
    resource it;
    region inside;
    ExAcquireResourceSharedLite(it, TRUE);
    CHECK_FALSE(ExAcquireResourceExclusiveLite(it, FALSE));
    CHECK_FALSE(ExTryToAcquireResourceExclusiveLite(it));
    CHECK(ExIsResourceAcquiredSharedLite(it) == 1);
    CHECK(ExGetExclusiveWaiterCount(it) == 0);
    ExReleaseResourceLite(it);
    CHECK(ExTryToAcquireResourceExclusiveLite(it));
    ExReleaseResourceLite(it);
}

TEST_BOTH("resource: many sharers stand in the owner table, each with its own count") {
    constexpr int sharers = 9;
    resource it;
    KEVENT go;
    KeInitializeEvent(&go, NotificationEvent, FALSE);
    std::atomic<int> in{0};
    KEVENT all_in;
    KeInitializeEvent(&all_in, NotificationEvent, FALSE);
    {
        std::vector<emu::system_thread> all;
        for (int i = 0; i < sharers; ++i) {
            all.emplace_back([&, i] {
                region inside;
                for (int k = 0; k <= i % 3; ++k) {
                    ExAcquireResourceSharedLite(it, TRUE);
                }
                if (++in == sharers) {
                    KeSetEvent(&all_in, 0, FALSE);
                }
                wait_for(&go);
                CHECK(ExIsResourceAcquiredSharedLite(it) == static_cast<ULONG>(1 + i % 3));
                for (int k = 0; k <= i % 3; ++k) {
                    ExReleaseResourceLite(it);
                }
                CHECK(ExIsResourceAcquiredSharedLite(it) == 0);
            });
        }
        wait_for(&all_in);
        CHECK(it->ActiveEntries == sharers);
        CHECK(it->ActiveCount == sharers);
        CHECK(it->OwnerTable != nullptr);
        CHECK(ExIsResourceAcquiredSharedLite(it) == 0);
        KeSetEvent(&go, 0, FALSE);
    }
    CHECK(it->ActiveEntries == 0);
    region inside;
    CHECK(ExAcquireResourceExclusiveLite(it, FALSE));
    ExReleaseResourceLite(it);
}

TEST_CASE("resource: the routines with a region of their own disable normal APCs, and nest") {
    for (const resource_pair &each : resource_pairs) {
        CAPTURE(each.name);
        on_both([&] {
            resource it;
            each.acquire(it);
            CHECK(KeAreApcsDisabled());
            CHECK_FALSE(KeAreAllApcsDisabled());
            each.acquire(it);
            CHECK(ExIsResourceAcquiredSharedLite(it) == 2);
            CHECK((ExIsResourceAcquiredExclusiveLite(it) != FALSE) == each.exclusive);
            each.release(it);
            CHECK(KeAreApcsDisabled());
            each.release(it);
            CHECK_FALSE(KeAreApcsDisabled());
            CHECK(it->ActiveEntries == 0);
        });
    }
}

TEST_BOTH("resource: APC_LEVEL and a guarded region satisfy the APC requirement") {
    resource it;
    const KIRQL before = raise_to(APC_LEVEL);
    ExAcquireResourceExclusiveLite(it, TRUE);
    ExReleaseResourceLite(it);
    KeLowerIrql(before);
    KeEnterGuardedRegion();
    ExAcquireResourceSharedLite(it, TRUE);
    ExReleaseResourceForThreadLite(it, ExGetCurrentResourceThread());
    KeLeaveGuardedRegion();
}

TEST_BOTH("resource: is released at DISPATCH_LEVEL too, without a region there") {
    resource it;
    KeEnterCriticalRegion();
    ExAcquireResourceExclusiveLite(it, TRUE);
    const KIRQL before = raise_to(DISPATCH_LEVEL);
    ExReleaseResourceLite(it);
    KeLowerIrql(before);
    KeLeaveCriticalRegion();
}

TEST_BOTH("resource: conversion keeps the count and lets other sharers in") {
    resource it;
    region inside;
    ExAcquireResourceExclusiveLite(it, TRUE);
    ExAcquireResourceExclusiveLite(it, TRUE);
    ExConvertExclusiveToSharedLite(it);
    CHECK_FALSE(ExIsResourceAcquiredExclusiveLite(it));
    CHECK(ExIsResourceAcquiredSharedLite(it) == 2);
    CHECK(other_thread_gets(it, resource_acquires[1]));
    CHECK_FALSE(other_thread_gets(it, resource_acquires[0]));
    ExReleaseResourceLite(it);
    ExReleaseResourceLite(it);
    CHECK(other_thread_gets(it, resource_acquires[0]));
}

TEST_BOTH("resource: an owner pointer takes over, and another thread releases by it") {
    for (const bool exclusive : {true, false}) {
        resource it;
        ERESOURCE_THREAD storage = 0;
        const auto pointer = reinterpret_cast<PVOID>(bits(&storage) | 3);
        emu::system_thread{[&] {
            region inside;
            exclusive ? ExAcquireResourceExclusiveLite(it, TRUE)
                      : ExAcquireResourceSharedLite(it, TRUE);
            ExSetResourceOwnerPointer(it, pointer);
            CHECK(ExIsResourceAcquiredSharedLite(it) == 0);
        }}.join();  // ends without holding anything
        CHECK(it->OwnerEntry.OwnerThread == bits(pointer));
        CHECK(it->ActiveEntries == 1);
        CHECK_FALSE(other_thread_gets(it, resource_acquires[0]));
        CHECK(other_thread_gets(it, resource_acquires[1]) == !exclusive);
        region inside;
        ExReleaseResourceForThreadLite(it, bits(pointer));
        CHECK(it->ActiveEntries == 0);
    }
}

TEST_BOTH("resource: an owner pointer takes all holds, and two of the same add up") {
    resource it;
    ERESOURCE_THREAD storage = 0;
    const auto pointer = reinterpret_cast<PVOID>(bits(&storage) | 3);
    region inside;
    ExAcquireResourceSharedLite(it, TRUE);
    ExAcquireResourceSharedLite(it, TRUE);
    ExSetResourceOwnerPointerEx(it, pointer, 0);
    ExAcquireResourceSharedLite(it, TRUE);
    CHECK(it->ActiveEntries == 2);
    ExSetResourceOwnerPointerEx(it, pointer, 0);
    CHECK(it->ActiveEntries == 1);
    for (int i = 0; i < 3; ++i) {
        CHECK(it->ActiveEntries == 1);
        ExReleaseResourceForThreadLite(it, bits(pointer));
    }
    CHECK(it->ActiveEntries == 0);
}

TEST_BOTH("resource: a thread itself may stand behind an owner pointer") {
    resource it;
    region inside;
    ExAcquireResourceExclusiveLite(it, TRUE);
    const auto pointer = reinterpret_cast<PVOID>(ExGetCurrentResourceThread() | 3);
    ExSetResourceOwnerPointerEx(it, pointer, FLAG_OWNER_POINTER_IS_THREAD);
    CHECK_FALSE(ExIsResourceAcquiredExclusiveLite(it));
    ExReleaseResourceForThreadLite(it, bits(pointer));
    CHECK(it->ActiveEntries == 0);
}

TEST_BOTH("resource: re-initialised it is as new") {
    resource it;
    region inside;
    ExAcquireResourceExclusiveLite(it, TRUE);
    ExReleaseResourceLite(it);
    CHECK(ExReinitializeResourceLite(it) == STATUS_SUCCESS);
    CHECK(it->ActiveEntries == 0);
    CHECK(it->ContentionCount == 0);
    CHECK(ExAcquireResourceSharedLite(it, FALSE));
    ExReleaseResourceLite(it);
}

TEST_BOTH("resource: deleted storage may be initialised again, or freed") {
    auto *it =
        static_cast<PERESOURCE>(ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(ERESOURCE), 'sRes'));
    for (int i = 0; i < 3; ++i) {
        CHECK(ExInitializeResourceLite(it) == STATUS_SUCCESS);
        CHECK(ExDeleteResourceLite(it) == STATUS_SUCCESS);
    }
    ExFreePoolWithTag(it, 'sRes');
}

TEST_BOTH("resource: boosts are switched off, the system lends resources of its own") {
    resource it;
    ExDisableResourceBoostLite(it);
    CHECK((it->Flag & ResourceHasDisabledPriorityBoost) != 0);
    PERESOURCE lent = FsRtlAllocateResource();
    REQUIRE(lent != nullptr);
    CHECK(lent != FsRtlAllocateResource());
    region inside;
    ExAcquireResourceExclusiveLite(lent, TRUE);
    ExReleaseResourceLite(lent);
    ExAcquireResourceExclusiveLite(it, TRUE);
    CHECK((it->Flag & ResourceHasDisabledPriorityBoost) != 0);
    ExReleaseResourceLite(it);
}

TEST_BOTH("resource: the names of old are those of the Lite routines") {
    ERESOURCE it;
    ExInitializeResource(&it);
    region inside;
    CHECK(ExAcquireResourceShared(&it, TRUE));
    CHECK(ExIsResourceAcquired(&it) == 1);
    CHECK(ExIsResourceAcquiredLite(&it) == 1);
    CHECK(ExIsResourceAcquiredShared(&it) == 1);
    ExReleaseResource(&it);
    CHECK(ExAcquireResourceExclusive(&it, TRUE));
    CHECK(ExIsResourceAcquiredExclusive(&it));
    ExConvertExclusiveToShared(&it);
    ExReleaseResourceForThread(&it, ExGetCurrentResourceThread());
    CHECK(ExDeleteResource(&it) == STATUS_SUCCESS);
}

TEST_BOTH("resource: every field of an initialised one is zero but its place in the list") {
    ERESOURCE it;
    RtlFillMemory(&it, sizeof it, 0x55);
    REQUIRE(ExInitializeResourceLite(&it) == STATUS_SUCCESS);
    CHECK(it.SystemResourcesList.Flink->Blink == &it.SystemResourcesList);
    CHECK(it.OwnerTable == nullptr);
    CHECK(it.ActiveCount == 0);
    CHECK(it.Flag == 0);
    CHECK(it.OwnerEntry.OwnerThread == 0);
    CHECK(it.OwnerEntry.TableSize == 0);
    CHECK(it.ContentionCount == 0);
    CHECK(it.Reserved2 == nullptr);
    CHECK(it.Address == nullptr);
    CHECK(it.SpinLock == 0);
    ExDeleteResourceLite(&it);
}
