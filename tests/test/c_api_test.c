/* The test-facing API from C.  Each function returns 0, or the line of the check that failed. */
#include <string.h>

#include <emu/test.h>

#include <ntifs.h>

#define REQUIRE_THAT(condition) \
    if (!(condition))           \
    return __LINE__

static void acquire_twice(void *argument) {
    PEX_PUSH_LOCK lock = (PEX_PUSH_LOCK)argument;
    KeEnterCriticalRegion();
    ExAcquirePushLockExclusive(lock);
    ExAcquirePushLockExclusive(lock);
}

static void bug_check(void *argument) {
    (void)argument;
    KeBugCheckEx(0xE2, 1, 2, 3, 4);
}

static void nothing(void *argument) { ++*(int *)argument; }

static void wait_for_nobody(void *argument) {
    KEVENT never;
    (void)argument;
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    KeWaitForSingleObject(&never, Executive, KernelMode, FALSE, NULL);
}

int c_api_catches_a_violation(void) {
    EX_PUSH_LOCK lock = 0;
    struct emu_violation found;
    emu_boot();
    found = emu_catch_violation(acquire_twice, &lock);
    REQUIRE_THAT(found.rule == EMU_RULE_recursive_acquire);
    REQUIRE_THAT(found.bug_check == 0);
    REQUIRE_THAT(strstr(found.detail, "exclusively") != NULL);
    REQUIRE_THAT(strcmp(emu_rule_name(found.rule), "recursive_acquire") == 0);
    return 0;
}

int c_api_shows_a_bug_check(void) {
    struct emu_violation found;
    emu_boot();
    found = emu_catch_violation(bug_check, NULL);
    REQUIRE_THAT(found.rule == EMU_RULE_bug_check);
    REQUIRE_THAT(found.bug_check == 0xE2);
    REQUIRE_THAT(found.parameters[0] == 1 && found.parameters[1] == 2);
    REQUIRE_THAT(found.parameters[2] == 3 && found.parameters[3] == 4);
    return 0;
}

int c_api_says_none(void) {
    int calls = 0;
    struct emu_violation found;
    emu_boot();
    found = emu_catch_violation(nothing, &calls);
    REQUIRE_THAT(found.rule == EMU_RULE_none);
    REQUIRE_THAT(found.bug_check == 0);
    REQUIRE_THAT(calls == 1);
    REQUIRE_THAT(strcmp(emu_rule_name(EMU_RULE_none), "none") == 0);
    REQUIRE_THAT(KeGetCurrentIrql() == PASSIVE_LEVEL);
    return 0;
}

int c_api_boots_again(void) {
    emu_boot();
    emu_catch_violation(bug_check, NULL);
    emu_boot();
    REQUIRE_THAT(KeGetCurrentIrql() == PASSIVE_LEVEL);
    return 0;
}

int c_api_explores(void) {
    int calls = 0;
    REQUIRE_THAT(emu_explore("nothing, from C", 25, nothing, &calls) == 0);
    REQUIRE_THAT(calls == 25);
    REQUIRE_THAT(emu_explore("nobody, from C", 25, wait_for_nobody, NULL) == 1);
    return 0;
}

static void allocate_and_count(void *calls) {
    PVOID memory = ExAllocatePoolWithTag(NonPagedPoolNx, 16, 'tseT');
    ++*(int *)calls;
    if (memory != NULL) {
        ExFreePoolWithTag(memory, 'tseT');
    }
}

static void allocate_and_use(void *unused) {
    volatile char *memory = ExAllocatePoolWithTag(NonPagedPoolNx, 16, 'tseT');
    (void)unused;
    memory[0] = 1;
    ExFreePoolWithTag((PVOID)memory, 'tseT');
}

int c_api_makes_calls_fail(void) {
    int calls = 0;
    PVOID memory;
    emu_boot();
    emu_fail_at(EMU_FAULT_pool_allocation, 2);
    memory = ExAllocatePoolWithTag(NonPagedPoolNx, 16, 'tseT');
    REQUIRE_THAT(memory != NULL);
    REQUIRE_THAT(ExAllocatePoolWithTag(NonPagedPoolNx, 16, 'tseT') == NULL);
    ExFreePoolWithTag(memory, 'tseT');
    REQUIRE_THAT(emu_with_each_fault_once("counted, from C", allocate_and_count, &calls) == 0);
    REQUIRE_THAT(calls == 2);
    REQUIRE_THAT(emu_with_each_fault_once("unchecked, from C", allocate_and_use, NULL) == 1);
    return 0;
}
