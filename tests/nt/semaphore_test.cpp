// Semaphores: counts, limits, who wakes, misuse.
#include <string>
#include <vector>

#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

struct semaphore : KSEMAPHORE {
    semaphore(LONG count, LONG limit) { KeInitializeSemaphore(this, count, limit); }
};

}  // namespace

TEST_BOTH("semaphore: KeInitializeSemaphore fills the public structure") {
    semaphore on(2, 5);
    CHECK(on.Header.Type == 5);
    CHECK(on.Header.Size == sizeof(KSEMAPHORE) / 4);
    CHECK(on.Header.SignalState == 2);
    CHECK(on.Limit == 5);
    CHECK(KeReadStateSemaphore(&on) == 2);
}

TEST_BOTH("semaphore: a wait takes one from the count, a release adds and returns it before") {
    semaphore on(2, 5);
    CHECK(wait_for(&on) == STATUS_SUCCESS);
    CHECK(wait_for(&on) == STATUS_SUCCESS);
    CHECK(poll(&on) == STATUS_TIMEOUT);
    CHECK(KeReleaseSemaphore(&on, 0, 3, FALSE) == 0);
    CHECK(KeReleaseSemaphore(&on, 0, 1, FALSE) == 3);
    CHECK(KeReadStateSemaphore(&on) == 4);
}

TEST_SIMULATED("semaphore: a release lets as many waiters go as it adds, first in, first out") {
    semaphore on(0, 10);
    std::string woken;
    std::vector<emu::system_thread> waiters;
    for (const char name : {'a', 'b', 'c'}) {
        waiters.emplace_back([&, name] {
            wait_for(&on);
            woken += name;
        });
        let_others_run();
    }
    KeReleaseSemaphore(&on, 0, 2, FALSE);
    CHECK(KeReadStateSemaphore(&on) == 0);
    let_others_run();
    CHECK(woken == "ab");
    CHECK(KeReleaseSemaphore(&on, 0, 3, FALSE) == 0);
    CHECK(KeReadStateSemaphore(&on) == 2);
    for (emu::system_thread &each : waiters) {
        each.join();
    }
    CHECK(woken == "abc");
}

TEST_BOTH("semaphore: producer and consumer count the same") {
    semaphore filled(0, 1000);
    int consumed = 0;
    emu::system_thread consumer{[&] {
        for (int i = 0; i < 300; ++i) {
            wait_for(&filled);
            ++consumed;
        }
    }};
    for (int i = 0; i < 300; ++i) {
        KeReleaseSemaphore(&filled, 0, 1, FALSE);
    }
    consumer.join();
    CHECK(consumed == 300);
    CHECK(KeReadStateSemaphore(&filled) == 0);
}

TEST_BOTH("semaphore: a release beyond the limit raises and changes nothing") {
    semaphore on(1, 2);
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::uncaught_exception, KeReleaseSemaphore(&on, 0, 2, FALSE));
    CHECK(static_cast<std::uint32_t>(found.parameters[0]) ==
          static_cast<std::uint32_t>(STATUS_SEMAPHORE_LIMIT_EXCEEDED));
    CHECK(on.Header.SignalState == 1);
}

TEST_BOTH("semaphore: a release up to the limit is silent, also from DISPATCH_LEVEL") {
    semaphore on(0, 2);
    const KIRQL before = raise_to(DISPATCH_LEVEL);
    KeReleaseSemaphore(&on, 0, 2, FALSE);
    KeLowerIrql(before);
    CHECK(KeReadStateSemaphore(&on) == 2);
}

TEST_BOTH("semaphore: with Wait TRUE the release returns at DISPATCH_LEVEL, the wait restores") {
    semaphore on(0, 2);
    CHECK(KeReleaseSemaphore(&on, 0, 1, TRUE) == 0);
    CHECK(KeGetCurrentIrql() == DISPATCH_LEVEL);
    CHECK(wait_for(&on) == STATUS_SUCCESS);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

TEST_BOTH("semaphore: Wait TRUE above PASSIVE_LEVEL reports irql_too_high") {
    semaphore on(0, 2);
    raise_to(APC_LEVEL);
    check_no_bug_check(
        EMU_EXPECT_VIOLATION(rule::irql_too_high, KeReleaseSemaphore(&on, 0, 1, TRUE)));
}

TEST_BOTH("semaphore: a release above DISPATCH_LEVEL reports irql_too_high") {
    semaphore on(0, 2);
    raise_to(3);
    EMU_EXPECT_VIOLATION(rule::irql_too_high, KeReleaseSemaphore(&on, 0, 1, FALSE));
}

TEST_BOTH("semaphore: initialising above DISPATCH_LEVEL reports irql_too_high, 0xC4/0x20011") {
    KSEMAPHORE on;
    raise_to(3);
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::irql_too_high, KeInitializeSemaphore(&on, 0, 1));
    CHECK(found.parameters[0] == 0x20011);
}

TEST_CASE("semaphore: counts that make no sense report invalid_parameter") {
    const std::pair<LONG, LONG> wrong[] = {{-1, 1}, {0, 0}, {2, 1}};
    for (const auto &[count, limit] : wrong) {
        on_both([&, count = count, limit = limit] {
            KSEMAPHORE on;
            EMU_EXPECT_VIOLATION(rule::invalid_parameter,
                                 KeInitializeSemaphore(&on, count, limit));
        });
    }
    on_both([] {
        semaphore on(0, 1);
        EMU_EXPECT_VIOLATION(rule::invalid_parameter, KeReleaseSemaphore(&on, 0, 0, FALSE));
    });
}

TEST_BOTH("semaphore: a mutex where a semaphore is wanted reports wrong_object_type") {
    KMUTEX lock;
    KeInitializeMutex(&lock, 0);
    EMU_EXPECT_VIOLATION(rule::wrong_object_type,
                         KeReadStateSemaphore(reinterpret_cast<PRKSEMAPHORE>(&lock)));
}
