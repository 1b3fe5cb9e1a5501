// Sequenced lists: order, depth, sequence, and nothing lost between threads.
#include <atomic>
#include <vector>

#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

struct alignas(16) item {
    SLIST_ENTRY link;
    int value = 0;
    std::atomic<int> owners{0};
};

}  // namespace

TEST_BOTH("slist: last in, first out; the entry before is returned; depth and sequence move") {
    SLIST_HEADER head;
    item items[3];
    InitializeSListHead(&head);
    CHECK(FirstEntrySList(&head) == nullptr);
    CHECK(ExInterlockedPopEntrySList(&head, nullptr) == nullptr);
    CHECK(ExInterlockedPushEntrySList(&head, &items[0].link, nullptr) == nullptr);
    CHECK(InterlockedPushEntrySList(&head, &items[1].link) == &items[0].link);
    const ULONGLONG sequence = head.HeaderX64.Sequence;
    CHECK(ExInterlockedPushEntrySList(&head, &items[2].link, nullptr) == &items[1].link);
    CHECK(0 + head.HeaderX64.Sequence == sequence + 1);
    CHECK(ExQueryDepthSList(&head) == 3);
    CHECK(QueryDepthSList(&head) == 3);
    CHECK(0 + head.HeaderX64.Depth == 3);
    CHECK(0 + head.HeaderX64.NextEntry == bits(&items[2].link) >> 4);
    CHECK(FirstEntrySList(&head) == &items[2].link);
    CHECK(InterlockedPopEntrySList(&head) == &items[2].link);
    CHECK(ExInterlockedFlushSList(&head) == &items[1].link);
    CHECK(items[1].link.Next == &items[0].link);
    CHECK(items[0].link.Next == nullptr);
    CHECK(ExQueryDepthSList(&head) == 0);
    CHECK(InterlockedFlushSList(&head) == nullptr);
}

TEST_BOTH("slist: works at HIGH_LEVEL") {
    SLIST_HEADER head;
    item one;
    const KIRQL before = raise_to(HIGH_LEVEL);
    InitializeSListHead(&head);
    ExInterlockedPushEntrySList(&head, &one.link, nullptr);
    CHECK(FirstEntrySList(&head) == &one.link);
    CHECK(ExInterlockedPopEntrySList(&head, nullptr) == &one.link);
    KeLowerIrql(before);
}

TEST_BOTH("slist: an entry is in one hand at a time") {
    constexpr int threads = 4, turns = 2000;
    SLIST_HEADER head;
    std::vector<item> items(3);
    InitializeSListHead(&head);
    for (item &each : items) {
        ExInterlockedPushEntrySList(&head, &each.link, nullptr);
    }
    std::atomic<int> wrong{0};
    {
        std::vector<emu::system_thread> all;
        for (int i = 0; i < threads; ++i) {
            all.emplace_back([&] {
                for (int turn = 0; turn < turns; ++turn) {
                    if (PSLIST_ENTRY taken = ExInterlockedPopEntrySList(&head, nullptr)) {
                        auto &mine = *CONTAINING_RECORD(taken, item, link);
                        wrong += mine.owners++ != 0;
                        ++mine.value;
                        --mine.owners;
                        ExInterlockedPushEntrySList(&head, taken, nullptr);
                    }
                }
            });
        }
    }
    CHECK(wrong == 0);
    CHECK(ExQueryDepthSList(&head) == items.size());
}

TEST_CASE("slist: no schedule loses an entry or hands it out twice") {
    emu::exploration how;
    how.schedules = 300;
    const emu::exploration_result result = emu::search(
        [] {
            SLIST_HEADER head;
            item items[2];
            InitializeSListHead(&head);
            const auto use = [&](item &own) {
                ExInterlockedPushEntrySList(&head, &own.link, nullptr);
                PSLIST_ENTRY taken = ExInterlockedPopEntrySList(&head, nullptr);
                EMU_CHECK(taken != nullptr);
                EMU_CHECK(CONTAINING_RECORD(taken, item, link)->value++ == 0);
            };
            emu::system_thread a{[&] { use(items[0]); }}, b{[&] { use(items[1]); }};
            a.join(), b.join();
            EMU_CHECK(items[0].value == 1 && items[1].value == 1);
            EMU_CHECK(ExQueryDepthSList(&head) == 0);
        },
        how);
    INFO(result.report);
    CHECK_FALSE(result.failed);
}

TEST_BOTH("slist: a head that is not aligned reports misaligned_object") {
    alignas(16) char storage[32] = {};
    EMU_EXPECT_VIOLATION(rule::misaligned_object,
                         InitializeSListHead(reinterpret_cast<PSLIST_HEADER>(storage + 8)));
}

TEST_BOTH("slist: an entry that is not aligned reports misaligned_object") {
    SLIST_HEADER head;
    alignas(16) char storage[32] = {};
    InitializeSListHead(&head);
    EMU_EXPECT_VIOLATION(
        rule::misaligned_object,
        ExpInterlockedPushEntrySList(&head, reinterpret_cast<PSLIST_ENTRY>(storage + 8)));
}

TEST_BOTH("slist: a head in freed memory reports freed_object, a null one null_object") {
    auto *head = static_cast<PSLIST_HEADER>(
        ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(SLIST_HEADER), 'tsLS'));
    InitializeSListHead(head);
    ExFreePoolWithTag(head, 'tsLS');
    EMU_EXPECT_VIOLATION(rule::freed_object, ExpInterlockedPopEntrySList(head));
}

TEST_BOTH("slist: a null head reports null_object; depth above DISPATCH_LEVEL irql_too_high") {
    EMU_EXPECT_VIOLATION(rule::null_object, ExpInterlockedFlushSList(nullptr));
}

TEST_BOTH("slist: depth above DISPATCH_LEVEL reports irql_too_high") {
    SLIST_HEADER head;
    InitializeSListHead(&head);
    raise_to(HIGH_LEVEL);
    EMU_EXPECT_VIOLATION(rule::irql_too_high, ExQueryDepthSList(&head));
}
