// Timers: when they expire, what they signal and queue, and what cancels them.
#include <atomic>
#include <cstring>
#include <vector>

#include "both_backends.hpp"
#include "dpc_bodies.hpp"

using namespace tests;
using emu::rule;

namespace {

constexpr LONGLONG ms = 10'000;

LARGE_INTEGER in(LONGLONG ticks_100ns) {
    LARGE_INTEGER due;
    due.QuadPart = -ticks_100ns;
    return due;
}

LONGLONG now() { return static_cast<LONGLONG>(KeQueryInterruptTime()); }

struct new_timer : KTIMER {
    explicit new_timer(TIMER_TYPE type = NotificationTimer) { KeInitializeTimerEx(this, type); }
};

}  // namespace

TEST_BOTH("timer: KeInitializeTimerEx sets the type, the size and an idle state") {
    KTIMER timer;
    std::memset(&timer, 0xCC, sizeof timer);
    KeInitializeTimer(&timer);
    CHECK(timer.Header.Type == 8);
    CHECK(timer.Header.Size == 16);
    CHECK(timer.Header.SignalState == 0);
    CHECK(int{timer.Header.Inserted} == 0);
    CHECK(timer.Period == 0);
    CHECK_FALSE(KeReadStateTimer(&timer));
    KeInitializeTimerEx(&timer, SynchronizationTimer);
    CHECK(timer.Header.Type == 9);
}

TEST_BOTH("timer: a notification timer is signalled at its due time and stays so") {
    new_timer timer;
    const LONGLONG before = now();
    CHECK_FALSE(KeSetTimer(&timer, in(2 * ms), nullptr));
    CHECK(int{timer.Header.Inserted} == 1);
    CHECK(poll(&timer) == STATUS_TIMEOUT);
    CHECK(wait_for(&timer) == STATUS_SUCCESS);
    CHECK(now() >= before + 2 * ms);
    CHECK(int{timer.Header.Inserted} == 0);
    CHECK(KeReadStateTimer(&timer));
    CHECK(poll(&timer) == STATUS_SUCCESS);
    KeSetTimer(&timer, in(1000 * ms), nullptr);
    CHECK_FALSE(KeReadStateTimer(&timer));
    CHECK(KeCancelTimer(&timer));
}

TEST_BOTH("timer: a synchronization timer lets one waiter go") {
    new_timer timer{SynchronizationTimer};
    KeSetTimer(&timer, in(1), nullptr);
    CHECK(wait_for(&timer) == STATUS_SUCCESS);
    CHECK(poll(&timer) == STATUS_TIMEOUT);
}

TEST_BOTH("timer: a due time that has come expires at once, and its DPC has run") {
    new_timer timer;
    int runs = 0;
    dpc_with dpc{[&] { ++runs; }};
    CHECK_FALSE(KeSetTimer(&timer, in(0), &dpc));
    CHECK(KeReadStateTimer(&timer));
    CHECK(runs == 1);
    LARGE_INTEGER past;
    KeQuerySystemTime(&past);
    KeSetTimer(&timer, past, &dpc);
    CHECK(runs == 2);
}

TEST_BOTH("timer: an absolute due time is system time") {
    new_timer timer;
    LARGE_INTEGER due;
    KeQuerySystemTime(&due);
    due.QuadPart += ms;
    KeSetTimer(&timer, due, nullptr);
    CHECK(int{timer.Header.Absolute} == 1);
    CHECK(wait_for(&timer) == STATUS_SUCCESS);
    LARGE_INTEGER after;
    KeQuerySystemTime(&after);
    CHECK(after.QuadPart >= due.QuadPart);
}

TEST_BOTH("timer: setting a set timer cancels it first and returns TRUE") {
    new_timer timer;
    int runs = 0;
    dpc_with dpc{[&] { ++runs; }};
    KeSetTimer(&timer, in(1000 * ms), &dpc);
    CHECK(KeSetTimer(&timer, in(1), nullptr));
    wait_for(&timer);
    CHECK(runs == 0);
    CHECK_FALSE(KeCancelTimer(&timer));
}

TEST_BOTH("timer: KeCancelTimer leaves the signal state alone and is TRUE once") {
    new_timer timer;
    KeSetTimer(&timer, in(1000 * ms), nullptr);
    CHECK(KeCancelTimer(&timer));
    CHECK_FALSE(KeCancelTimer(&timer));
    CHECK_FALSE(KeReadStateTimer(&timer));
}

