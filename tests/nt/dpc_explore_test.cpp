// Bugs that show only when a DPC, a timer or an interrupt arrives at a certain point.
#include <emu/interrupt.hpp>

#include "both_backends.hpp"
#include "dpc_bodies.hpp"

using namespace tests;
using emu::rule;

namespace {

constexpr std::uint64_t few = 200;  // schedules

emu::exploration_result look(const std::function<void()> &body, std::uint64_t schedules = few) {
    emu::exploration how;
    how.schedules = schedules;
    return emu::search(body, how);
}

void check_sound(const std::function<void()> &body) {
    const emu::exploration_result result = look(body, 500);
    INFO(result.report);
    CHECK_FALSE(result.failed);
}

void pause(KEVENT &event) { KeReadStateEvent(&event); }

// A counter that a thread changes in two steps, at `level` and with `affinity`, and a DPC of
// processor 1 in one.
std::function<void()> two_steps(KIRQL level, KAFFINITY affinity) {
    return [=] {
        KEVENT event;
        KeInitializeEvent(&event, NotificationEvent, FALSE);
        int counter = 0;
        dpc_with dpc{[&] { ++counter; }};
        KeSetTargetProcessorDpc(&dpc, 1);
        KeSetSystemAffinityThread(affinity);
        emu::system_thread other{[&] { KeInsertQueueDpc(&dpc, nullptr, nullptr); }};
        const KIRQL before = raise_to(level);
        const int seen = counter;
        pause(event);
        counter = seen + 1;
        KeLowerIrql(before);
        other.join();
        KeFlushQueuedDpcs();
        EMU_CHECK(counter == 2);
        KeRevertToUserAffinityThread();
    };
}

}  // namespace

TEST_CASE("arrival: of two flushes at a time each waits for what was queued before it") {
    check_sound([] {
        int slow = 0;
        dpc_with other_dpc{[&] { ++slow; }};
        KeSetTargetProcessorDpc(&other_dpc, 2);
        KeInsertQueueDpc(&other_dpc, nullptr, nullptr);
        emu::system_thread other{[&] {
            KeFlushQueuedDpcs();
            EMU_CHECK(slow == 1);
        }};
        KeFlushQueuedDpcs();
        EMU_CHECK(slow == 1);
        other.join();
    });
}

TEST_CASE("arrival: a DPC may come between any two steps of a thread below DISPATCH_LEVEL") {
    const emu::exploration_result found = look(two_steps(PASSIVE_LEVEL, 2));
    CHECK(found.which == rule::check_failed);
    CHECK(found.schedules < 50);
    const emu::exploration_result again = emu::replay(two_steps(PASSIVE_LEVEL, 2), found.token);
    CHECK(again.which == rule::check_failed);
}

TEST_CASE("arrival: not at DISPATCH_LEVEL on the same processor, but on another one") {
    check_sound(two_steps(DISPATCH_LEVEL, 2));
    CHECK(look(two_steps(DISPATCH_LEVEL, 1)).which == rule::check_failed);
}

TEST_CASE("arrival: PASSIVE code of a processor does not go on before its DPC has ended") {
    check_sound([] {
        KEVENT event;
        KeInitializeEvent(&event, NotificationEvent, FALSE);
        bool inside = false;
        dpc_with dpc{[&] {
            inside = true;
            pause(event);
            inside = false;
        }};
        KeSetTargetProcessorDpc(&dpc, 1);
        KeSetSystemAffinityThread(2);
        emu::system_thread other{[&] { KeInsertQueueDpc(&dpc, nullptr, nullptr); }};
        for (int i = 0; i < 3; ++i) {
            pause(event);
            EMU_CHECK(!inside);
        }
        other.join();
        KeFlushQueuedDpcs();
        KeRevertToUserAffinityThread();
    });
}

TEST_CASE("arrival: a low importance DPC on the own processor comes later, at any point") {
    const auto body = [](int wanted) {
        return [wanted] {
            KEVENT event;
            KeInitializeEvent(&event, NotificationEvent, FALSE);
            int at = 0, ran_at = -1;
            dpc_with dpc{[&] { ran_at = at; }};
            KeSetImportanceDpc(&dpc, LowImportance);
            KeInsertQueueDpc(&dpc, nullptr, nullptr);
            for (at = 1; at < 4; ++at) {
                pause(event);
            }
            KeFlushQueuedDpcs();
            EMU_CHECK(ran_at != wanted);
        };
    };
    for (const int point : {1, 2, 3, 4}) {
        CAPTURE(point);
        CHECK(look(body(point)).which == rule::check_failed);
    }
    check_sound(body(-1));
}

