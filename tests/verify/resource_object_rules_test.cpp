// Rules of the resource itself: its storage, its life, its owner pointers.
#include <cstring>

#include "resource_routines.hpp"

using namespace tests;
using emu::rule;

namespace {

constexpr ULONG tag = 'sRes';

PERESOURCE in_pool(POOL_FLAGS flags = POOL_FLAG_NON_PAGED) {
    return static_cast<PERESOURCE>(ExAllocatePool2(flags, sizeof(ERESOURCE), tag));
}

struct plain_routine {
    const char *name;
    void (*call)(PERESOURCE resource);
};

constexpr plain_routine others[] = {
    {"ExReleaseResourceLite", [](PERESOURCE r) { ExReleaseResourceLite(r); }},
    {"ExReleaseResourceForThreadLite",
     [](PERESOURCE r) { ExReleaseResourceForThreadLite(r, ExGetCurrentResourceThread()); }},
    {"ExReinitializeResourceLite", [](PERESOURCE r) { ExReinitializeResourceLite(r); }},
    {"ExSetResourceOwnerPointer",
     [](PERESOURCE r) { ExSetResourceOwnerPointer(r, reinterpret_cast<PVOID>(0x7003)); }},
    {"ExSetResourceOwnerPointerEx",
     [](PERESOURCE r) { ExSetResourceOwnerPointerEx(r, reinterpret_cast<PVOID>(0x7003), 0); }},
    {"ExConvertExclusiveToSharedLite", [](PERESOURCE r) { ExConvertExclusiveToSharedLite(r); }},
    {"ExIsResourceAcquiredExclusiveLite",
     [](PERESOURCE r) { ExIsResourceAcquiredExclusiveLite(r); }},
    {"ExIsResourceAcquiredSharedLite", [](PERESOURCE r) { ExIsResourceAcquiredSharedLite(r); }},
    {"ExGetExclusiveWaiterCount", [](PERESOURCE r) { ExGetExclusiveWaiterCount(r); }},
    {"ExGetSharedWaiterCount", [](PERESOURCE r) { ExGetSharedWaiterCount(r); }},
    {"ExDisableResourceBoostLite", [](PERESOURCE r) { ExDisableResourceBoostLite(r); }},
};

}  // namespace

TEST_CASE("resource: acquire of one never initialised reports uninitialised_object, 0xC4/0x1002") {
    for (const resource_acquire &each : resource_acquires) {
        CAPTURE(each.name);
        on_both([&] {
            ERESOURCE it{};
            KeEnterCriticalRegion();
            check_bug_check(EMU_EXPECT_VIOLATION(rule::uninitialised_object, each.call(&it, TRUE)),
                            DRIVER_VERIFIER_DETECTED_VIOLATION, 0x1002, bits(&it));
        });
    }
}

TEST_CASE("resource: the other routines report uninitialised_object too, and null_object") {
    for (const plain_routine &each : others) {
        CAPTURE(each.name);
        on_both([&] {
            ERESOURCE it{};
            KeEnterCriticalRegion();
            check_no_bug_check(EMU_EXPECT_VIOLATION(rule::uninitialised_object, each.call(&it)));
        });
        on_both([&] {
            KeEnterCriticalRegion();
            check_no_bug_check(EMU_EXPECT_VIOLATION(rule::null_object, each.call(nullptr)));
        });
    }
}

TEST_CASE("resource: garbage reports overwritten_object, freed memory freed_object") {
    for (const resource_acquire &each : resource_acquires) {
        CAPTURE(each.name);
        on_both([&] {
            ERESOURCE it;
            std::memset(&it, 0x41, sizeof it);
            KeEnterCriticalRegion();
            check_no_bug_check(
                EMU_EXPECT_VIOLATION(rule::overwritten_object, each.call(&it, TRUE)));
        });
        on_both([&] {
            PERESOURCE it = in_pool();
            ExInitializeResourceLite(it);
            ExDeleteResourceLite(it);
            ExFreePoolWithTag(it, tag);
            KeEnterCriticalRegion();
            check_no_bug_check(EMU_EXPECT_VIOLATION(rule::freed_object, each.call(it, TRUE)));
        });
    }
}

TEST_CASE("resource: one of an earlier machine reports overwritten_object") {
    static ERESOURCE survivor;
    emu::run([] { ExInitializeResourceLite(&survivor); });
    on_both([] {
        KeEnterCriticalRegion();
        EMU_EXPECT_VIOLATION(rule::overwritten_object,
                             ExAcquireResourceSharedLite(&survivor, TRUE));
    });
    on_both([] {
        CHECK(ExInitializeResourceLite(&survivor) == STATUS_SUCCESS);
        ExDeleteResourceLite(&survivor);
        ExInitializeResourceLite(&survivor);
    });
}