TEST_BOTH("timer: its DPC runs at DISPATCH_LEVEL, with the time of its expiry") {
    new_timer timer;
    KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    std::atomic<int> level{99};
    std::atomic<bool> has_time{false};
    dpc_with dpc{[&](PVOID low, PVOID high) {
        level = KeGetCurrentIrql();
        LARGE_INTEGER system;
        KeQuerySystemTime(&system);
        has_time = bits(high) == static_cast<std::uint64_t>(system.HighPart) && bits(low) != 0;
        KeSetEvent(&done, 0, FALSE);
    }};
    KeSetTimer(&timer, in(ms), &dpc);
    CHECK(wait_for(&done) == STATUS_SUCCESS);
    CHECK(level == DISPATCH_LEVEL);
    CHECK(has_time);
    KeFlushQueuedDpcs();
}

TEST_SIMULATED("timer: a periodic timer expires each period of virtual time") {
    new_timer timer{SynchronizationTimer};
    std::vector<LONGLONG> at;
    dpc_with dpc{[&] { at.push_back(now()); }};
    const LONGLONG start = now();
    KeSetTimerEx(&timer, in(5 * ms), 10, &dpc);
    CHECK(timer.Period == 10);
    let_others_run(46 * ms);
    CHECK(KeCancelTimer(&timer));
    const std::vector<LONGLONG> wanted{start + 5 * ms, start + 15 * ms, start + 25 * ms,
                                       start + 35 * ms, start + 45 * ms};
    CHECK(at == wanted);
    let_others_run(100 * ms);
    CHECK(at.size() == 5);
}

TEST_NATIVE("timer: a periodic timer goes on until it is cancelled") {
    new_timer timer{SynchronizationTimer};
    for (KeSetCoalescableTimer(&timer, in(1), 1, 1, nullptr); int i : {1, 2, 3}) {
        CAPTURE(i);
        CHECK(wait_for(&timer) == STATUS_SUCCESS);
    }
    CHECK(KeCancelTimer(&timer));
}

TEST_BOTH("timer: several expire in order of their due times") {
    std::vector<int> order;
    new_timer timers[3];
    dpc_with first{[&] { order.push_back(1); }};
    dpc_with second{[&] { order.push_back(2); }};
    dpc_with third{[&] { order.push_back(3); }};
    KeSetSystemAffinityThread(1);
    LARGE_INTEGER now;
    KeQuerySystemTime(&now);
    // Absolute and late, so that natively a pause between two calls does not change the order.
    const auto at = [&](LONGLONG tick) {
        LARGE_INTEGER due;
        due.QuadPart = now.QuadPart + tick;
        return due;
    };
    KeSetTimer(&timers[0], at(300 * ms), &third);
    KeSetTimer(&timers[1], at(200 * ms), &first);
    KeSetTimer(&timers[2], at(250 * ms), &second);
    wait_for(&timers[0]);
    KeFlushQueuedDpcs();
    CHECK(order == std::vector<int>{1, 2, 3});
    KeRevertToUserAffinityThread();
}

TEST_BOTH("timer: the waiter may let the timer go at once") {
    for (int i = 0; i < 20; ++i) {
        auto *timer =
            static_cast<PKTIMER>(ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(KTIMER), 'remT'));
        KeInitializeTimer(timer);
        KeSetTimer(timer, in(1), nullptr);
        wait_for(timer);
        ExFreePoolWithTag(timer, 'remT');
    }
}

TEST_CASE("timer: one that is set keeps no execution alive") {
    emu::run(
        [] {
            static KTIMER timer;
            KeInitializeTimer(&timer);
            KeSetTimerEx(&timer, in(ms), 1, nullptr);
        },
        options_for(emu::backend::simulated));
}

TEST_BOTH("ex timer: calls back, once or each period, at DISPATCH_LEVEL") {
    struct state {
        std::atomic<int> calls{0};
        std::atomic<int> level{99};
        KEVENT third;
    } seen;
    KeInitializeEvent(&seen.third, NotificationEvent, FALSE);
    const PEX_TIMER timer = ExAllocateTimer(
        [](PEX_TIMER, PVOID context) {
            auto &to = *static_cast<state *>(context);
            to.level = KeGetCurrentIrql();
            if (++to.calls == 3) {
                KeSetEvent(&to.third, 0, FALSE);
            }
        },
        &seen, EX_TIMER_HIGH_RESOLUTION);
    REQUIRE(timer != nullptr);
    EXT_SET_PARAMETERS how;
    ExInitializeSetTimerParameters(&how);
    CHECK_FALSE(ExSetTimer(timer, -1, 5000, &how));
    wait_for(&seen.third);
    CHECK(seen.level == DISPATCH_LEVEL);
    CHECK(ExCancelTimer(timer, nullptr));
    CHECK_FALSE(ExCancelTimer(timer, nullptr));
    CHECK_FALSE(ExDeleteTimer(timer, TRUE, TRUE, nullptr));
}