TEST_CASE("arrival: a timer's DPC races with a thread that wakes at the same time") {
    const auto body = [] {
        KEVENT event;
        KTIMER timer;
        KeInitializeEvent(&event, NotificationEvent, FALSE);
        KeInitializeTimer(&timer);
        int counter = 0;
        dpc_with dpc{[&] { ++counter; }};
        LARGE_INTEGER due;
        due.QuadPart = -100;
        KeSetTimer(&timer, due, &dpc);
        let_others_run(100);
        const int seen = counter;
        pause(event);
        counter = seen + 1;
        KeCancelTimer(&timer);
        KeFlushQueuedDpcs();
        EMU_CHECK(counter == seen + 1);
    };
    const emu::exploration_result found = look(body);
    CHECK(found.which == rule::check_failed);
    CHECK(found.schedules < 50);
}

TEST_CASE("arrival: KeCancelTimer may come too late for the DPC, which frees what it uses") {
    const auto body = [](bool flush) {
        return [flush] {
            struct device {
                KTIMER timer;
                KDPC dpc;
                int ticks;
            };
            auto *one = static_cast<device *>(
                ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(device), 'veDT'));
            KeInitializeTimer(&one->timer);
            KeInitializeDpc(
                &one->dpc,
                [](PRKDPC, PVOID context, PVOID, PVOID) {
                    ++static_cast<device *>(context)->ticks;
                },
                one);
            LARGE_INTEGER due;
            due.QuadPart = -100;
            KeSetSystemAffinityThread(1);
            KeSetTimer(&one->timer, due, &one->dpc);
            KeSetSystemAffinityThread(2);  // so that the DPC does not interrupt this thread
            let_others_run(100);
            if (!KeCancelTimer(&one->timer) && flush) {
                KeFlushQueuedDpcs();
            }
            KeRevertToUserAffinityThread();
            ExFreePoolWithTag(one, 'veDT');
        };
    };
    check_sound(body(true));
    const emu::exploration_result found = look(body(false));
    CHECK(found.failed);
    CHECK(found.schedules < 100);
}

namespace {

// A thread counts in two steps, a timer's DPC in one; both count.
std::function<void()> beside_timer(LONGLONG due_100ns) {
    return [=] {
        KEVENT event;
        KeInitializeEvent(&event, NotificationEvent, FALSE);
        int counter = 0;
        dpc_with dpc{[&] { ++counter; }};
        KTIMER timer;
        KeInitializeTimer(&timer);
        LARGE_INTEGER due;
        due.QuadPart = -due_100ns;
        KeSetTimer(&timer, due, &dpc);
        const int seen = counter;
        pause(event);
        counter = seen + 1;
        LARGE_INTEGER longer;
        longer.QuadPart = -2 * due_100ns;
        KeDelayExecutionThread(KernelMode, FALSE, &longer);
        KeFlushQueuedDpcs();
        EMU_CHECK(counter == 2);
    };
}

constexpr LONGLONG ms = 10'000;

}  // namespace

TEST_CASE("arrival: a timer due within a quantum may overtake a thread that can run") {
    for (const auto strategy : {emu::search_strategy::random, emu::search_strategy::pct,
                                emu::search_strategy::exhaustive}) {
        emu::exploration how;
        how.strategy = strategy;
        how.schedules = 500;
        const emu::exploration_result found = emu::search(beside_timer(1 * ms), how);
        CHECK(found.which == rule::check_failed);
        CHECK(emu::replay(beside_timer(1 * ms), found.token).which == rule::check_failed);
    }
}

TEST_CASE("arrival: a timer further away than a quantum comes when no thread can run") {
    check_sound(beside_timer(1000 * ms));
}

TEST_CASE("arrival: no timer overtakes a thread where early_alarms is 0, nor in emu::run") {
    emu::exploration how;
    how.schedules = 500;
    how.machine.early_alarms = 0;
    const emu::exploration_result result = emu::search(beside_timer(1 * ms), how);
    CHECK_FALSE(result.failed);
    emu::machine_options simulated = emu::default_options();
    simulated.on = emu::backend::simulated;
    emu::run(beside_timer(1 * ms), simulated);
}

TEST_CASE("arrival: a periodic timer that may overtake everybody does not starve them") {
    const auto body = [] {
        int ticks = 0;
        dpc_with dpc{[&] { ++ticks; }};
        KTIMER timer;
        KeInitializeTimer(&timer);
        LARGE_INTEGER due;
        due.QuadPart = -1 * ms;
        KeSetTimerEx(&timer, due, 1, &dpc);
        KEVENT event;
        KeInitializeEvent(&event, NotificationEvent, FALSE);
        for (int i = 0; i < 20; ++i) {
            pause(event);
        }
        KeCancelTimer(&timer);
        KeFlushQueuedDpcs();
        EMU_CHECK(ticks <= 2);
    };
    check_sound(body);
}
