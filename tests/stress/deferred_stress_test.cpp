// What is queued runs, and once: DPCs, APCs, work items; and lists that many use give everything
// back once.
#include <memory>

#include "stress/stress.hpp"

extern "C" {
#include <nt/apc_undocumented.h>
}

using namespace tests;
using namespace tests::stress;

namespace {

// Queued so often (less what was taken back), run so often.
struct tally {
    std::atomic<unsigned> queued{0};
    std::atomic<unsigned> ran{0};
    void check() const { EMU_CHECK(queued == ran); }
};

struct counted_dpc : tally {
    dpc_with dpc;
    explicit counted_dpc(random_numbers &any) : dpc([this] { ++ran; }, any.one_in(4)) {
        KeSetImportanceDpc(&dpc, static_cast<KDPC_IMPORTANCE>(any.below(3)));
        if (any.one_in(2)) {
            KeSetTargetProcessorDpc(&dpc, static_cast<CCHAR>(any.below(4)));
        }
    }
};

// Threads at random levels insert and remove the same few DPCs.
void stress_dpc(const plan &how) {
    random_numbers for_all(how.from);
    std::vector<std::unique_ptr<counted_dpc>> all;
    for (int i = 0; i < 5; ++i) {
        all.push_back(std::make_unique<counted_dpc>(for_all));
    }
    take_turns(how, [&](random_numbers &any) {
        const KIRQL before = any.one_in(3) ? raise_to(DISPATCH_LEVEL) : KeGetCurrentIrql();
        for (unsigned i = any.below(4); i > 0; --i) {
            counted_dpc &one = *all[any.below(5)];
            if (any.one_in(4)) {
                one.queued -= KeRemoveQueueDpc(&one.dpc) ? 1 : 0;
            } else {
                one.queued += KeInsertQueueDpc(&one.dpc, nullptr, nullptr) ? 1 : 0;
            }
        }
        if (KeGetCurrentIrql() != before) {
            KeLowerIrql(before);
        }
    });
    KeFlushQueuedDpcs();
    for (const auto &each : all) {
        each->check();
    }
}

// An APC to one thread that others queue; the kernel routine and the normal routine count.
struct counted_apc : KAPC, tally {
    std::atomic<unsigned> normal_ran{0};
    bool is_normal = false;

    void aim(PKTHREAD at, bool normal) {
        is_normal = normal;
        KeInitializeApc(this, at, OriginalApcEnvironment, kernel_routine, nullptr,
                        normal ? normal_routine : nullptr, KernelMode, this);
    }
    static VOID NTAPI kernel_routine(PRKAPC apc, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) {
        ++static_cast<counted_apc *>(apc)->ran;
    }
    static VOID NTAPI normal_routine(PVOID self, PVOID, PVOID) {
        ++static_cast<counted_apc *>(self)->normal_ran;
    }
};

void be_interrupted(random_numbers &any) {
    switch (any.below(4)) {
        case 0: KeEnterCriticalRegion(), KeLeaveCriticalRegion(); break;
        case 1: KeEnterGuardedRegion(), KeLeaveGuardedRegion(); break;
        case 2: KeLowerIrql(raise_to(APC_LEVEL)); break;
        default: let_others_run(); break;
    }
}

// The first thread goes in and out of regions and waits; the others queue APCs to it.
void stress_apc(const plan &how) {
    counted_apc all[4];
    KEVENT aimed;
    KeInitializeEvent(&aimed, NotificationEvent, FALSE);
    std::atomic<unsigned> queueing{how.threads - 1};
    run_threads(how, [&](random_numbers &any, unsigned number) {
        if (number == 0) {
            for (counted_apc &each : all) {
                each.aim(KeGetCurrentThread(), any.one_in(2));
            }
            KeSetEvent(&aimed, 0, FALSE);
            while (queueing != 0) {
                be_interrupted(any);
            }
            be_interrupted(any);
            return;
        }
        wait_for(&aimed);
        for (unsigned turn = 0; turn < how.turns / 4 + 1; ++turn) {
            counted_apc &one = all[any.below(4)];
            if (any.one_in(5)) {
                one.queued -= KeRemoveQueueApc(&one) ? 1 : 0;
            } else {
                one.queued += KeInsertQueueApc(&one, nullptr, nullptr, 0) ? 1 : 0;
            }
        }
        --queueing;
    });
    for (const counted_apc &each : all) {
        each.check();
        EMU_CHECK(each.normal_ran == (each.is_normal ? each.ran.load() : 0));
    }
}

struct counted_item : tally {
    WORK_QUEUE_ITEM item;
    KEVENT free;