TEST_BOTH("ex timer: can be waited for, with and without a callback") {
    const PEX_TIMER timer = ExAllocateTimer(nullptr, nullptr, EX_TIMER_NOTIFICATION);
    ExSetTimer(timer, -1, 0, nullptr);
    CHECK(wait_for(timer) == STATUS_SUCCESS);
    CHECK(poll(timer) == STATUS_SUCCESS);
    ExDeleteTimer(timer, TRUE, FALSE, nullptr);
}

TEST_BOTH("ex timer: ExDeleteTimer cancels, and calls the delete callback") {
    static int deleted;
    deleted = 0;
    const PEX_TIMER timer = ExAllocateTimer([](PEX_TIMER, PVOID) {}, nullptr, 0);
    ExSetTimer(timer, -1000 * ms, 0, nullptr);
    EXT_DELETE_PARAMETERS how;
    ExInitializeDeleteTimerParameters(&how);
    how.DeleteCallback = [](PVOID context) { deleted += *static_cast<int *>(context); };
    int amount = 1;
    how.DeleteContext = &amount;
    CHECK(ExDeleteTimer(timer, TRUE, TRUE, &how));
    CHECK(deleted == 1);
}

TEST_BOTH("ex timer: used after its deletion it is reported") {
    const PEX_TIMER timer = ExAllocateTimer(nullptr, nullptr, 0);
    ExDeleteTimer(timer, FALSE, FALSE, nullptr);
    check_no_bug_check(
        EMU_EXPECT_VIOLATION(rule::freed_object, ExSetTimer(timer, -1, 0, nullptr)));
}

TEST_BOTH("ex timer: ExDeleteTimer with Wait and without Cancel is reported") {
    const PEX_TIMER timer = ExAllocateTimer(nullptr, nullptr, 0);
    EMU_EXPECT_VIOLATION(rule::invalid_parameter, ExDeleteTimer(timer, FALSE, TRUE, nullptr));
}

TEST_BOTH("ex timer: ExDeleteTimer with Wait at DISPATCH_LEVEL is reported") {
    const PEX_TIMER timer = ExAllocateTimer(nullptr, nullptr, 0);
    raise_to(DISPATCH_LEVEL);
    EMU_EXPECT_VIOLATION(rule::wait_at_dispatch_level, ExDeleteTimer(timer, TRUE, TRUE, nullptr));
}

TEST_BOTH("ex timer: attributes that there are none are reported") {
    EMU_EXPECT_VIOLATION(rule::invalid_flags, ExAllocateTimer(nullptr, nullptr, 1));
}

TEST_BOTH("timer: above DISPATCH_LEVEL its routines report irql_too_high, 0xC4/0x20011") {
    new_timer timer;
    raise_to(HIGH_LEVEL);
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::irql_too_high, KeSetTimer(&timer, in(1), nullptr));
    CHECK(found.parameters[0] == 0x20011);
}

TEST_BOTH("timer: initialised while set reports initialised_while_queued") {
    new_timer timer;
    KeSetTimer(&timer, in(1000 * ms), nullptr);
    check_no_bug_check(
        EMU_EXPECT_VIOLATION(rule::initialised_while_queued, KeInitializeTimer(&timer)));
}

TEST_BOTH("timer: freed while set reports freed_while_queued, 0xC7/0; after KeCancelTimer not") {
    const auto timer =
        static_cast<PKTIMER>(ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(KTIMER), 'remT'));
    KeInitializeTimer(timer);
    KeSetTimer(timer, in(1000 * ms), nullptr);
    KeCancelTimer(timer);
    ExFreePoolWithTag(timer, 'remT');
    const auto again =
        static_cast<PKTIMER>(ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(KTIMER), 'remT'));
    KeInitializeTimer(again);
    KeSetTimer(again, in(1000 * ms), nullptr);
    check_bug_check(
        EMU_EXPECT_VIOLATION(rule::freed_while_queued, ExFreePoolWithTag(again, 'remT')), 0xC7, 0,
        bits(again), bits(again), bits(again) + sizeof(KTIMER));
}

TEST_BOTH("timer: an event where a timer is required reports wrong_object_type") {
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    EMU_EXPECT_VIOLATION(rule::wrong_object_type,
                         KeCancelTimer(reinterpret_cast<PKTIMER>(&event)));
}

TEST_BOTH("timer: a negative period reports invalid_parameter") {
    new_timer timer;
    EMU_EXPECT_VIOLATION(rule::invalid_parameter, KeSetTimerEx(&timer, in(1), -1, nullptr));
}
