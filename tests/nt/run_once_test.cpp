// One-time initialisation: once only, others wait, both modes.
#include <atomic>
#include <vector>

#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

struct counter {
    std::atomic<int> calls{0};
    int fail_first = 0;
    bool apcs_were_disabled = false;
};

ULONG NTAPI initialise(PRTL_RUN_ONCE, PVOID parameter, PVOID *context) {
    auto &count = *static_cast<counter *>(parameter);
    count.apcs_were_disabled = KeAreApcsDisabled() != FALSE;
    *context = &count;
    return ++count.calls > count.fail_first;
}

ULONG NTAPI initialise_again(PRTL_RUN_ONCE once, PVOID parameter, PVOID *context) {
    return NT_SUCCESS(RtlRunOnceExecuteOnce(once, initialise, parameter, context));
}

PVOID marker() {
    static int it;
    return reinterpret_cast<PVOID>(bits(&it) & ~std::uint64_t{3});
}

}  // namespace

TEST_BOTH("run_once: the callback runs once, with normal APCs disabled; the context stays") {
    RTL_RUN_ONCE once = RTL_RUN_ONCE_INIT;
    alignas(8) counter count;
    for (int i = 0; i < 3; ++i) {
        PVOID context = nullptr;
        CHECK(RtlRunOnceExecuteOnce(&once, initialise, &count, &context) == STATUS_SUCCESS);
        CHECK(context == &count);
    }
    CHECK(count.calls == 1);
    CHECK(count.apcs_were_disabled);
    CHECK_FALSE(KeAreApcsDisabled());
    CHECK(RtlRunOnceExecuteOnce(&once, initialise, &count, nullptr) == STATUS_SUCCESS);
    RtlRunOnceInitialize(&once);
    CHECK(RtlRunOnceExecuteOnce(&once, initialise, &count, nullptr) == STATUS_SUCCESS);
    CHECK(count.calls == 2);
}

TEST_BOTH("run_once: a callback that fails is called again") {
    RTL_RUN_ONCE once = RTL_RUN_ONCE_INIT;
    counter count;
    count.fail_first = 2;
    CHECK(RtlRunOnceExecuteOnce(&once, initialise, &count, nullptr) == STATUS_UNSUCCESSFUL);
    CHECK(RtlRunOnceExecuteOnce(&once, initialise, &count, nullptr) == STATUS_UNSUCCESSFUL);
    CHECK(RtlRunOnceExecuteOnce(&once, initialise, &count, nullptr) == STATUS_SUCCESS);
    CHECK(count.calls == 3);
}

TEST_BOTH("run_once: begin and complete, with a check in between") {
    RTL_RUN_ONCE once = RTL_RUN_ONCE_INIT;
    PVOID context = nullptr;
    CHECK(RtlRunOnceBeginInitialize(&once, RTL_RUN_ONCE_CHECK_ONLY, &context) ==
          STATUS_UNSUCCESSFUL);
    CHECK(RtlRunOnceBeginInitialize(&once, 0, &context) == STATUS_PENDING);
    CHECK(RtlRunOnceBeginInitialize(&once, RTL_RUN_ONCE_CHECK_ONLY, &context) ==
          STATUS_UNSUCCESSFUL);
    CHECK(RtlRunOnceComplete(&once, 0, reinterpret_cast<PVOID>(0x7001)) ==
          STATUS_INVALID_PARAMETER);
    CHECK(RtlRunOnceComplete(&once, RTL_RUN_ONCE_INIT_FAILED, nullptr) == STATUS_SUCCESS);
    CHECK(RtlRunOnceBeginInitialize(&once, 0, &context) == STATUS_PENDING);
    CHECK(RtlRunOnceComplete(&once, 0, marker()) == STATUS_SUCCESS);
    CHECK(RtlRunOnceBeginInitialize(&once, RTL_RUN_ONCE_CHECK_ONLY, &context) == STATUS_SUCCESS);
    CHECK(context == marker());
    CHECK(bits(once.Ptr) == (bits(marker()) | 2));
}

TEST_BOTH("run_once: asynchronously several begin, the first to complete wins") {
    RTL_RUN_ONCE once = RTL_RUN_ONCE_INIT;
    PVOID context = nullptr;
    CHECK(RtlRunOnceBeginInitialize(&once, RTL_RUN_ONCE_ASYNC, &context) == STATUS_PENDING);
    CHECK(RtlRunOnceBeginInitialize(&once, RTL_RUN_ONCE_ASYNC, &context) == STATUS_PENDING);
    CHECK(RtlRunOnceComplete(&once, RTL_RUN_ONCE_ASYNC, marker()) == STATUS_SUCCESS);
    CHECK(RtlRunOnceComplete(&once, RTL_RUN_ONCE_ASYNC, nullptr) == STATUS_UNSUCCESSFUL);
    CHECK(RtlRunOnceBeginInitialize(&once, RTL_RUN_ONCE_ASYNC, &context) == STATUS_SUCCESS);
    CHECK(context == marker());
}