TEST_CASE("resource: misaligned reports misaligned_object, 0xC4/0x3D on acquire") {
    for (const resource_acquire &each : resource_acquires) {
        CAPTURE(each.name);
        on_both([&] {
            alignas(8) char storage[sizeof(ERESOURCE) + 8] = {};
            auto *it = reinterpret_cast<PERESOURCE>(storage + 4);
            KeEnterCriticalRegion();
            check_bug_check(EMU_EXPECT_VIOLATION(rule::misaligned_object, each.call(it, TRUE)),
                            DRIVER_VERIFIER_DETECTED_VIOLATION, 0x3D, 0, 0, bits(it));
        });
    }
}

TEST_BOTH_FREE("resource, free: a zeroed one acts as a free resource, as on retail") {
    ERESOURCE it{};
    KeEnterCriticalRegion();
    CHECK(ExAcquireResourceExclusiveLite(&it, TRUE));
    CHECK(ExIsResourceAcquiredExclusiveLite(&it));
    ExReleaseResourceLite(&it);
    KeLeaveCriticalRegion();
}

TEST_BOTH("resource: initialised twice reports initialised_twice, 0xC4/0xD0") {
    ERESOURCE it;
    ExInitializeResourceLite(&it);
    std::memset(&it, 0, sizeof it);  // does not hide it
    check_bug_check(EMU_EXPECT_VIOLATION(rule::initialised_twice, ExInitializeResourceLite(&it)),
                    DRIVER_VERIFIER_DETECTED_VIOLATION, 0xD0, bits(&it));
}

TEST_BOTH("resource: in paged pool it reports pageable_storage, 0xC4/0xE1; in nonpaged not") {
    PERESOURCE good = in_pool();
    ExInitializeResourceLite(good);
    ExDeleteResourceLite(good);
    ExFreePoolWithTag(good, tag);
    PERESOURCE bad = in_pool(POOL_FLAG_PAGED);
    check_bug_check(EMU_EXPECT_VIOLATION(rule::pageable_storage, ExInitializeResourceLite(bad)),
                    DRIVER_VERIFIER_DETECTED_VIOLATION, 0xE1, bits(bad));
}

TEST_BOTH("resource: memory freed with one not deleted reports freed_undeleted, 0xC4/0xD2") {
    PERESOURCE it = in_pool();
    ExInitializeResourceLite(it);
    check_bug_check(EMU_EXPECT_VIOLATION(rule::freed_undeleted, ExFreePoolWithTag(it, tag)),
                    DRIVER_VERIFIER_DETECTED_VIOLATION, 0xD2, bits(it), bits(it),
                    sizeof(ERESOURCE));
}

TEST_BOTH_FREE("resource, free: memory freed with one not deleted goes unnoticed") {
    PERESOURCE it = in_pool();
    ExInitializeResourceLite(it);
    ExFreePoolWithTag(it, tag);
}

TEST_BOTH("resource: memory freed while a thread holds or waits for it reports that first") {
    PERESOURCE it = in_pool();
    ExInitializeResourceLite(it);
    KeEnterCriticalRegion();
    ExAcquireResourceExclusiveLite(it, TRUE);
    EMU_EXPECT_VIOLATION(rule::freed_while_held, ExFreePoolWithTag(it, tag));
}

TEST_SIMULATED(
    "resource: memory freed while a thread waits for it reports freed_while_waited_on") {
    PERESOURCE it = in_pool();
    ERESOURCE_THREAD storage = 0;
    ExInitializeResourceLite(it);
    KeEnterCriticalRegion();
    ExAcquireResourceExclusiveLite(it, TRUE);
    ExSetResourceOwnerPointer(it, reinterpret_cast<PVOID>(bits(&storage) | 3));
    emu::system_thread waiter{[&] {
        region inside;
        ExAcquireResourceSharedLite(it, TRUE);
    }};
    let_others_run();
    EMU_EXPECT_VIOLATION(rule::freed_while_waited_on, ExFreePoolWithTag(it, tag));
}

TEST_BOTH("resource: deleted while held reports deleted_while_held, 0xC4/0x100B") {
    ERESOURCE it;
    ExInitializeResourceLite(&it);
    KeEnterCriticalRegion();
    ExAcquireResourceSharedLite(&it, TRUE);
    const std::uint64_t self = this_thread();
    check_bug_check(EMU_EXPECT_VIOLATION(rule::deleted_while_held, ExDeleteResourceLite(&it)),
                    DRIVER_VERIFIER_DETECTED_VIOLATION, 0x100B, bits(&it), self);
}

