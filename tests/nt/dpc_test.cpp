// DPCs: where and when they run, what they see, and what they must not do.
#include <atomic>
#include <cstring>
#include <deque>
#include <vector>

#include "both_backends.hpp"
#include "dpc_bodies.hpp"

using namespace tests;
using emu::rule;

TEST_BOTH("dpc: KeInitializeDpc sets what x64 Windows sets and leaves the rest alone") {
    KDPC dpc;
    std::memset(&dpc, 0xCC, sizeof dpc);
    KeInitializeDpc(&dpc, run_dpc_body, &dpc);
    CHECK(dpc.Type == 19);
    CHECK(dpc.Importance == MediumImportance);
    CHECK(dpc.Number == 0);
    CHECK(dpc.DpcData == nullptr);
    CHECK((dpc.DeferredRoutine == run_dpc_body));
    CHECK(dpc.DeferredContext == &dpc);
    CHECK(bits(dpc.DpcListEntry.Flink) == 0xCCCCCCCCCCCCCCCC);
    CHECK(bits(dpc.SystemArgument1) == 0xCCCCCCCCCCCCCCCC);
    KeInitializeThreadedDpc(&dpc, run_dpc_body, nullptr);
    CHECK(dpc.Type == 24);
}

TEST_BOTH("dpc: queued below DISPATCH_LEVEL it has run when KeInsertQueueDpc returns") {
    for (const KIRQL level : {PASSIVE_LEVEL, APC_LEVEL}) {
        const KIRQL before = raise_to(level);
        int runs = 0;
        KIRQL seen = 99;
        PVOID first = nullptr;
        dpc_with dpc{[&](PVOID given, PVOID) {
            ++runs;
            seen = KeGetCurrentIrql();
            first = given;
        }};
        CHECK(KeInsertQueueDpc(&dpc, &runs, nullptr));
        CHECK(runs == 1);
        CHECK(seen == DISPATCH_LEVEL);
        CHECK(first == &runs);
        CHECK(dpc.DpcData == nullptr);
        CHECK(KeGetCurrentIrql() == level);
        KeLowerIrql(before);
    }
}

TEST_BOTH("dpc: queued at DISPATCH_LEVEL or above it runs as the level falls below") {
    for (const KIRQL level : {DISPATCH_LEVEL, HIGH_LEVEL}) {
        int runs = 0;
        dpc_with dpc{[&] { ++runs; }};
        const KIRQL before = raise_to(level);
        CHECK(KeInsertQueueDpc(&dpc, nullptr, nullptr));
        CHECK(dpc.DpcData != nullptr);
        CHECK(runs == 0);
        KeLowerIrql(DISPATCH_LEVEL);
        CHECK(runs == 0);
        KeLowerIrql(before);
        CHECK(runs == 1);
    }
}

TEST_BOTH("dpc: a second insert returns FALSE and keeps the first arguments") {
    int first = 0, second = 0;
    PVOID seen = nullptr;
    dpc_with dpc{[&](PVOID given, PVOID) { seen = given; }};
    const KIRQL before = raise_to(DISPATCH_LEVEL);
    CHECK(KeInsertQueueDpc(&dpc, &first, nullptr));
    CHECK_FALSE(KeInsertQueueDpc(&dpc, &second, nullptr));
    KeLowerIrql(before);
    CHECK(seen == &first);
}

TEST_BOTH("dpc: KeRemoveQueueDpc is TRUE only if it was queued, and then it does not run") {
    int runs = 0;
    dpc_with dpc{[&] { ++runs; }};
    CHECK_FALSE(KeRemoveQueueDpc(&dpc));
    const KIRQL before = raise_to(HIGH_LEVEL);
    KeInsertQueueDpc(&dpc, nullptr, nullptr);
    CHECK(KeRemoveQueueDpc(&dpc));
    CHECK(dpc.DpcData == nullptr);
    CHECK_FALSE(KeRemoveQueueDpc(&dpc));
    KeLowerIrql(before);
    CHECK(runs == 0);
}

