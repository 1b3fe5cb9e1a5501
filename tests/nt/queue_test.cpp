// Queue objects: order of entries, how many threads work at a time, rundown, misuse.
#include <string>
#include <vector>

#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

struct queue : KQUEUE {
    explicit queue(ULONG count = 1) { KeInitializeQueue(this, count); }
    // The threads that took from it stay associated with it until its rundown, or their end.
    ~queue() {
        if (!emu::detail::machine_dead()) {
            KeRundownQueue(this);
        }
    }
};

struct item : LIST_ENTRY {
    explicit item(char given) : name(given) {}
    char name;
};

PLIST_ENTRY as_entry(NTSTATUS status) {
    return reinterpret_cast<PLIST_ENTRY>(static_cast<ULONG_PTR>(status));
}

char name_of(PLIST_ENTRY entry) { return static_cast<item *>(entry)->name; }

PLIST_ENTRY take(PRKQUEUE from) { return KeRemoveQueue(from, KernelMode, nullptr); }

PLIST_ENTRY poll_queue(PRKQUEUE from) {
    LARGE_INTEGER none;
    none.QuadPart = 0;
    return KeRemoveQueue(from, KernelMode, &none);
}

}  // namespace

TEST_BOTH("queue: KeInitializeQueue fills the public structure") {
    queue on(3), by_default(0);
    CHECK(on.Header.Type == 4);
    CHECK(on.Header.Size == sizeof(KQUEUE) / 4);
    CHECK(on.Header.SignalState == 0);
    CHECK(on.MaximumCount == 3);
    CHECK(on.CurrentCount == 0);
    CHECK(IsListEmpty(&on.EntryListHead));
    CHECK(by_default.MaximumCount >= 1);
}

TEST_BOTH("queue: entries come in order, those inserted at the head first") {
    queue on;
    item a('a'), b('b'), c('c');
    CHECK(KeInsertQueue(&on, &a) == 0);
    CHECK(KeInsertQueue(&on, &b) == 1);
    CHECK(KeInsertHeadQueue(&on, &c) == 2);
    CHECK(KeReadStateQueue(&on) == 3);
    CHECK(take(&on) == &c);
    CHECK(take(&on) == &a);
    CHECK(poll_queue(&on) == &b);
    CHECK(poll_queue(&on) == as_entry(STATUS_TIMEOUT));
    CHECK(KeReadStateQueue(&on) == 0);
}

TEST_BOTH("queue: insert and poll are legal at DISPATCH_LEVEL") {
    queue on;
    item a('a');
    const KIRQL before = raise_to(DISPATCH_LEVEL);
    KeInsertQueue(&on, &a);
    CHECK(poll_queue(&on) == &a);
    KeLowerIrql(before);
}

TEST_BOTH("queue: an entry goes to a thread that waits") {
    queue on;
    item a('a'), b('b');
    std::string got;
    emu::system_thread worker{[&] {
        got += name_of(take(&on));
        got += name_of(take(&on));
    }};
    KeInsertQueue(&on, &a);
    KeInsertQueue(&on, &b);
    worker.join();
    CHECK(got == "ab");
    CHECK(on.CurrentCount == 0);
}

TEST_SIMULATED("queue: no more threads work than the count allows, a wait elsewhere makes room") {
    queue on(1);
    KEVENT go;
    KeInitializeEvent(&go, NotificationEvent, FALSE);
    item a('a'), b('b');
    std::string log;
    const auto work = [&] {
        const char name = name_of(take(&on));
        log += name;
        if (name == 'a') {
            let_others_run(100);
            log += '1';
            KeWaitForSingleObject(&go, Executive, KernelMode, FALSE, nullptr);
        }
        log += static_cast<char>(name - 'a' + 'A');
    };
    emu::system_thread first{work}, second{work};
    let_others_run();
    KeInsertQueue(&on, &a);
    CHECK(on.CurrentCount == 1);
    KeInsertQueue(&on, &b);
    CHECK(KeReadStateQueue(&on) == 1);
    let_others_run();
    CHECK(log == "abB");  // the delay of the first is a wait: the second may work
    let_others_run(1000);
    KeSetEvent(&go, 0, FALSE);
    first.join(), second.join();
    CHECK(log == "abB1A");
    CHECK(on.CurrentCount == 0);
}

