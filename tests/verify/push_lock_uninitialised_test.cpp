// Words of uninitialised memory: every routine says so, none spins or follows a pointer.
#include "child_process.hpp"
#include "push_lock_routines.hpp"

using namespace tests;
using emu::rule;

namespace {

// Fresh pool, letters, a free lock with sharers, a count that no machine has threads for.
constexpr EX_PUSH_LOCK words[] = {
    0xCDCDCDCDCDCDCDCD, 0x4141414141414141, 0x10, 0x100001, 0x4, 0x8};

}  // namespace

TEST_CASE("push_lock: acquire of an uninitialised word reports overwritten_object") {
    for (const EX_PUSH_LOCK word : words) {
        for (const acquire_routine &each : acquires) {
            CAPTURE(each.name);
            CAPTURE(word);
            on_both([&] {
                EX_PUSH_LOCK lock = word;
                KeEnterCriticalRegion();
                check_no_bug_check(
                    EMU_EXPECT_VIOLATION(rule::overwritten_object, each.call(&lock)));
            });
        }
    }
}

TEST_CASE("push_lock: release of an uninitialised word reports overwritten_object") {
    for (const EX_PUSH_LOCK word : words) {
        for (const release_routine &each : releases) {
            CAPTURE(each.name);
            CAPTURE(word);
            on_both([&] {
                EX_PUSH_LOCK lock = word;
                KeEnterCriticalRegion();
                check_no_bug_check(
                    EMU_EXPECT_VIOLATION(rule::overwritten_object, each.call(&lock)));
            });
        }
    }
}

CHILD_CASE("child: tries of uninitialised words") {
    for (const EX_PUSH_LOCK word : words) {
        for (const try_routine &each : tries) {
            CAPTURE(each.name);
            CAPTURE(word);
            on_both([&] {
                EX_PUSH_LOCK lock = word;
                KeEnterCriticalRegion();
                check_no_bug_check(
                    EMU_EXPECT_VIOLATION(rule::overwritten_object, each.call(&lock)));
            });
        }
    }
}

// A child, as the failure to expect is an endless loop.
TEST_CASE("push_lock: a try of an uninitialised word reports overwritten_object") {
    const child_result child = run_child("child: tries of uninitialised words");
    INFO(child.output);
    CHECK(child.exit_code == 0);
}