    counted_item() {
        KeInitializeEvent(&free, SynchronizationEvent, TRUE);
        ExInitializeWorkItem(
            &item,
            [](PVOID self) {
                auto &of = *static_cast<counted_item *>(self);
                EMU_CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
                ++of.ran;
                KeSetEvent(&of.free, 0, FALSE);
            },
            this);
    }
};

// An item is free again once its routine has run.
void stress_work_item(const plan &how) {
    counted_item all[4];
    run_threads(how, [&](random_numbers &any, unsigned) {
        for (unsigned turn = 0; turn < how.turns / 4 + 1; ++turn) {
            counted_item &one = all[any.below(4)];
            if (poll(&one.free) != STATUS_SUCCESS) {
                continue;
            }
            ++one.queued;
            ExQueueWorkItem(&one.item, any.one_in(2) ? DelayedWorkQueue : CriticalWorkQueue);
        }
    });
    for (counted_item &each : all) {
        wait_for(&each.free);
        each.check();
    }
}

// What lies in a list, or belongs to one thread.
struct node {
    SLIST_ENTRY by_slist;
    LIST_ENTRY by_list;
    std::atomic<int> owners{0};
    void taken() { EMU_CHECK(owners.fetch_add(1) == 0); }
    void given() { EMU_CHECK(owners.fetch_sub(1) == 1); }
};

constexpr unsigned node_count = 8;

void stress_slist(const plan &how) {
    alignas(16) SLIST_HEADER head;
    InitializeSListHead(&head);
    std::vector<node> nodes(node_count);
    for (node &each : nodes) {
        InterlockedPushEntrySList(&head, &each.by_slist);
    }
    const auto node_of = [](PSLIST_ENTRY entry) {
        return CONTAINING_RECORD(entry, node, by_slist);
    };
    run_threads(how, [&](random_numbers &any, unsigned) {
        std::vector<node *> mine;
        for (unsigned turn = 0; turn < how.turns; ++turn) {
            PSLIST_ENTRY entry = nullptr;
            if (!mine.empty() && any.one_in(2)) {
                mine.back()->given();
                InterlockedPushEntrySList(&head, &mine.back()->by_slist);
                mine.pop_back();
            } else if (any.one_in(8)) {
                entry = InterlockedFlushSList(&head);
            } else if ((entry = InterlockedPopEntrySList(&head)) != nullptr) {
                entry->Next = nullptr;
            }
            while (entry != nullptr) {
                PSLIST_ENTRY next = entry->Next;
                node_of(entry)->taken();
                mine.push_back(node_of(entry));
                entry = next;
            }
        }
        for (node *each : mine) {
            each->given();
            InterlockedPushEntrySList(&head, &each->by_slist);
        }
    });
    EMU_CHECK(ExQueryDepthSList(&head) == node_count);
    for (unsigned i = 0; i < node_count; ++i) {
        node_of(InterlockedPopEntrySList(&head))->taken();
    }
    EMU_CHECK(InterlockedPopEntrySList(&head) == nullptr);
}

// Lists and a sum under one spin lock that the routines take themselves.
void stress_ex_interlocked(const plan &how) {
    KSPIN_LOCK lock;
    LIST_ENTRY head;
    ULONG sum = 0;
    std::atomic<ULONG> added{0};
    std::vector<node> nodes(node_count);
    KeInitializeSpinLock(&lock);
    InitializeListHead(&head);
    for (node &each : nodes) {
        ExInterlockedInsertTailList(&head, &each.by_list, &lock);
    }
    take_turns(how, [&](random_numbers &any) {
        const ULONG more = any.below(5);
        ExInterlockedAddUlong(&sum, more, &lock);
        added += more;
        PLIST_ENTRY entry = ExInterlockedRemoveHeadList(&head, &lock);
        if (entry == nullptr) {
            return;
        }
        node *one = CONTAINING_RECORD(entry, node, by_list);
        one->taken();
        one->given();
        any.one_in(2) ? ExInterlockedInsertHeadList(&head, entry, &lock)
                      : ExInterlockedInsertTailList(&head, entry, &lock);
    });
    EMU_CHECK(sum == added);
    for (unsigned i = 0; i < node_count; ++i) {
        CONTAINING_RECORD(ExInterlockedRemoveHeadList(&head, &lock), node, by_list)->taken();
    }
    EMU_CHECK(IsListEmpty(&head));
}

}  // namespace

TEST_CASE("stress: what is queued runs once, lists lose nothing (native, simulated)") {
    put_under_stress("DPC", stress_dpc, 10'000);
    put_under_stress("APC", stress_apc);
    put_under_stress("work item", stress_work_item, 10'000);
    put_under_stress("slist", stress_slist, 10'000);
    put_under_stress("ex_interlocked", stress_ex_interlocked, 10'000);
}
