// KeIpiGenericCall: one routine at IPI_LEVEL on every processor at once.
#include <atomic>

#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

struct seen_by_all {
    std::atomic<int> begun{0}, ended{0}, wrong{0};
    std::atomic<unsigned> processors{0};
    static ULONG_PTR look(ULONG_PTR argument) {
        auto &all = *reinterpret_cast<seen_by_all *>(argument);
        const ULONG processor = KeGetCurrentProcessorNumber();
        ++all.begun;
        all.wrong += KeGetCurrentIrql() != IPI_LEVEL;
        all.processors |= 1U << processor;
        ++all.ended;
        return processor + 10;
    }
};

ULONG_PTR nothing(ULONG_PTR) { return 0; }

ULONG_PTR count(ULONG_PTR argument) {
    return static_cast<ULONG_PTR>(++*reinterpret_cast<std::atomic<int> *>(argument));
}

}  // namespace

TEST_BOTH("ipi_call: runs at IPI_LEVEL on all processors, returns what the caller's returned") {
    seen_by_all all;
    KeSetSystemAffinityThread(1 << 2);
    CHECK(KeIpiGenericCall(seen_by_all::look, bits(&all)) == 12);
    CHECK(all.processors == 15);
    CHECK(all.begun == 4);
    CHECK(all.ended == 4);
    CHECK(all.wrong == 0);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

TEST_BOTH("ipi_call: none begins while a processor is closed to interrupts") {
    struct shared {
        std::atomic<int> begun{0}, early{0};
    } all;
    // At HIGH_LEVEL a processor lets no interrupt in: then none may have begun.
    emu::system_thread busy{[&] {
        for (int i = 0; i < 20; ++i) {
            const KIRQL before = raise_to(HIGH_LEVEL);
            const int seen = all.begun;
            KeGetCurrentIrql();
            all.early += seen == 0 && all.begun != 0;
            KeLowerIrql(before);
        }
    }};
    KeIpiGenericCall(
        [](ULONG_PTR argument) -> ULONG_PTR {
            return static_cast<ULONG_PTR>(++reinterpret_cast<shared *>(argument)->begun);
        },
        bits(&all));
    busy.join();
    CHECK(all.begun == 4);
    CHECK(all.early == 0);
}

TEST_BOTH("ipi_call: from DISPATCH_LEVEL and from a device's level") {
    std::atomic<int> calls{0};
    const KIRQL before = raise_to(DISPATCH_LEVEL);
    KeIpiGenericCall(count, bits(&calls));
    CHECK(KeGetCurrentIrql() == DISPATCH_LEVEL);
    raise_to(IPI_LEVEL - 1);
    KeIpiGenericCall(count, bits(&calls));
    CHECK(KeGetCurrentIrql() == IPI_LEVEL - 1);
    KeLowerIrql(before);
    CHECK(calls == 8);
}

TEST_BOTH("ipi_call: two at once run one after the other") {
    std::atomic<int> calls{0};
    const auto call = [&] {
        for (int i = 0; i < 10; ++i) {
            const KIRQL before = raise_to(DISPATCH_LEVEL);
            KeIpiGenericCall(count, bits(&calls));
            KeLowerIrql(before);
            KeIpiGenericCall(count, bits(&calls));
        }
    };
    emu::system_thread first{call}, second{call}, third{call};
    first.join(), second.join(), third.join();
    CHECK(calls == 240);
}

TEST_BOTH("ipi_call: reaches a processor that spins for a lock which the caller holds") {
    KSPIN_LOCK lock;
    KeInitializeSpinLock(&lock);
    std::atomic<int> calls{0};
    const auto work = [&] {
        for (int i = 0; i < 10; ++i) {
            KIRQL before;
            KeAcquireSpinLock(&lock, &before);
            KeIpiGenericCall(count, bits(&calls));
            KeReleaseSpinLock(&lock, before);
        }
    };
    emu::system_thread first{work}, second{work};
    first.join(), second.join();
    CHECK(calls == 80);
}

TEST_BOTH("ipi_call: at IPI_LEVEL is irql_too_high, without a bug check") {
    raise_to(IPI_LEVEL);
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::irql_too_high, KeIpiGenericCall(nothing, 0));
    CHECK(found.bug_check == 0);
}

TEST_BOTH("ipi_call: a routine that returns at another level is irql_changed_by_callback") {
    KeSetSystemAffinityThread(1);
    EMU_EXPECT_VIOLATION(rule::irql_changed_by_callback,
                         KeIpiGenericCall(
                             [](ULONG_PTR) -> ULONG_PTR {
                                 if (KeGetCurrentProcessorNumber() == 0) {
                                     raise_to(HIGH_LEVEL);
                                 }
                                 return 0;
                             },
                             0));
}
