/* The test-facing API for C: expectations and explorations by function pointer. */
#ifndef EMU_TEST_H
#define EMU_TEST_H

#ifdef __cplusplus
extern "C" {
#endif

enum emu_rule {
    EMU_RULE_none,
#define EMU_RULE(name, text) EMU_RULE_##name,
#include "emu/rules.def"
#undef EMU_RULE
    EMU_RULE_count
};

/* A violation that an expectation caught; rule EMU_RULE_none if there was none. */
struct emu_violation {
    enum emu_rule rule;
    unsigned bug_check; /* 0: Windows has none here */
    unsigned long long parameters[4];
    char detail[256];
};

typedef void (*emu_body)(void *argument);

/* Runs body(argument) and returns the violation that ended it, if any.  After one the machine is
 * dead: NT calls are refused until emu_boot(). */
__attribute__((visibility("default"))) struct emu_violation emu_catch_violation(emu_body body,
                                                                                void *argument);

/* Boots a native machine with the options of EMU_OPTIONS, ending the one before. */
__attribute__((visibility("default"))) void emu_boot(void);

/* The rule's name as written in source. */
__attribute__((visibility("default"))) const char *emu_rule_name(enum emu_rule rule);

/* Explores body(argument) under `schedules` schedules (0: as EMU_OPTIONS says).  Returns 0 if none
 * fails; else 1, the report printed.  Honours EMU_REPLAY; `name` identifies the test in tokens. */
__attribute__((visibility("default"))) int emu_explore(const char *name,
                                                       unsigned long long schedules, emu_body body,
                                                       void *argument);

/* What can be made to fail; see emu/faults.hpp. */
enum emu_fault {
    EMU_FAULT_pool_allocation,
    EMU_FAULT_thread_creation,
    EMU_FAULT_work_item_allocation,
    EMU_FAULT_try_acquire,
    EMU_FAULT_alert,
    EMU_FAULT_user_apc
};

/* The nth call of this kind from now fails; 1 is the next. */
__attribute__((visibility("default"))) void emu_fail_at(enum emu_fault kind,
                                                        unsigned long long nth);

/* Runs body(argument) again and again, so that each allocation that it reaches fails once.
 * Returns 0 if no run fails; else 1, the report printed. */
__attribute__((visibility("default"))) int emu_with_each_fault_once(const char *name,
                                                                    emu_body body, void *argument);

/* Nonzero: in explorations from now on, global variables of C code that is linked into the test
 * are meant to outlive executions, as those of a test in C do.  See rule unrestored_global. */
__attribute__((visibility("default"))) void emu_keep_globals(int keep);

#ifdef __cplusplus
}
#endif

#endif