TEST_SIMULATED("queue: a second thread has to wait while the first works") {
    queue on(1);
    item a('a'), b('b');
    KeInsertQueue(&on, &a);
    KeInsertQueue(&on, &b);
    CHECK(take(&on) == &a);
    PLIST_ENTRY other = nullptr;
    emu::system_thread second{[&] { other = poll_queue(&on); }};
    // The join is a wait of the first thread, and makes room.
    second.join();
    CHECK(other == &b);
    queue busy(1);
    item c('c'), d('d');
    KeInsertQueue(&busy, &c);
    KeInsertQueue(&busy, &d);
    CHECK(take(&busy) == &c);
    CHECK(busy.CurrentCount == 1);
    CHECK(take(&busy) == &d);
    CHECK(busy.CurrentCount == 1);
}

TEST_SIMULATED("queue: a thread that waits is waked last in, first out") {
    queue on(4);
    std::string log;
    std::vector<emu::system_thread> workers;
    for (const char name : {'1', '2'}) {
        workers.emplace_back([&, name] {
            take(&on);
            log += name;
        });
        let_others_run();
    }
    item a('a'), b('b');
    KeInsertQueue(&on, &a);
    let_others_run();
    KeInsertQueue(&on, &b);
    workers[0].join(), workers[1].join();
    CHECK(log == "21");
}

TEST_BOTH("queue: a rundown wakes waiters with STATUS_ABANDONED and returns the entries") {
    queue on;
    emu::system_thread worker{[&] { CHECK(take(&on) == as_entry(STATUS_ABANDONED)); }};
    CHECK(KeRundownQueue(&on) == nullptr);
    worker.join();
    CHECK(take(&on) == as_entry(STATUS_ABANDONED));
    queue filled;
    item a('a'), b('b');
    KeInsertQueue(&filled, &a);
    KeInsertQueue(&filled, &b);
    PLIST_ENTRY first = KeRundownQueue(&filled);
    CHECK(first == &a);
    CHECK(first->Flink == &b);
    CHECK(first->Flink->Flink == &a);
    CHECK(KeReadStateQueue(&filled) == 0);
}

TEST_BOTH("queue: an entry that is queued twice reports queued_twice, 0x96") {
    queue on;
    item a('a');
    KeInsertQueue(&on, &a);
    const emu::violation found = EMU_EXPECT_VIOLATION(rule::queued_twice, KeInsertQueue(&on, &a));
    check_bug_check(found, INVALID_WORK_QUEUE_ITEM, bits(static_cast<PLIST_ENTRY>(&a)),
                    bits(static_cast<PKQUEUE>(&on)));
}

TEST_BOTH("queue: an entry that was taken may be queued again") {
    queue on;
    item a('a');
    for (int i = 0; i < 3; ++i) {
        KeInsertQueue(&on, &a);
        CHECK(take(&on) == &a);
    }
}

TEST_BOTH("queue: a wait for it with KeWaitForSingleObject reports wrong_object_type") {
    queue on;
    EMU_EXPECT_VIOLATION(rule::wrong_object_type, wait_for(&on));
}

TEST_BOTH("queue: an event where a queue is wanted reports wrong_object_type") {
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    EMU_EXPECT_VIOLATION(rule::wrong_object_type, take(reinterpret_cast<PRKQUEUE>(&event)));
}

TEST_BOTH("queue: a blocking remove at DISPATCH_LEVEL reports wait_at_dispatch_level") {
    queue on;
    raise_to(DISPATCH_LEVEL);
    EMU_EXPECT_VIOLATION(rule::wait_at_dispatch_level, take(&on));
}