TEST_BOTH("dpc: they run in the order of their queue, those of high importance first") {
    std::vector<int> order;
    dpc_with first{[&] { order.push_back(1); }};
    dpc_with second{[&] { order.push_back(2); }};
    dpc_with urgent{[&] { order.push_back(3); }};
    KeSetImportanceDpc(&urgent, HighImportance);
    const KIRQL before = raise_to(DISPATCH_LEVEL);
    KeInsertQueueDpc(&first, nullptr, nullptr);
    KeInsertQueueDpc(&second, nullptr, nullptr);
    KeInsertQueueDpc(&urgent, nullptr, nullptr);
    KeLowerIrql(before);
    CHECK(order == std::vector<int>{3, 1, 2});
}

TEST_BOTH("dpc: it may queue itself again from its routine") {
    int runs = 0;
    dpc_with dpc{[](PVOID count, PVOID self) {
        if (++*static_cast<int *>(count) < 3) {
            KeInsertQueueDpc(static_cast<PRKDPC>(self), count, self);
        }
    }};
    KeInsertQueueDpc(&dpc, &runs, &dpc);
    CHECK(runs == 3);
}

TEST_BOTH("dpc: one that is queued by another runs after it, not inside") {
    std::vector<int> order;
    dpc_with inner{[&] { order.push_back(2); }};
    dpc_with outer{[&] {
        KeInsertQueueDpc(&inner, nullptr, nullptr);
        order.push_back(1);
    }};
    KeInsertQueueDpc(&outer, nullptr, nullptr);
    CHECK(order == std::vector<int>{1, 2});
}

TEST_BOTH("dpc: the routine may free the memory of its DPC") {
    auto *dpc = static_cast<PRKDPC>(ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(KDPC), 'dpcT'));
    KeInitializeDpc(
        dpc, [](PRKDPC self, PVOID, PVOID, PVOID) { ExFreePoolWithTag(self, 'dpcT'); }, nullptr);
    KeInsertQueueDpc(dpc, nullptr, nullptr);
}

