// One planted mistake per executable, chosen by macro: is it found, and found again?
//
// Two of the mistakes show wherever their code runs.  The other three are races: every thread may
// run to its end without meeting them, so that a plain test passes, and the search must find the
// few schedules that do.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <string_view>

#include "scenario.hpp"

#if defined(PLANT_RECURSION) || defined(PLANT_MISSING_REGION)

TEST_CASE("planted: the misuse is caught where it happens") {
#if defined(PLANT_RECURSION)
    const emu::violation caught = EMU_EXPECT_VIOLATION(emu::rule::recursive_acquire,
                                                       scenario::insert_far_beyond_the_limit());
    CHECK(caught.bug_check == 0);  // Windows just hangs
#else
    const emu::violation caught =
        EMU_EXPECT_VIOLATION(emu::rule::apcs_enabled, scenario::query_the_statistics());
    CHECK(caught.bug_check == DRIVER_VERIFIER_DETECTED_VIOLATION);
    CHECK(caught.parameters[0] == 0xEA);
#endif
}

#else

namespace {

#if defined(PLANT_CHECK_THEN_ACT)
void body() { scenario::two_insertions_of_one_file(); }
constexpr emu::rule expected = emu::rule::check_failed;
#elif defined(PLANT_LOCK_ORDER)
void body() { scenario::statistics_beside_trim(); }
constexpr emu::rule expected = emu::rule::deadlock;
#elif defined(PLANT_USE_AFTER_FREE)
void body() { scenario::lookup_beside_trim(); }
constexpr emu::rule expected = emu::rule::freed_object;
#else
#error "define one of the PLANT_ macros"
#endif

constexpr std::uint64_t seeds = 20;
constexpr std::uint64_t schedules = 1000;

emu::exploration_result search_with(std::uint64_t seed) {
    emu::exploration how;
    how.schedules = schedules;
    how.seed = seed;
    return emu::search(body, how);
}

std::string_view name(const emu::exploration_result &of) { return emu::name_of(of.which); }

}  // namespace

TEST_CASE("planted: threads that run undisturbed do not meet the race") {
    emu::machine_options simulated = emu::default_options();
    simulated.on = emu::backend::simulated;
    emu::run(body, simulated);
}

TEST_CASE("planted: the search finds the race with every seed, and the token repeats it") {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        CAPTURE(seed);
        const emu::exploration_result found = search_with(seed);
        REQUIRE(found.failed);
        CHECK(name(found) == emu::name_of(expected));
        MESSAGE("seed " << seed << ": schedule " << found.schedules << ", " << found.token);

        const emu::exploration_result again = emu::replay(body, found.token);
        CHECK(again.failed);
        CHECK(name(again) == emu::name_of(expected));
    }
}

// As a user meets it: the report with its token, and the process fails.  For replay_test.sh.
TEST_CASE("planted: explored" * doctest::skip()) { emu::explore(body); }

#endif
