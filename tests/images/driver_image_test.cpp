// A driver that is a shared library with driver_image.c in it: every machine begins with its
// global variables as they were when it was loaded.
#include "driver_body.hpp"

#include <string>

using namespace tests;

namespace {

void begin_clean_then_load() {
    EMU_CHECK(DriverIsClean());
    load_operate_unload();
}

void explore_cleanly(std::uint64_t count) {
    const emu::exploration_result result = emu::search(begin_clean_then_load, schedules(count));
    INFO(result.report);
    CHECK_FALSE(result.failed);
    CHECK(result.schedules == count);
}

}  // namespace

TEST_CASE("driver image: 2,000 executions begin with the globals as they were loaded") {
    explore_cleanly(2000);
}

TEST_SUITE_BEGIN("slow");
TEST_CASE("driver image: 100,000 executions begin with the globals as they were loaded" *
          doctest::skip()) {
    explore_cleanly(100'000);
}
TEST_SUITE_END();

TEST_CASE("driver image: what a body leaves is gone after the exploration") {
    emu::search(load_operate_unload, schedules(10));
    CHECK(DriverIsClean());  // this dirties it: its own static counts
    CHECK_FALSE(DriverIsClean());
    emu::boot();
    CHECK(DriverIsClean());
}

TEST_CASE("driver image: emu::boot restores after a native run") {
    emu::boot();
    load_operate_unload();
    CHECK_FALSE(DriverIsClean());
    emu::boot();
    CHECK(DriverIsClean());
}

TEST_CASE("driver image: emu::run begins clean on both backends") {
    for (const emu::backend where : {emu::backend::native, emu::backend::simulated}) {
        emu::machine_options with = emu::default_options();
        with.on = where;
        emu::run(begin_clean_then_load, with);
        emu::run(begin_clean_then_load, with);
    }
}

TEST_CASE("driver image: a machine that a violation ended leaves nothing behind") {
    emu::boot();
    DriverEntry(nullptr, nullptr);
    EMU_EXPECT_VIOLATION(emu::rule::irql_lowered_upwards, (DriverOperate(1), KeLowerIrql(3)));
    emu::boot();
    CHECK(DriverIsClean());
}

TEST_CASE("driver image: a failing schedule takes the same course when it is run again") {
    const auto body = [] {
        EMU_CHECK(DriverIsClean());
        OperationLimit = 2;  // one of three operations is refused, whichever comes last
        DriverEntry(nullptr, nullptr);
        NTSTATUS others = STATUS_SUCCESS;
        emu::system_thread other{[&] { others = DriverOperate(2); }};
        DriverOperate(1);
        DriverOperate(3);
        other.join();
        EMU_CHECK(others != STATUS_SUCCESS);
    };
    const emu::exploration_result found = emu::search(body, schedules(1000));
    REQUIRE(found.failed);
    CHECK(found.which == emu::rule::check_failed);
    CHECK(found.report.find("outlives the execution") == std::string::npos);
    for (int i = 0; i < 3; ++i) {
        CHECK(emu::replay(body, found.token).which == emu::rule::check_failed);
    }
}

TEST_CASE("driver image: a variable set in the body holds for that execution only") {
    const emu::exploration_result result = emu::search(
        [] {
            EMU_CHECK(OperationLimit == 3);
            OperationLimit = 1;
        },
        schedules(20));
    CHECK_FALSE(result.failed);
    CHECK(OperationLimit == 3);
}

TEST_CASE("driver image: a variable set before an exploration is lost in all its executions") {
    OperationLimit = 5;
    const emu::exploration_result result =
        emu::search([] { EMU_CHECK(OperationLimit == 3); }, schedules(20));
    CHECK_FALSE(result.failed);
}

TEST_CASE("driver image: a variable set before the first NT call stays") {
    emu::search([] {}, schedules(1));  // leaves no machine
    OperationLimit = 5;
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    CHECK(OperationLimit == 5);
    emu::boot();
    CHECK(OperationLimit == 3);
}

TEST_CASE("driver image: exhaustive search sees the same course again, as each run begins clean") {
    emu::exploration how;
    how.strategy = emu::search_strategy::exhaustive;
    how.schedules = 2000;
    const emu::exploration_result result = emu::search(begin_clean_then_load, how);
    INFO(result.report);
    CHECK_FALSE(result.failed);
}
