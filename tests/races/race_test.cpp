// Data races in simulation: what is found, what stays silent, and that a token repeats it.
//
// Built with -Draces=driver or locks.  Bodies use NT calls alone; what they share is plain memory.
#include "both_backends.hpp"

namespace {

struct shared_state {
    LONG plain = 0;
    LONG interlocked = 0;
    EX_PUSH_LOCK lock = 0;
    KEVENT event;
    PVOID block = nullptr;
};

void increment(shared_state &on) { on.plain = on.plain + 1; }

template <class First, class Second>
void beside(First first, Second second) {
    emu::system_thread one{"first", first};
    emu::system_thread other{"second", second};
    one.join();
    other.join();
}

LONG named_counter = 0;

void racy_counter() {
    shared_state on;
    beside([&] { increment(on); }, [&] { increment(on); });
}

void with_lock_exclusive(shared_state &on) {
    KeEnterCriticalRegion();
    ExAcquirePushLockExclusive(&on.lock);
    increment(on);
    ExReleasePushLockExclusive(&on.lock);
    KeLeaveCriticalRegion();
}

LONG with_lock_shared(shared_state &on) {
    KeEnterCriticalRegion();
    ExAcquirePushLockShared(&on.lock);
    const LONG seen = *const_cast<volatile LONG *>(&on.plain);
    ExReleasePushLockShared(&on.lock);
    KeLeaveCriticalRegion();
    return seen;
}

emu::exploration searching(std::uint64_t schedules, std::uint64_t seed = 1) {
    emu::exploration how;
    how.schedules = schedules;
    how.seed = seed;
    return how;
}

void check_silent(const std::function<void()> &body, std::uint64_t schedules = 10'000) {
    const emu::exploration_result result = emu::search(body, searching(schedules));
    CHECK(result.schedules == schedules);
    CHECK_MESSAGE(!result.failed, result.report);
}

void check_raced(const std::function<void()> &body, std::uint64_t schedules = 100) {
    const emu::exploration_result result = emu::search(body, searching(schedules));
    REQUIRE(result.failed);
    CHECK_MESSAGE(result.which == emu::rule::data_race, result.report);
    const emu::exploration_result again = emu::replay(body, result.token);
    CHECK(again.failed);
    CHECK(again.which == emu::rule::data_race);
}

bool contains(const std::string &text, const char *part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("races: a racy counter is found with each of 100 seeds, and its token repeats it") {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        CAPTURE(seed);
        const emu::exploration_result found = emu::search(racy_counter, searching(1, seed));
        REQUIRE(found.failed);
        CHECK(found.which == emu::rule::data_race);
        REQUIRE_FALSE(found.token.empty());
        const emu::exploration_result again = emu::replay(racy_counter, found.token);
        CHECK(again.failed);
        CHECK(again.which == emu::rule::data_race);
    }
}

// As a user meets it: the report with its token, and the process fails.  For replays_test.sh.
TEST_CASE("races: explored" * doctest::skip()) { emu::explore(racy_counter); }

TEST_CASE("races: the report names both accesses, both threads, the picture and the token") {
    const emu::exploration_result found = emu::search(racy_counter, searching(1));
    REQUIRE(found.failed);
    CAPTURE(found.report);
    CHECK(contains(found.report, "==== wdm-emu: data_race"));
    CHECK(contains(found.report, "of 4 bytes at race_test.cpp:"));
    CHECK(contains(found.report, "increment"));
    CHECK(contains(found.report, "\"first\""));
    CHECK(contains(found.report, "\"second\""));
    CHECK(contains(found.report, "the other access: write of 4 bytes at race_test.cpp:"));
    CHECK(contains(found.report, "what happened, oldest first"));
    CHECK(contains(found.report, "replay: EMU_REPLAY="));
    CHECK(contains(found.report, "docs/rules/data_race.md"));
}

TEST_CASE("races: an expectation catches one") {
    emu::run(
        [] {
            shared_state on;
            emu::system_thread other{"second", [&] { increment(on); }};
            tests::let_others_run();
            const emu::violation found = EMU_EXPECT_VIOLATION(emu::rule::data_race, increment(on));
            CHECK(found.bug_check == 0);
            CHECK(contains(found.detail, "increment"));
        },
        tests::options_for(emu::backend::simulated));
}

TEST_CASE("races: a variable is called by its name") {
    const emu::exploration_result found = emu::search(
        [] { beside([] { ++named_counter; }, [] { ++named_counter; }); }, searching(1));
    REQUIRE(found.failed);
    CHECK_MESSAGE(contains(found.report, "of the variable "), found.report);
    CHECK_MESSAGE(contains(found.report, "named_counter"), found.report);
}

TEST_CASE("races: a counter under a push lock is silent") {
    check_silent([] {
        shared_state on;
        beside([&] { with_lock_exclusive(on); }, [&] { with_lock_exclusive(on); });
        CHECK(on.plain == 2);
    });
}

TEST_CASE("races: readers and writers of a push lock are silent") {
    check_silent([] {
        shared_state on;
        emu::system_thread reader{"reader", [&] { with_lock_shared(on); }};
        beside([&] { with_lock_exclusive(on); }, [&] { with_lock_shared(on); });
        reader.join();
        with_lock_exclusive(on);
    });
}

TEST_CASE("races: a write under the shared lock races with a reader's") {
    check_raced([] {
        shared_state on;
        const auto write_as_reader = [&] {
            KeEnterCriticalRegion();
            ExAcquirePushLockShared(&on.lock);
            increment(on);
            ExReleasePushLockShared(&on.lock);
            KeLeaveCriticalRegion();
        };
        beside(write_as_reader, [&] { with_lock_shared(on); });
    });
}

TEST_CASE("races: an access outside the lock races with those inside") {
    check_raced([] {
        shared_state on;
        beside([&] { with_lock_exclusive(on); }, [&] { increment(on); });
    });
}

TEST_CASE("races: an interlocked counter is silent") {
    check_silent([] {
        shared_state on;
        beside([&] { InterlockedIncrement(&on.interlocked); },
               [&] { InterlockedIncrement(&on.interlocked); });
        CHECK(on.interlocked == 2);
    });
}

TEST_CASE("races: a flag published with release and read with acquire is silent") {
    check_silent([] {
        shared_state on;
        beside(
            [&] {
                on.plain = 7;
                WriteRelease(&on.interlocked, 1);
            },
            [&] {
                if (ReadAcquire(&on.interlocked) != 0) {
                    CHECK(on.plain == 7);
                }
            });
    });
}

TEST_CASE("races: a flag published without order is a race on what it guards") {
    check_raced([] {
        shared_state on;
        beside(
            [&] {
                on.plain = 7;
                WriteNoFence(&on.interlocked, 1);
                KeMemoryBarrier();
            },
            [&] {
                tests::let_others_run();
                if (ReadNoFence(&on.interlocked) != 0) {
                    on.plain = 8;
                }
            });
    });
}

TEST_CASE("races: a message passed by an event is silent") {
    check_silent([] {
        shared_state on;
        KeInitializeEvent(&on.event, SynchronizationEvent, FALSE);
        beside(
            [&] {
                increment(on);
                KeSetEvent(&on.event, 0, FALSE);
            },
            [&] {
                tests::wait_for(&on.event);
                increment(on);
            });
        CHECK(on.plain == 2);
    });
}

TEST_CASE("races: what follows the set is not part of the message") {
    check_raced([] {
        shared_state on;
        KeInitializeEvent(&on.event, NotificationEvent, FALSE);
        beside(
            [&] {
                KeSetEvent(&on.event, 0, FALSE);
                increment(on);
            },
            [&] {
                tests::wait_for(&on.event);
                increment(on);
            });
    });
}

TEST_CASE("races: arguments of PsCreateSystemThread and the wait for its end hand over") {
    check_silent([] {
        LONG counter = 1;
        HANDLE handle;
        PVOID thread;
        PsCreateSystemThread(
            &handle, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr,
            [](PVOID context) { *static_cast<LONG *>(context) += 1; }, &counter);
        ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, &thread,
                                  nullptr);
        ZwClose(handle);
        tests::wait_for(thread);
        counter += 1;
        ObDereferenceObject(thread);
        CHECK(counter == 3);
    });
}