TEST_BOTH("run_once: others wait while one thread initialises, and see what it did") {
    RTL_RUN_ONCE once = RTL_RUN_ONCE_INIT;
    counter count;
    std::atomic<int> wrong{0};
    {
        std::vector<emu::system_thread> all;
        for (int i = 0; i < 4; ++i) {
            all.emplace_back([&] {
                PVOID context = nullptr;
                wrong += RtlRunOnceExecuteOnce(&once, initialise, &count, &context) != 0;
                wrong += context != &count;
            });
        }
    }
    CHECK(count.calls == 1);
    CHECK(wrong == 0);
}

TEST_CASE("run_once: no schedule runs the callback twice or leaves a waiter asleep") {
    emu::exploration how;
    how.schedules = 300;
    const emu::exploration_result result = emu::search(
        [] {
            RTL_RUN_ONCE once = RTL_RUN_ONCE_INIT;
            counter count;
            count.fail_first = 1;
            const auto use = [&] {
                while (!NT_SUCCESS(RtlRunOnceExecuteOnce(&once, initialise, &count, nullptr))) {
                }
            };
            emu::system_thread a{use}, b{use}, c{use};
            a.join(), b.join(), c.join();
            EMU_CHECK(count.calls == 2);
        },
        how);
    INFO(result.report);
    CHECK_FALSE(result.failed);
}

TEST_BOTH("run_once: a callback that asks for its own initialisation reports recursive_acquire") {
    RTL_RUN_ONCE once = RTL_RUN_ONCE_INIT;
    counter count;
    check_no_bug_check(EMU_EXPECT_VIOLATION(
        rule::recursive_acquire, RtlRunOnceExecuteOnce(&once, initialise_again, &count, nullptr)));
}

TEST_BOTH("run_once: mixed modes report invalid_parameter") {
    RTL_RUN_ONCE once = RTL_RUN_ONCE_INIT;
    RtlRunOnceBeginInitialize(&once, RTL_RUN_ONCE_ASYNC, nullptr);
    check_no_bug_check(EMU_EXPECT_VIOLATION(rule::invalid_parameter,
                                            RtlRunOnceBeginInitialize(&once, 0, nullptr)));
}

TEST_BOTH("run_once: completion of what was not begun reports invalid_parameter") {
    RTL_RUN_ONCE once = RTL_RUN_ONCE_INIT;
    EMU_EXPECT_VIOLATION(rule::invalid_parameter, RtlRunOnceComplete(&once, 0, nullptr));
}

TEST_BOTH_FREE("run_once, free: mixed modes return a status") {
    RTL_RUN_ONCE once = RTL_RUN_ONCE_INIT;
    CHECK(RtlRunOnceBeginInitialize(&once, RTL_RUN_ONCE_ASYNC, nullptr) == STATUS_PENDING);
    CHECK(RtlRunOnceBeginInitialize(&once, 0, nullptr) == STATUS_INVALID_PARAMETER);
    CHECK(RtlRunOnceComplete(&once, 0, nullptr) == STATUS_UNSUCCESSFUL);
    CHECK(RtlRunOnceComplete(&once, 64, nullptr) == STATUS_INVALID_PARAMETER);
    CHECK(RtlRunOnceBeginInitialize(&once, 64, nullptr) == STATUS_INVALID_PARAMETER);
}

TEST_BOTH("run_once: unknown flags report invalid_flags, DISPATCH_LEVEL irql_too_high") {
    RTL_RUN_ONCE once = RTL_RUN_ONCE_INIT;
    EMU_EXPECT_VIOLATION(rule::invalid_flags, RtlRunOnceBeginInitialize(&once, 8, nullptr));
}

TEST_BOTH("run_once: at DISPATCH_LEVEL it reports irql_too_high") {
    RTL_RUN_ONCE once = RTL_RUN_ONCE_INIT;
    raise_to(DISPATCH_LEVEL);
    EMU_EXPECT_VIOLATION(rule::irql_too_high, RtlRunOnceBeginInitialize(&once, 0, nullptr));
}
