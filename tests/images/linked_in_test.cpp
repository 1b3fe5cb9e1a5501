// The same driver compiled straight into the test, or into a shared library without
// driver_image.c: nobody restores its variables, so explorations say which of them changed.
#include "driver_body.hpp"

#include <string>

using namespace tests;
using emu::rule;

namespace {

int executions;

bool names(const emu::exploration_result &result, const char *variable) {
    return result.report.find(variable) != std::string::npos;
}

}  // namespace

TEST_CASE("linked in: an exploration names the driver's variables that changed") {
    const emu::exploration_result found = emu::search(load_operate_unload, schedules(100));
    REQUIRE(found.failed);
    INFO(found.report);
    CHECK(found.which == rule::unrestored_global);
    CHECK(found.schedules == 1);
    CHECK(names(found, "Globals"));
    CHECK(names(found, "Budget"));
    CHECK(names(found, "Calls"));
    CHECK(names(found, " (driver.c"));
    CHECK(names(found, "driver_image.c"));
    CHECK(names(found, "docs/rules/unrestored_global.md"));
    CHECK_FALSE(names(found, "OperationLimit"));
    CHECK_THROWS_AS(emu::explore(load_operate_unload, schedules(100)), emu::test_failure);
}

TEST_CASE("linked in: a change of a later execution is found too") {
    executions = 0;
    const emu::exploration_result found = emu::search(
        [] {
            if (++executions == 5) {
                OperationLimit = 4;
            }
        },
        schedules(100));
    OperationLimit = 3;
    CHECK(found.which == rule::unrestored_global);
    CHECK(found.schedules == 8);
    CHECK(names(found, "OperationLimit"));
}

TEST_CASE("linked in: a change of the last execution is found") {
    executions = 0;
    const emu::exploration_result found =
        emu::search([] { OperationLimit += ++executions == 11 ? 1 : 0; }, schedules(11));
    OperationLimit = 3;
    CHECK(found.which == rule::unrestored_global);
}

TEST_CASE("linked in: keep_globals lets them change") {
    emu::exploration how = schedules(100);
    how.keep_globals = true;
    const emu::exploration_result result = emu::search(load_operate_unload, how);
    CHECK_FALSE(result.failed);
    CHECK(result.schedules == 100);
}

TEST_CASE("linked in: a variable that is as before at the end is no change") {
    const emu::exploration_result result = emu::search(
        [] {
            OperationLimit = 9;
            OperationLimit = 3;
        },
        schedules(100));
    CHECK_FALSE(result.failed);
}

TEST_CASE("linked in: the test's own statics may count") {
    static int statics;
    const emu::exploration_result result = emu::search(
        [] {
            ++executions;
            ++statics;
        },
        schedules(100));
    CHECK_FALSE(result.failed);
    CHECK(statics == 100);
}

TEST_CASE("linked in: another failure comes first") {
    const emu::exploration_result found = emu::search(
        [] {
            load_operate_unload();
            EMU_CHECK(false);
        },
        schedules(100));
    CHECK(found.which == rule::check_failed);
}