TEST_BOTH("dpc: it borrows the thread that it interrupts and brings locks and levels of its own") {
    const std::uint64_t thread = this_thread();
    std::uint64_t seen = 0;
    KIRQL raised = 0;
    dpc_with dpc{[&] {
        seen = this_thread();
        const KIRQL before = raise_to(HIGH_LEVEL);
        raised = KeGetCurrentIrql();
        KeLowerIrql(before);
    }};
    KeInsertQueueDpc(&dpc, nullptr, nullptr);
    CHECK(seen == thread);
    CHECK(raised == HIGH_LEVEL);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

TEST_BOTH("dpc: the target processor runs it; KeFlushQueuedDpcs waits for all of them") {
    std::atomic<ULONG> seen[4] = {{9}, {9}, {9}, {9}};
    std::deque<dpc_with> dpcs;
    for (int i = 0; i < 4; ++i) {
        dpcs.emplace_back([&, i] { seen[i] = KeGetCurrentProcessorNumberEx(nullptr); });
        KeSetTargetProcessorDpc(&dpcs.back(), static_cast<CCHAR>(i));
        CHECK(KeInsertQueueDpc(&dpcs.back(), nullptr, nullptr));
    }
    KeFlushQueuedDpcs();
    for (ULONG i = 0; i < 4; ++i) {
        CHECK(seen[i] == i);
    }
}

TEST_BOTH("dpc: of low importance, or for another processor, it runs by KeFlushQueuedDpcs") {
    std::atomic<int> runs{0};
    dpc_with low{[&] { ++runs; }};
    dpc_with elsewhere{[&] { ++runs; }};
    KeSetImportanceDpc(&low, LowImportance);
    PROCESSOR_NUMBER third{0, 3, 0};
    CHECK(KeSetTargetProcessorDpcEx(&elsewhere, &third) == STATUS_SUCCESS);
    KeInsertQueueDpc(&low, nullptr, nullptr);
    KeInsertQueueDpc(&elsewhere, nullptr, nullptr);
    KeFlushQueuedDpcs();
    CHECK(runs == 2);
    KeFlushQueuedDpcs();
}

TEST_CASE("dpc: those queued at the end of the body run before emu::run returns") {
    static std::atomic<int> runs;
    runs = 0;
    on_both([] {
        static KDPC dpc;
        KeInitializeDpc(&dpc, [](PRKDPC, PVOID, PVOID, PVOID) { ++runs; }, nullptr);
        KeSetTargetProcessorDpc(&dpc, 2);
        KeInsertQueueDpc(&dpc, nullptr, nullptr);
    });
    CHECK(runs == 2);
}

TEST_BOTH("dpc: a threaded DPC runs in a thread at PASSIVE_LEVEL") {
    std::atomic<int> level{99};
    std::atomic<std::uint64_t> thread{0};
    dpc_with dpc{[&] {
                     level = KeGetCurrentIrql();
                     thread = this_thread();
                 },
                 true};
    CHECK(KeInsertQueueDpc(&dpc, nullptr, nullptr));
    KeFlushQueuedDpcs();
    CHECK(level == PASSIVE_LEVEL);
    CHECK(thread != this_thread());
}

TEST_BOTH("dpc: KeIsExecutingDpc and the watchdog say whether one runs here") {
    CHECK_FALSE(KeIsExecutingDpc());
    KDPC_WATCHDOG_INFORMATION watch;
    CHECK(KeQueryDpcWatchdogInformation(&watch) == STATUS_UNSUCCESSFUL);
    bool inside = false, yields = true;
    NTSTATUS status = -1;
    dpc_with dpc{[&] {
        inside = KeIsExecutingDpc();
        yields = KeShouldYieldProcessor();
        status = KeQueryDpcWatchdogInformation(&watch);
    }};
    KeInsertQueueDpc(&dpc, nullptr, nullptr);
    CHECK(inside);
    CHECK_FALSE(yields);
    CHECK(status == STATUS_SUCCESS);
}

TEST_BOTH("dpc: KeGenericCallDpc runs on every processor, with a barrier") {
    struct shared {
        std::atomic<int> before{0}, after{0}, firsts{0}, wrong{0};
    } state;
    KeGenericCallDpc(
        [](PRKDPC, PVOID context, PVOID done, PVOID barrier) {
            auto &all = *static_cast<shared *>(context);
            ++all.before;
            if (KeSignalCallDpcSynchronize(barrier)) {
                ++all.firsts;
            }
            all.wrong += all.before != 4;
            ++all.after;
            KeSignalCallDpcDone(done);
        },
        &state);
    CHECK(state.before == 4);
    CHECK(state.after == 4);
    CHECK(state.firsts == 1);
    CHECK(state.wrong == 0);
}

TEST_BOTH("dpc: at DISPATCH_LEVEL on a processor one is alone with the DPCs of that processor") {
    int plain = 0;  // guarded by being at DISPATCH_LEVEL on processor 1
    KeSetSystemAffinityThread(1 << 1);
    dpc_with dpc{[&] { ++plain; }};
    KeSetTargetProcessorDpc(&dpc, 1);
    int queued = 0;
    emu::system_thread other{[&] {
        for (int i = 0; i < 50; ++i) {
            queued += KeInsertQueueDpc(&dpc, nullptr, nullptr);
        }
    }};
    for (int i = 0; i < 50; ++i) {
        const KIRQL before = raise_to(DISPATCH_LEVEL);
        ++plain;
        KeLowerIrql(before);
    }
    other.join();
    KeFlushQueuedDpcs();
    CHECK(plain == 50 + queued);
    KeRevertToUserAffinityThread();
}
