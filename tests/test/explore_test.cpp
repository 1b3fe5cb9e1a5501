// Exploration: what it finds, that it finds it again, and what it says.
#include <stdexcept>
#include <string>

#include "child_process.hpp"
#include "push_lock_routines.hpp"

using namespace tests;
using emu::exploration;
using emu::exploration_result;
using emu::rule;

namespace {

exploration with(std::uint64_t schedules, std::uint64_t seed = 0) {
    exploration how;
    how.schedules = schedules;
    how.seed = seed;
    return how;
}

// Two threads, two locks, two orders: needs one preemption.
void opposite_orders() {
    EX_PUSH_LOCK a = 0, b = 0;
    const auto take = [](EX_PUSH_LOCK &first, EX_PUSH_LOCK &second) {
        critical_region inside;
        ExAcquirePushLockExclusive(&first);
        ExAcquirePushLockExclusive(&second);
        ExReleasePushLockExclusive(&second);
        ExReleasePushLockExclusive(&first);
    };
    emu::system_thread one{"one", [&] { take(a, b); }};
    emu::system_thread two{"two", [&] { take(b, a); }};
    one.join(), two.join();
}

// A read and a write that another thread may come between.
void lost_update() {
    LONG volatile value = 0;
    KEVENT point;
    KeInitializeEvent(&point, NotificationEvent, FALSE);
    const auto add = [&] {
        const LONG seen = value;
        KeReadStateEvent(&point);
        value = seen + 1;
    };
    emu::system_thread one{add}, two{add};
    one.join(), two.join();
    EMU_CHECK(value == 2);
}

void wait_for_nobody() {
    KEVENT never;
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    wait_for(&never);
}

void never_ends() {
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    for (;;) {
        KeReadStateEvent(&event);
    }
}

void orderly() {
    EX_PUSH_LOCK lock = 0;
    int value = 0;
    const auto add = [&] {
        critical_region inside;
        ExAcquirePushLockExclusive(&lock);
        ++value;
        ExReleasePushLockExclusive(&lock);
    };
    emu::system_thread one{add}, two{add};
    one.join(), two.join();
    EMU_CHECK(value == 2);
}

}  // namespace

TEST_CASE("explore: opposite lock orders are found as a deadlock that names both threads") {
    const exploration_result found = emu::search(opposite_orders, with(1000));
    CHECK(found.which == rule::deadlock);
    CHECK(contains(found.report, "\"one\""));
    CHECK(contains(found.report, "\"two\""));
    CHECK(contains(found.report, "EMU_REPLAY=" + found.token));
    CHECK(contains(found.report, "docs/rules/deadlock.md"));
}

TEST_CASE("explore: opposite lock orders pass when every thread runs undisturbed") {
    CHECK_NOTHROW(emu::run(opposite_orders, options_for(emu::backend::simulated)));
}

TEST_CASE("explore: a wait that nobody ends is a lost wake-up, found at once") {
    const exploration_result found = emu::search(wait_for_nobody, with(10));
    CHECK(found.which == rule::lost_wakeup);
    CHECK(found.schedules == 1);
}

TEST_CASE("explore: an execution without end meets the step limit") {
    exploration how = with(1);
    how.machine.step_limit = 1000;
    const exploration_result found = emu::search(never_ends, how);
    CHECK(found.which == rule::step_limit);
    CHECK(contains(found.report, "steps="));
    how.machine.step_limit = 1'000'000;
    CHECK_FALSE(emu::search(orderly, how).failed);
}

TEST_CASE("explore: a failed EMU_CHECK fails the schedule and shows the expression") {
    const exploration_result found = emu::search([] { EMU_CHECK(1 == 2); }, with(10));
    CHECK(found.which == rule::check_failed);
    CHECK(contains(found.report, "1 == 2"));
    CHECK(contains(found.report, "explore_test.cpp"));
}

TEST_CASE("explore: a check that failed in another thread fails the schedule") {
    const exploration_result found = emu::search(
        [] {
            emu::system_thread{[] {
                emu::note_failed_check("x == y", "somewhere.cpp", 12);
            }}.join();
        },
        with(10));
    CHECK(found.which == rule::check_failed);
    CHECK(contains(found.report, "x == y"));
}