TEST_CASE("races: pool memory that is freed beside a reader is a race") {
    check_raced([] {
        shared_state on;
        on.block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 64, 'tseT');
        beside([&] { ExFreePool(on.block); },
               [&] { static_cast<void>(*static_cast<volatile UCHAR *>(on.block)); });
    });
}

TEST_CASE("races: pool memory of one thread is no concern of another") {
    check_silent(
        [] {
            const auto use = [] {
                auto *bytes =
                    static_cast<UCHAR *>(ExAllocatePool2(POOL_FLAG_NON_PAGED, 64, 'tseT'));
                RtlFillMemory(bytes, 64, 3);
                ExFreePool(bytes);
            };
            beside(use, use);
        },
        1000);
}

TEST_CASE("races: RtlCopyMemory and RtlZeroMemory count as accesses of their caller") {
    const auto body = [] {
        UCHAR buffer[64] = {};
        UCHAR copy[64];
        beside([&] { RtlZeroMemory(buffer, sizeof buffer); },
               [&] { RtlCopyMemory(copy, buffer, sizeof copy); });
    };
    check_raced(body);
    const emu::exploration_result found = emu::search(body, searching(1));
    CHECK_MESSAGE(contains(found.report, " bytes at race_test.cpp:"), found.report);
}

TEST_CASE("races: code at DISPATCH_LEVEL on one processor is ordered") {
    emu::exploration how = searching(1000);
    how.machine.processors = 1;
    const auto bump = [](shared_state &on) {
        const KIRQL before = tests::raise_to(DISPATCH_LEVEL);
        increment(on);
        KeLowerIrql(before);
    };
    const emu::exploration_result result = emu::search(
        [&] {
            shared_state on;
            beside([&] { bump(on); }, [&] { bump(on); });
        },
        how);
    CHECK_MESSAGE(!result.failed, result.report);
}

