// Processors: counts, numbers, and affinity.
#include "both_backends.hpp"

using namespace tests;
using emu::rule;

TEST_BOTH("processor: counts and masks of one group and one node") {
    KAFFINITY mask = 0;
    CHECK(KeQueryActiveProcessorCount(&mask) == 4);
    CHECK(mask == 0xF);
    CHECK(KeQueryActiveProcessorCount(nullptr) == 4);
    CHECK(KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS) == 4);
    CHECK(KeQueryActiveProcessorCountEx(1) == 0);
    CHECK(KeQueryActiveProcessors() == 0xF);
    CHECK(KeQueryMaximumProcessorCount() == 4);
    CHECK(KeQueryMaximumProcessorCountEx(0) == 4);
    CHECK(KeQueryActiveGroupCount() == 1);
    CHECK(KeQueryMaximumGroupCount() == 1);
    CHECK(KeQueryGroupAffinity(0) == 0xF);
    CHECK(KeQueryGroupAffinity(1) == 0);
    CHECK(KeGetCurrentNodeNumber() == 0);
    CHECK(KeQueryHighestNodeNumber() == 0);
    CHECK(KeQueryNodeMaximumProcessorCount(0) == 4);
    CHECK(KeQueryNodeActiveProcessorCount(0) == 4);
    GROUP_AFFINITY affinity;
    USHORT count = 0;
    KeQueryNodeActiveAffinity(0, &affinity, &count);
    CHECK(affinity.Mask == 0xF);
    CHECK(count == 4);
    CHECK(KeQueryNodeActiveAffinity2(0, &affinity, 0, &count) == STATUS_BUFFER_TOO_SMALL);
    CHECK(count == 1);
    CHECK(KeQueryNodeActiveAffinity2(0, &affinity, 1, &count) == STATUS_SUCCESS);
    CHECK(KeQueryNodeActiveAffinity2(1, &affinity, 1, &count) == STATUS_INVALID_PARAMETER);
    CHECK(KeGetRecommendedSharedDataAlignment() == 64);
}

TEST_BOTH("processor: numbers and indices") {
    PROCESSOR_NUMBER number{9, 9, 9};
    CHECK(KeGetProcessorNumberFromIndex(3, &number) == STATUS_SUCCESS);
    CHECK(number.Group == 0);
    CHECK(number.Number == 3);
    CHECK(KeGetProcessorIndexFromNumber(&number) == 3);
    CHECK(KeGetProcessorNumberFromIndex(4, &number) == STATUS_INVALID_PARAMETER);
    number.Number = 4;
    CHECK(KeGetProcessorIndexFromNumber(&number) == INVALID_PROCESSOR_INDEX);
    CHECK(KeGetCurrentProcessorNumberEx(&number) == KeGetCurrentProcessorNumber());
    CHECK(number.Number < 4);
}

TEST_CASE("processor: 64 of them are possible, and each can be run on") {
    for (const emu::backend where : {emu::backend::native, emu::backend::simulated}) {
        emu::machine_options with = options_for(where);
        with.processors = 64;
        emu::run(
            [] {
                CHECK(KeQueryActiveProcessors() == ~KAFFINITY{0});
                for (ULONG i = 0; i < 64; ++i) {
                    KeSetSystemAffinityThread(KAFFINITY{1} << i);
                    CHECK(KeGetCurrentProcessorNumber() == i);
                }
                KeRevertToUserAffinityThread();
            },
            with);
    }
}

TEST_BOTH("processor: with an affinity a thread runs on its processors only") {
    KeSetSystemAffinityThread(0xC);
    CHECK(KeGetCurrentProcessorNumber() == 2);
    const KIRQL before = raise_to(DISPATCH_LEVEL);
    CHECK(KeGetCurrentProcessorNumber() == 2);
    KeLowerIrql(before);
    KeRevertToUserAffinityThread();
}

TEST_BOTH("processor: an affinity set at DISPATCH_LEVEL applies as the level falls") {
    const KIRQL before = raise_to(DISPATCH_LEVEL);
    const ULONG here = KeGetCurrentProcessorNumber();
    const ULONG other = (here + 1) % 4;
    CHECK(KeSetSystemAffinityThreadEx(KAFFINITY{1} << other) == 0);
    CHECK(KeGetCurrentProcessorNumber() == here);
    KeLowerIrql(before);
    CHECK(KeGetCurrentProcessorNumber() == other);
    raise_to(DISPATCH_LEVEL);
    CHECK(KeGetCurrentProcessorNumber() == other);
    KeLowerIrql(before);
    KeRevertToUserAffinityThreadEx(0);
}

TEST_BOTH("processor: KeSetSystemAffinityThreadEx returns what KeRevert... goes back to") {
    CHECK(KeSetSystemAffinityThreadEx(1) == 0);
    CHECK(KeSetSystemAffinityThreadEx(2) == 1);
    CHECK(KeGetCurrentProcessorNumber() == 1);
    KeRevertToUserAffinityThreadEx(1);
    CHECK(KeGetCurrentProcessorNumber() == 0);
    KeRevertToUserAffinityThreadEx(0);
    CHECK(KeSetSystemAffinityThreadEx(1) == 0);
}

TEST_BOTH("processor: the group forms; a group that is none changes nothing") {
    GROUP_AFFINITY wanted{}, before{};
    wanted.Mask = 8;
    KeSetSystemGroupAffinityThread(&wanted, &before);
    CHECK(before.Mask == 0);
    CHECK(KeGetCurrentProcessorNumber() == 3);
    GROUP_AFFINITY none{}, ignored{};
    none.Mask = 1;
    none.Group = 1;
    KeSetSystemGroupAffinityThread(&none, &ignored);
    CHECK(ignored.Mask == 0);
    CHECK(KeGetCurrentProcessorNumber() == 3);
    KeRevertToUserGroupAffinityThread(&before);
    CHECK(KeSetSystemAffinityThreadEx(1) == 0);
}

TEST_BOTH("processor: a mask without an active processor reports invalid_processor") {
    check_no_bug_check(
        EMU_EXPECT_VIOLATION(rule::invalid_processor, KeSetSystemAffinityThread(0x10)));
}

TEST_BOTH("processor: floating point needs no saving on x64") {
    KFLOATING_SAVE saved;
    CHECK(KeSaveFloatingPointState(&saved) == STATUS_SUCCESS);
    CHECK(KeRestoreFloatingPointState(&saved) == STATUS_SUCCESS);
}

TEST_CASE("processor: at DISPATCH_LEVEL threads with one processor are alone with each other") {
    emu::exploration how;
    how.schedules = 200;
    const auto body_for = [](KAFFINITY second_processor) {
        return [second_processor] {
            KEVENT event;
            KeInitializeEvent(&event, NotificationEvent, FALSE);
            int inside = 0;
            const auto body = [&](KAFFINITY on) {
                KeSetSystemAffinityThread(on);
                const KIRQL before = raise_to(DISPATCH_LEVEL);
                EMU_CHECK(++inside == 1);
                KeReadStateEvent(&event);  // a scheduling point
                --inside;
                KeLowerIrql(before);
            };
            emu::system_thread first{[&] { body(4); }}, second{[&] { body(second_processor); }};
            first.join(), second.join();
        };
    };
    const emu::exploration_result same = emu::search(body_for(4), how);
    INFO(same.report);
    CHECK_FALSE(same.failed);
    CHECK(emu::search(body_for(8), how).which == rule::check_failed);
}
