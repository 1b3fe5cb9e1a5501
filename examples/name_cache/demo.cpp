// What ./dev demo runs: the example driver with two mistakes compiled in.
//
//   name_cache_demo misuse   takes a push lock twice; the report ends the process with code 86
//   name_cache_demo race     looks for a use after free under many schedules and prints the report
//                            of the first that fails; exits with 1
//
// With EMU_REPLAY set to the token in the report, "race" runs that schedule alone.
#include <cstdio>
#include <string_view>

#include "scenario.hpp"

namespace {

int misuse() {
    emu::run(scenario::insert_far_beyond_the_limit);
    std::puts("no rule was broken");
    return 0;
}

int race() {
    emu::exploration how;
    how.name = "demo race";
    try {
        emu::explore([] { scenario::lookup_beside_trim(); }, how);
    } catch (const emu::test_failure &) {
        return 1;  // the report is printed
    }
    std::puts("no schedule failed");
    return 0;
}

}  // namespace

int main(int count, char **arguments) {
    const std::string_view wish = count == 2 ? arguments[1] : "";
    if (wish == "misuse") {
        return misuse();
    }
    if (wish == "race") {
        return race();
    }
    std::fprintf(stderr, "usage: %s misuse | race\n", arguments[0]);
    return 2;
}