TEST_CASE("races: executions do not race with each other, nor do frames on reused stacks") {
    static LONG across = 0;
    check_silent(
        [] {
            const auto deep = [] {
                volatile LONG frame[256];
                for (volatile LONG &each : frame) {
                    each = across;
                }
                EMU_EXPECT_VIOLATION(emu::rule::invalid_flags, [] {
                    EX_PUSH_LOCK lock = 0;
                    KeEnterCriticalRegion();
                    ExAcquirePushLockExclusiveEx(&lock, 0x80);
                }());
            };
            ++across;
            emu::system_thread one{"one", deep};
            one.join();
        },
        1000);
}

namespace {

// A thread adds under the spin lock; the DPC, on another processor, adds with or without it.
struct dpc_state {
    KDPC dpc;
    KSPIN_LOCK lock;
    KEVENT done;
    LONG count = 0;
    bool locks = false;
};

void add_in_dpc(PKDPC, PVOID context, PVOID, PVOID) {
    auto &on = *static_cast<dpc_state *>(context);
    if (on.locks) {
        KeAcquireSpinLockAtDpcLevel(&on.lock);
    }
    on.count = on.count + 1;
    if (on.locks) {
        KeReleaseSpinLockFromDpcLevel(&on.lock);
    }
    KeSetEvent(&on.done, 0, FALSE);
}

// By reference and not inlined: clang 19 does not watch a field of a local variable in the
// function that owns it, unless the field's own address is passed on.
[[gnu::noinline]] void add_in_thread(dpc_state &on) {
    KIRQL before;
    KeAcquireSpinLock(&on.lock, &before);
    on.count = on.count + 1;
    KeReleaseSpinLock(&on.lock, before);
}

void thread_beside_dpc(bool locks) {
    dpc_state on;
    on.locks = locks;
    KeInitializeDpc(&on.dpc, add_in_dpc, &on);
    KeSetTargetProcessorDpc(&on.dpc, 1);
    KeInitializeSpinLock(&on.lock);
    KeInitializeEvent(&on.done, NotificationEvent, FALSE);
    KeInsertQueueDpc(&on.dpc, nullptr, nullptr);
    add_in_thread(on);
    tests::wait_for(&on.done);
}

}  // namespace

TEST_CASE("races: one that is reachable through a DPC only is found and replays") {
    check_raced([] { thread_beside_dpc(false); });
}

TEST_CASE("races: a DPC that takes the spin lock of the thread's data is ordered with it") {
    check_silent([] { thread_beside_dpc(true); }, 2'000);
}