TEST_BOTH("queue: insert above DISPATCH_LEVEL reports irql_too_high") {
    queue on;
    item a('a');
    raise_to(3);
    EMU_EXPECT_VIOLATION(rule::irql_too_high, KeInsertQueue(&on, &a));
}

TEST_BOTH("queue: KeRemoveQueue is a wait that may follow Wait = TRUE, and restores the level") {
    queue on;
    KEVENT event;
    LIST_ENTRY entry;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeInsertQueue(&on, &entry);
    KeSetEvent(&event, 0, TRUE);
    CHECK(KeRemoveQueue(&on, KernelMode, nullptr) == &entry);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

TEST_BOTH("queue: a thread counts after a wait that timed out, as after one that got an entry") {
    KQUEUE queue;
    LIST_ENTRY entry;
    LARGE_INTEGER none, soon;
    none.QuadPart = 0;
    soon.QuadPart = -10;
    KeInitializeQueue(&queue, 1);
    CHECK(KeRemoveQueue(&queue, KernelMode, &none) ==
          reinterpret_cast<PLIST_ENTRY>(static_cast<ULONG_PTR>(STATUS_TIMEOUT)));
    CHECK(queue.CurrentCount == 1);
    CHECK(KeRemoveQueue(&queue, KernelMode, &soon) ==
          reinterpret_cast<PLIST_ENTRY>(static_cast<ULONG_PTR>(STATUS_TIMEOUT)));
    CHECK(queue.CurrentCount == 1);
    KeInsertQueue(&queue, &entry);
    CHECK(KeRemoveQueue(&queue, KernelMode, nullptr) == &entry);
    CHECK(queue.CurrentCount == 1);
    KeRundownQueue(&queue);
    CHECK(queue.CurrentCount == 0);
}

TEST_BOTH("KeRemoveQueueEx: takes what there is, in order, up to the count") {
    queue all;
    item a{'a'}, b{'b'}, c{'c'};
    for (item *each : {&a, &b, &c}) {
        KeInsertQueue(&all, each);
    }
    PLIST_ENTRY taken[4]{};
    CHECK(KeRemoveQueueEx(&all, KernelMode, FALSE, nullptr, taken, 2) == 2);
    CHECK(name_of(taken[0]) == 'a');
    CHECK(name_of(taken[1]) == 'b');
    CHECK(taken[2] == nullptr);
    CHECK(KeReadStateQueue(&all) == 1);
    CHECK(all.CurrentCount == 1);
    CHECK(KeRemoveQueueEx(&all, KernelMode, FALSE, nullptr, taken, 4) == 1);
    CHECK(name_of(taken[0]) == 'c');
}

TEST_BOTH("KeRemoveQueueEx: waits for the first entry") {
    queue all;
    item a{'a'};
    PLIST_ENTRY taken[2]{};
    ULONG count = 0;
    emu::system_thread taker{
        [&] { count = KeRemoveQueueEx(&all, KernelMode, FALSE, nullptr, taken, 2); }};
    KeInsertQueue(&all, &a);
    taker.join();
    CHECK(count == 1);
    CHECK(name_of(taken[0]) == 'a');
}

TEST_BOTH("KeRemoveQueueEx: what no page tells stops loudly") {
    queue none;
    PLIST_ENTRY taken[1];
    LARGE_INTEGER now;
    now.QuadPart = 0;
    EMU_EXPECT_VIOLATION(rule::not_emulated,
                         KeRemoveQueueEx(&none, KernelMode, FALSE, &now, taken, 1));
}

TEST_BOTH("KeRemoveQueueEx: an array without room is reported") {
    queue none;
    PLIST_ENTRY taken[1];
    EMU_EXPECT_VIOLATION(rule::invalid_parameter,
                         KeRemoveQueueEx(&none, KernelMode, FALSE, nullptr, taken, 0));
}