TEST_BOTH("resource: re-initialised while held reports deleted_while_held without a bug check") {
    ERESOURCE it;
    ExInitializeResourceLite(&it);
    KeEnterCriticalRegion();
    ExAcquireResourceSharedLite(&it, TRUE);
    check_no_bug_check(
        EMU_EXPECT_VIOLATION(rule::deleted_while_held, ExReinitializeResourceLite(&it)));
}

TEST_BOTH("resource: deleted twice reports uninitialised_object, 0xC4/0xD1") {
    ERESOURCE it;
    ExInitializeResourceLite(&it);
    ExDeleteResourceLite(&it);
    check_bug_check(EMU_EXPECT_VIOLATION(rule::uninitialised_object, ExDeleteResourceLite(&it)),
                    DRIVER_VERIFIER_DETECTED_VIOLATION, 0xD1, bits(&it));
}

TEST_BOTH_FREE("resource, free: deleted twice bug-checks as a corrupt list") {
    ERESOURCE it;
    ExInitializeResourceLite(&it);
    ExDeleteResourceLite(&it);
    check_bug_check(EMU_EXPECT_VIOLATION(rule::list_corrupted, ExDeleteResourceLite(&it)),
                    KERNEL_SECURITY_CHECK_FAILURE, 3);
}

TEST_BOTH("resource: an owner pointer without its low bits reports invalid_owner_pointer, 0x132") {
    ERESOURCE it;
    ERESOURCE_THREAD storage = 0;
    ExInitializeResourceLite(&it);
    KeEnterCriticalRegion();
    ExAcquireResourceSharedLite(&it, TRUE);
    const std::uint64_t pointer = bits(&storage) | 1;
    const std::uint64_t caller = this_thread();
    check_bug_check(
        EMU_EXPECT_VIOLATION(rule::invalid_owner_pointer,
                             ExSetResourceOwnerPointer(&it, reinterpret_cast<PVOID>(pointer))),
        RESOURCE_OWNER_POINTER_INVALID, bits(&it), 0, caller, pointer);
}

TEST_BOTH("resource: unknown owner pointer flags report invalid_flags") {
    ERESOURCE it;
    ERESOURCE_THREAD storage = 0;
    ExInitializeResourceLite(&it);
    KeEnterCriticalRegion();
    ExAcquireResourceSharedLite(&it, TRUE);
    check_no_bug_check(EMU_EXPECT_VIOLATION(
        rule::invalid_flags,
        ExSetResourceOwnerPointerEx(&it, reinterpret_cast<PVOID>(bits(&storage) | 3), 2)));
}

TEST_BOTH("resource: a change of owner by a thread that does not own it reports not_the_owner") {
    ERESOURCE it;
    ERESOURCE_THREAD storage = 0;
    ExInitializeResourceLite(&it);
    KeEnterCriticalRegion();
    check_no_bug_check(EMU_EXPECT_VIOLATION(
        rule::not_the_owner,
        ExSetResourceOwnerPointer(&it, reinterpret_cast<PVOID>(bits(&storage) | 3))));
}

TEST_BOTH("resource: conversion without exclusive ownership reports not_the_owner") {
    ERESOURCE it;
    ExInitializeResourceLite(&it);
    KeEnterCriticalRegion();
    ExAcquireResourceSharedLite(&it, TRUE);
    check_no_bug_check(
        EMU_EXPECT_VIOLATION(rule::not_the_owner, ExConvertExclusiveToSharedLite(&it)));
}

TEST_BOTH("resource: storage of an owner pointer freed too early reports owner_pointer_freed") {
    ERESOURCE it;
    ExInitializeResourceLite(&it);
    for (const bool early : {false, true}) {
        auto *storage = static_cast<ERESOURCE_THREAD *>(
            ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(ERESOURCE_THREAD), tag));
        const std::uint64_t pointer = bits(storage) | 3;
        KeEnterCriticalRegion();
        ExAcquireResourceSharedLite(&it, TRUE);
        ExSetResourceOwnerPointer(&it, reinterpret_cast<PVOID>(pointer));
        if (early) {
            check_no_bug_check(
                EMU_EXPECT_VIOLATION(rule::owner_pointer_freed, ExFreePoolWithTag(storage, tag)));
            return;
        }
        ExReleaseResourceForThreadLite(&it, pointer);
        KeLeaveCriticalRegion();
        ExFreePoolWithTag(storage, tag);
    }
}
