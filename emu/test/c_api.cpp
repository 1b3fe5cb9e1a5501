// The test-facing API for C.
#include "emu/test.h"

#include <algorithm>
#include <cstdio>

#include "emu/faults.hpp"
#include "emu/test.hpp"

namespace {

bool globals_are_kept = false;

static_assert(static_cast<int>(emu::fault::pool_allocation) == EMU_FAULT_pool_allocation);
static_assert(static_cast<int>(emu::fault::thread_creation) == EMU_FAULT_thread_creation);
static_assert(static_cast<int>(emu::fault::work_item_allocation) ==
              EMU_FAULT_work_item_allocation);
static_assert(static_cast<int>(emu::fault::try_acquire) == EMU_FAULT_try_acquire);
static_assert(static_cast<int>(emu::fault::alert) == EMU_FAULT_alert);
static_assert(static_cast<int>(emu::fault::user_apc) == EMU_FAULT_user_apc);

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

void emu_fail_at(enum emu_fault kind, unsigned long long nth) {
    emu::fail_at(static_cast<emu::fault>(kind), nth);
}

int emu_with_each_fault_once(const char *name, emu_body body, void *argument) {
    emu::exploration how;
    how.name = name;
    how.keep_globals = globals_are_kept;
    try {
        emu::with_each_fault_once([=] { body(argument); }, emu::allocations, how);
    } catch (const emu::test_failure &) {
        return 1;
    }
    return 0;
}

}  // extern "C"
