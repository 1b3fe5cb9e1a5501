// emu::search over every schedule of small bodies.
#include "both_backends.hpp"

using emu::coverage;
using emu::rule;

namespace {

emu::exploration every_schedule(std::optional<unsigned> preemptions = std::nullopt) {
    emu::exploration how;
    how.strategy = emu::search_strategy::exhaustive;
    how.preemptions = preemptions;
    return how;
}

void add_under(EX_PUSH_LOCK &lock, int &counter) {
    FltAcquirePushLockExclusive(&lock);
    ++counter;
    FltReleasePushLock(&lock);
}

// Two threads, three locks, a counter under each.
void three_counters() {
    EX_PUSH_LOCK locks[3]{};
    int counters[3]{};
    const auto add = [&] {
        for (int i = 0; i < 3; ++i) {
            add_under(locks[i], counters[i]);
        }
    };
    emu::system_thread other{add};
    add();
    other.join();
    EMU_CHECK(counters[0] == 2 && counters[1] == 2 && counters[2] == 2);
}

// Reads, then writes what it read: two preemptions or none are needed to lose an update.
void lost_update() {
    volatile LONG value = 0;
    const auto add = [&] {
        const LONG seen = InterlockedCompareExchange(&value, 0, 0);
        InterlockedExchange(&value, seen + 1);
    };
    emu::system_thread other{add};
    add();
    other.join();
    EMU_CHECK(value == 2);
}

}  // namespace

TEST_CASE("exhaustive: a search that ends says complete") {
    const auto result = emu::search(three_counters, every_schedule());
    INFO(result.report);
    CHECK_FALSE(result.failed);
    CHECK(result.covered == coverage::complete);
    CHECK(result.schedules < 1000);
}

TEST_CASE("exhaustive: a bound that left schedules out is named") {
    const auto none = emu::search(three_counters, every_schedule(0));
    CHECK(none.covered == coverage::complete_within_bound);
    const auto two = emu::search(three_counters, every_schedule(2));
    CHECK(two.covered == coverage::complete_within_bound);
    CHECK(two.schedules > none.schedules);
}

TEST_CASE("exhaustive: a budget that was used up is named") {
    emu::exploration how = every_schedule();
    how.schedules = 3;
    const auto result = emu::search(three_counters, how);
    CHECK(result.covered == coverage::stopped_at_budget);
    CHECK(result.schedules == 3);
}

TEST_CASE("exhaustive: sampling claims nothing") {
    CHECK(emu::search([] {}).covered == coverage::sampled);
}

TEST_CASE("exhaustive: a lost update needs one preemption, and replays") {
    CHECK_FALSE(emu::search(lost_update, every_schedule(0)).failed);
    for (const auto bound : {std::optional(1U), std::optional<unsigned>()}) {
        const auto found = emu::search(lost_update, every_schedule(bound));
        CHECK(found.which == rule::check_failed);
        CHECK(emu::replay(lost_update, found.token).which == rule::check_failed);
    }
}

TEST_CASE("exhaustive: a use after free between two threads is not taken for commuting steps") {
    const auto result = emu::search(
        [] {
            auto *lock = static_cast<EX_PUSH_LOCK *>(
                ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(EX_PUSH_LOCK) * 2, 'kcoL'));
            emu::system_thread user{[=] {
                FltAcquirePushLockShared(&lock[1]);
                FltReleasePushLock(&lock[1]);
            }};
            ExFreePoolWithTag(lock, 'kcoL');
            user.join();
        },
        every_schedule());
    CHECK(result.failed);
}

TEST_CASE("exhaustive: a loop that yields waits for others instead of turning for ever") {
    const auto result = emu::search(
        [] {
            volatile LONG ready = 0;
            emu::system_thread other{[&] { InterlockedExchange(&ready, 1); }};
            while (ready == 0) {
                YieldProcessor();
            }
            other.join();
        },
        every_schedule());
    INFO(result.report);
    CHECK_FALSE(result.failed);
    CHECK(result.covered == coverage::complete);
    CHECK(result.schedules < 20);
}

TEST_CASE("exhaustive: two threads that yield to each other for ever reach the step limit") {
    emu::exploration how = every_schedule();
    how.machine.step_limit = 1000;
    const auto result = emu::search(
        [] {
            volatile LONG never = 0;
            const auto spin = [&] {
                while (never == 0) {
                    YieldProcessor();
                }
            };
            emu::system_thread other{spin};
            spin();
        },
        how);
    CHECK(result.which == rule::step_limit);
}

TEST_CASE("exhaustive: a body that is not deterministic is named, with the step") {
    int runs = 0;
    const auto body = [&] {
        EX_PUSH_LOCK lock{};
        int counter = 0;
        ++runs;
        emu::system_thread other{[&] { add_under(lock, counter); }};
        if (runs % 2 == 0) {
            KEVENT event;
            KeInitializeEvent(&event, NotificationEvent, FALSE);
            KeSetEvent(&event, 0, FALSE);
        }
        add_under(lock, counter);
        other.join();
    };
    for (const auto strategy : {emu::search_strategy::exhaustive, emu::search_strategy::random,
                                emu::search_strategy::pct, emu::search_strategy::portfolio}) {
        emu::exploration how;
        how.strategy = strategy;
        const auto result = emu::search(body, how);
        CHECK(result.which == rule::nondeterministic_body);
        INFO(result.report);
        CHECK(result.report.find("scheduling point") != std::string::npos);
        CHECK(result.report.find("KeSetEvent") != std::string::npos);
        CHECK(result.report.find("exhaustive_test.cpp") != std::string::npos);
    }
}