TEST_CASE("explore: a lost update is found by each strategy, and not with a lock") {
    for (const auto strategy : {emu::search_strategy::portfolio, emu::search_strategy::random,
                                emu::search_strategy::pct}) {
        exploration how = with(1000);
        how.strategy = strategy;
        CHECK(emu::search(lost_update, how).which == rule::check_failed);
        CHECK_FALSE(emu::search(orderly, how).failed);
    }
}

TEST_CASE("explore: an exception of the body comes out as it was thrown") {
    CHECK_THROWS_WITH_AS(emu::explore([] { throw std::logic_error("mine"); }, with(3)), "mine",
                         std::logic_error);
    const exploration_result found = emu::search([] { throw std::logic_error("mine"); }, with(3));
    CHECK(found.failed);
    CHECK(found.which == rule::none);
    CHECK(found.thrown != nullptr);
    CHECK(contains(found.report, "mine"));
}

TEST_CASE("explore: a finding becomes a test_failure with rule and token") {
    try {
        emu::explore(wait_for_nobody, with(3));
        FAIL("nothing was thrown");
    } catch (const emu::test_failure &failure) {
        CHECK(contains(failure.what(), "lost_wakeup"));
        CHECK(contains(failure.what(), "EMU_REPLAY="));
    }
}

TEST_CASE("explore: an expected violation in the body is no failure") {
    const exploration_result found = emu::search(
        [] { EMU_EXPECT_VIOLATION(rule::irql_lowered_upwards, KeLowerIrql(3)); }, with(20));
    CHECK_FALSE(found.failed);
    CHECK(found.schedules == 20);
}

TEST_CASE("explore: an expectation that is not met fails the schedule") {
    const exploration_result found = emu::search(
        [] { EMU_EXPECT_VIOLATION(rule::irql_lowered_upwards, KeGetCurrentIrql()); }, with(20));
    CHECK(found.failed);
    CHECK(contains(found.report, "no rule was broken"));
}

TEST_CASE("explore: the same seed gives the same schedule, token and report") {
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
        const exploration_result first = emu::search(opposite_orders, with(1000, seed));
        const exploration_result second = emu::search(opposite_orders, with(1000, seed));
        REQUIRE(first.failed);
        CHECK(first.schedules == second.schedules);
        CHECK(first.points == second.points);
        CHECK(first.choices == second.choices);
        // The tokens differ only in the hash of the exploration's name, which is numbered.
        CHECK(first.token.substr(first.token.find('.', 2)) ==
              second.token.substr(second.token.find('.', 2)));
    }
}

TEST_CASE("explore: a named exploration has one token in every run of it") {
    exploration how = with(1000, 7);
    how.name = "named";
    const std::string first = emu::search(lost_update, how).token;
    CHECK_FALSE(first.empty());
    // "named#2": the second exploration of a name has a name of its own.
    CHECK(emu::search(lost_update, how).token != first);
}

TEST_CASE("explore: a token runs its schedule again, as often as asked") {
    const exploration_result found = emu::search(opposite_orders, with(1000));
    REQUIRE(found.failed);
    for (int i = 0; i < 20; ++i) {
        const exploration_result again = emu::replay(opposite_orders, found.token);
        CHECK(again.which == rule::deadlock);
        CHECK(again.schedules == 1);
        CHECK(again.token == found.token);
    }
}

TEST_CASE("explore: a token passes once the bug is mended without a change of course") {
    static bool mended;
    const auto body = [] {
        KEVENT event;
        KeInitializeEvent(&event, NotificationEvent, FALSE);
        int order = 0, second = 0;
        emu::system_thread one{[&] {
            KeReadStateEvent(&event);
            order = 1;
            KeReadStateEvent(&event);
        }};
        emu::system_thread two{[&] {
            KeReadStateEvent(&event);
            second = order;
        }};
        one.join(), two.join();
        EMU_CHECK(mended || second == 1);
    };
    mended = false;
    const exploration_result found = emu::search(body, with(1000));
    REQUIRE(found.which == rule::check_failed);
    mended = true;
    CHECK_FALSE(emu::replay(body, found.token).failed);
    mended = false;
    CHECK(emu::replay(body, found.token).which == rule::check_failed);
}

