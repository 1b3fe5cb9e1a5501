// Runs the checks of c_api_test.c as test cases.
#include "emu/host/sanitizer.hpp"
#include "both_backends.hpp"

extern "C" {
int c_api_catches_a_violation();
int c_api_shows_a_bug_check();
int c_api_says_none();
int c_api_boots_again();
int c_api_explores();
int c_api_makes_calls_fail();
}

TEST_CASE("c_api: emu_catch_violation returns the violation") {
    CHECK(c_api_catches_a_violation() == 0);
}

TEST_CASE("c_api: emu_catch_violation shows a bug check with its parameters") {
    CHECK(c_api_shows_a_bug_check() == 0);
}

TEST_CASE("c_api: emu_catch_violation says none if there was none") {
    CHECK(c_api_says_none() == 0);
}

TEST_CASE("c_api: emu_boot revives the machine") { CHECK(c_api_boots_again() == 0); }

TEST_CASE("c_api: emu_explore returns 0, or 1 for a failing schedule") {
    CHECK(c_api_explores() == 0);
}

// The sanitizers report the null pointer before we do.
TEST_CASE("c_api: emu_fail_at and emu_with_each_fault_once make allocations fail" *
          doctest::skip(sanitizer_build)) {
    CHECK(c_api_makes_calls_fail() == 0);
}
