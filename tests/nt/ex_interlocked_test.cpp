// Lists and integers under a spin lock that the routines take themselves.
#include <vector>

#include "both_backends.hpp"

using namespace tests;

TEST_BOTH("ex_interlocked: doubly linked lists; NULL stands for an empty list") {
    KSPIN_LOCK lock = 0;
    LIST_ENTRY head, a, b, c;
    InitializeListHead(&head);
    CHECK(ExInterlockedRemoveHeadList(&head, &lock) == nullptr);
    CHECK(ExInterlockedInsertHeadList(&head, &a, &lock) == nullptr);
    CHECK(ExInterlockedInsertHeadList(&head, &b, &lock) == &a);
    CHECK(ExInterlockedInsertTailList(&head, &c, &lock) == &a);
    CHECK(ExInterlockedRemoveHeadList(&head, &lock) == &b);
    CHECK(ExInterlockedRemoveHeadList(&head, &lock) == &a);
    CHECK(ExInterlockedRemoveHeadList(&head, &lock) == &c);
    CHECK(IsListEmpty(&head));
    CHECK(ExInterlockedInsertTailList(&head, &c, &lock) == nullptr);
    CHECK(lock == 0);
}

TEST_BOTH("ex_interlocked: singly linked lists") {
    KSPIN_LOCK lock = 0;
    SINGLE_LIST_ENTRY head{}, a, b;
    CHECK(ExInterlockedPopEntryList(&head, &lock) == nullptr);
    CHECK(ExInterlockedPushEntryList(&head, &a, &lock) == nullptr);
    CHECK(ExInterlockedPushEntryList(&head, &b, &lock) == &a);
    CHECK(ExInterlockedPopEntryList(&head, &lock) == &b);
    CHECK(ExInterlockedPopEntryList(&head, &lock) == &a);
    CHECK(lock == 0);
}

TEST_BOTH("ex_interlocked: sums return the value before, at any level") {
    KSPIN_LOCK lock = 0;
    LARGE_INTEGER sum, step;
    sum.QuadPart = 5;
    step.QuadPart = -7;
    ULONG small = 0xFFFFFFFF;
    const KIRQL before = raise_to(HIGH_LEVEL);
    CHECK(ExInterlockedAddLargeInteger(&sum, step, &lock).QuadPart == 5);
    CHECK(sum.QuadPart == -2);
    CHECK(ExInterlockedAddUlong(&small, 2, &lock) == 0xFFFFFFFF);
    CHECK(small == 1);
    KeLowerIrql(before);
    ExInterlockedAddLargeStatistic(&sum, 10);
    CHECK(sum.QuadPart == 8);
    LONGLONG value = 3, exchange = 9, comperand = 3;
    CHECK(ExInterlockedCompareExchange64(&value, &exchange, &comperand, &lock) == 3);
    CHECK(value == 9);
    CHECK(lock == 0);
}

TEST_BOTH("ex_interlocked: nothing is lost between threads") {
    constexpr int threads = 4, turns = 1000;
    KSPIN_LOCK lock = 0;
    ULONG sum = 0;
    LIST_ENTRY head;
    InitializeListHead(&head);
    std::vector<LIST_ENTRY> entries(threads);
    int missing = 0;
    {
        std::vector<emu::system_thread> all;
        for (int i = 0; i < threads; ++i) {
            all.emplace_back([&, i] {
                ExInterlockedInsertTailList(&head, &entries[static_cast<std::size_t>(i)], &lock);
                for (int turn = 0; turn < turns; ++turn) {
                    ExInterlockedAddUlong(&sum, 1, &lock);
                    if (PLIST_ENTRY taken = ExInterlockedRemoveHeadList(&head, &lock)) {
                        ExInterlockedInsertHeadList(&head, taken, &lock);
                    }
                }
            });
        }
    }
    while (ExInterlockedRemoveHeadList(&head, &lock) != nullptr) {
        ++missing;
    }
    CHECK(missing == threads);
    CHECK(sum == threads * turns);
}

TEST_BOTH("ex_interlocked: a null lock or operand reports null_object") {
    ULONG sum = 0;
    EMU_EXPECT_VIOLATION(emu::rule::null_object, ExInterlockedAddUlong(&sum, 1, nullptr));
}

TEST_BOTH("ex_interlocked: a corrupt list reports list_corrupted") {
    KSPIN_LOCK lock = 0;
    LIST_ENTRY head, a;
    InitializeListHead(&head);
    InitializeListHead(&a);
    ExInterlockedInsertHeadList(&head, &a, &lock);
    a.Flink = &a;
    EMU_EXPECT_VIOLATION(emu::rule::list_corrupted, ExInterlockedRemoveHeadList(&head, &lock));
}