TEST_CASE("explore: a stale token is replay_diverged, with the step") {
    const exploration_result found = emu::search(opposite_orders, with(1000));
    REQUIRE(found.failed);
    const exploration_result again = emu::replay(
        [] {
            KEVENT event;
            KeInitializeEvent(&event, NotificationEvent, FALSE);
            const auto work = [&] {
                for (int i = 0; i < 20; ++i) {
                    KeReadStateEvent(&event);
                }
            };
            emu::system_thread one{work}, two{work}, three{work};
            one.join(), two.join(), three.join();
        },
        found.token);
    CHECK(again.which == rule::replay_diverged);
    CHECK(contains(again.report, "at scheduling point "));
}

TEST_CASE("explore: a token for a longer execution is replay_diverged") {
    const exploration_result found = emu::search(opposite_orders, with(1000));
    REQUIRE(found.failed);
    CHECK(emu::replay([] { KeGetCurrentIrql(); }, found.token).which == rule::replay_diverged);
}

TEST_CASE("explore: a text that is no token is refused") {
    CHECK_THROWS_AS(emu::replay(orderly, "nonsense"), std::invalid_argument);
    CHECK_THROWS_AS(emu::replay(orderly, ""), std::invalid_argument);
}

TEST_CASE("explore: a body that depends on what outlives an execution is told so") {
    static int executions;
    executions = 0;
    const exploration_result found = emu::search([] { EMU_CHECK(++executions != 5); }, with(100));
    CHECK(found.failed);
    CHECK(found.schedules == 5);
    CHECK(contains(found.report, "something outlives the execution"));
}

TEST_CASE("explore: no exploration, run or boot inside an execution") {
    const auto nested = [](void (*inner)()) { return emu::search([inner] { inner(); }, with(1)); };
    for (const auto inner : {+[] { emu::explore([] {}); }, +[] { emu::run([] {}); },
                             +[] { emu::boot(); }, +[] { emu::search([] {}); }}) {
        const exploration_result found = nested(inner);
        CHECK(found.failed);
        CHECK(contains(found.report, "inside an execution"));
    }
}

TEST_CASE("explore: schedules and choices are counted") {
    const exploration_result found = emu::search(orderly, with(50));
    CHECK(found.schedules == 50);
    CHECK(found.choices > 50);
    CHECK(found.points >= found.choices);
    CHECK(found.token.empty());
}

TEST_CASE("explore: every execution has a fresh machine") {
    const exploration_result found = emu::search(
        [] {
            EMU_CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
            EMU_CHECK(!KeAreApcsDisabled());
            EMU_CHECK(bits(PsGetCurrentThreadId()) == 4);
            ExAllocatePool2(POOL_FLAG_NON_PAGED, 100, 'kaeL');
        },
        with(50));
    INFO(found.report);
    CHECK_FALSE(found.failed);
}

CHILD_CASE("child: an exploration that fails") {
    exploration how = with(1000);
    how.name = "orders";
    emu::explore(opposite_orders, how);
}

TEST_CASE(
    "explore: EMU_REPLAY reruns the schedule in another process, and prints the same story") {
    const child_result first = run_child("child: an exploration that fails");
    CHECK(first.exit_code == 1);
    const std::size_t at = first.output.find("EMU_REPLAY=");
    REQUIRE(at != std::string::npos);
    const std::string setting = first.output.substr(at, first.output.find('\n', at) - at);
    const child_result second = run_child("child: an exploration that fails", {setting});
    INFO(second.output);
    CHECK(second.exit_code == 1);
    CHECK(contains(second.output, "deadlock"));
    CHECK(contains(second.output, setting));
}

TEST_CASE("explore: EMU_REPLAY that is no token stops the process with a sentence") {
    const child_result child =
        run_child("child: an exploration that fails", {"EMU_REPLAY=nonsense"});
    CHECK(child.exit_code == 2);
    CHECK(contains(child.output, "EMU_REPLAY is no token"));
}
