// The test-facing API for C.
#include "emu/test.h"

#include <algorithm>
#include <cstdio>

#include "emu/test.hpp"

namespace {

bool globals_are_kept = false;

}  // namespace

extern "C" {

struct emu_violation emu_catch_violation(emu_body body, void *argument) {
    emu_violation caught{};
    try {
        const emu::violation found =
            emu::expect_violation(emu::rule::none, [=] { body(argument); });
        caught.rule = static_cast<emu_rule>(found.which);
        caught.bug_check = found.bug_check;
        std::copy_n(found.parameters, 4, caught.parameters);
        std::snprintf(caught.detail, sizeof caught.detail, "%s", found.detail.c_str());
    } catch (const emu::test_failure &) {
        caught.rule = EMU_RULE_none;  // body broke no rule
    }
    return caught;
}

void emu_boot(void) { emu::boot(); }

const char *emu_rule_name(enum emu_rule rule) {
    return emu::name_of(static_cast<emu::rule>(rule));
}

void emu_keep_globals(int keep) { globals_are_kept = keep != 0; }

int emu_explore(const char *name, unsigned long long schedules, emu_body body, void *argument) {
    emu::exploration how;
    how.name = name;
    how.schedules = schedules;
    how.keep_globals = globals_are_kept;
    try {
        emu::explore([=] { body(argument); }, how);
    } catch (const emu::test_failure &) {
        return 1;
    }
    return 0;
}

}  // extern "C"
