// Runs the conformance cases in free fidelity at their target version, on both backends.
#include "both_backends.hpp"
#include "conformance.h"

void conformance_check(int holds, const char *expression, const char *file, int line) {
    if (holds == 0) {
        emu::check_failed(expression, file, line);
    }
}

namespace {

void run_case(void (*function)(), std::uint16_t target, emu::backend where) {
    emu::machine_options with = tests::options_for(where, emu::fidelity::free);
    with.target = target;
    emu::run(function, with);
}

void run_stopping_case(void (*function)(), std::uint16_t target, std::uint32_t bug_check,
                       emu::backend where) {
    emu::machine_options with = tests::options_for(where, emu::fidelity::free);
    with.target = target;
    emu::run([&] { emu::expect_bug_check(bug_check, function); }, with);
}

}  // namespace

#define CONFORMANCE(function, target, statement)             \
    TEST_CASE("conformance: " statement " (native)") {       \
        run_case(function, target, emu::backend::native);    \
    }                                                        \
    TEST_CASE("conformance: " statement " (simulated)") {    \
        run_case(function, target, emu::backend::simulated); \
    }
#define CONFORMANCE_STOPS(function, target, statement, bug_check)                \
    TEST_CASE("conformance: " statement " (native)") {                           \
        run_stopping_case(function, target, bug_check, emu::backend::native);    \
    }                                                                            \
    TEST_CASE("conformance: " statement " (simulated)") {                        \
        run_stopping_case(function, target, bug_check, emu::backend::simulated); \
    }
#include "cases.def"
#undef CONFORMANCE_STOPS
#undef CONFORMANCE
