// What a driver says about itself: assertions, PAGED_CODE, bug checks, corrupt lists, debug
// output.
#include "child_process.hpp"
#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

void paged_routine() { PAGED_CODE(); }

void assert_that(bool condition) { ASSERT(condition); }

}  // namespace

TEST_BOTH("debug: a failed ASSERT reports assertion_failed with the expression") {
    assert_that(true);
    NT_ASSERT(1 + 1 == 2);
    const emu::violation found = EMU_EXPECT_VIOLATION(rule::assertion_failed, assert_that(false));
    check_no_bug_check(found);
    CHECK(contains(found.detail, "condition"));
    CHECK(contains(found.detail, "debug_test.cpp"));
}

TEST_BOTH("debug: a failed NT_ASSERTMSG shows the message") {
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::assertion_failed, NT_ASSERTMSG("too late", 1 == 2));
    CHECK(contains(found.detail, "too late"));
    CHECK(contains(found.detail, "1 == 2"));
}

TEST_BOTH("debug: PAGED_CODE at DISPATCH_LEVEL is reported, at APC_LEVEL not") {
    paged_routine();
    raise_to(APC_LEVEL);
    paged_routine();
    raise_to(DISPATCH_LEVEL);
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::paged_code_at_raised_irql, paged_routine());
    check_no_bug_check(found);
    CHECK(contains(found.detail, "paged_routine"));
}

TEST_BOTH("debug: KeBugCheckEx is a finding with its code and parameters") {
    check_bug_check(EMU_EXPECT_BUGCHECK(0xE2, KeBugCheckEx(0xE2, 1, 2, 3, 4)), 0xE2, 1, 2, 3, 4);
}

TEST_BOTH("debug: KeBugCheck has four zeros") {
    const emu::violation found = EMU_EXPECT_BUGCHECK(0xE2, KeBugCheck(0xE2));
    CHECK(found.which == rule::bug_check);
    check_bug_check(found, 0xE2);
}

CHILD_CASE("child: the driver shows the verifier bug check in free fidelity") {
    on_both(
        [] {
            check_bug_check(EMU_EXPECT_BUGCHECK(0xC4, KeBugCheckEx(0xC4, 1, 0, 0, 0)), 0xC4, 1);
        },
        emu::fidelity::free);
}

TEST_CASE("debug, free: KeBugCheckEx with the verifier's code stops there too") {
    const child_result child =
        run_child("child: the driver shows the verifier bug check in free fidelity", {}, 10);
    INFO(child.output);
    CHECK(child.exit_code == 0);
}

TEST_BOTH("debug: EmuCorruptList is 0x139 with 3") {
    LIST_ENTRY entry = {};
    check_bug_check(EMU_EXPECT_VIOLATION(rule::list_corrupted, EmuCorruptList(&entry)),
                    KERNEL_SECURITY_CHECK_FAILURE, 3);
}

TEST_BOTH("debug: removing a list entry twice reports list_corrupted") {
    LIST_ENTRY head, first, second;
    InitializeListHead(&head);
    InsertTailList(&head, &first);
    InsertTailList(&head, &second);
    RemoveEntryList(&first);
    EMU_EXPECT_VIOLATION(rule::list_corrupted, RemoveEntryList(&first));
}

CHILD_CASE("child: debug output") {
    emu::boot();
    DbgPrint("driver says %d %I64x\n", 42, 0x123456789ABull);
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "an error\n");
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_INFO_LEVEL, "an info\n");
    KdPrint(("KdPrint too\n"));
}

TEST_CASE("debug: DbgPrint writes, DbgPrintEx if its level is an error's") {
    const std::string output = run_child("child: debug output").output;
    CHECK(contains(output, "driver says 42 123456789ab\n"));
    CHECK(contains(output, "an error\n"));
    CHECK(contains(output, "KdPrint too\n"));
    CHECK_FALSE(contains(output, "an info"));
}

TEST_CASE("debug: dbgprint=off keeps DbgPrint silent") {
    const child_result child = run_child("child: debug output", {"EMU_OPTIONS=dbgprint=off"});
    CHECK(child.exit_code == 0);
    CHECK_FALSE(contains(child.output, "driver says"));
}
