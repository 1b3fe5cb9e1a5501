// Each call fails once; failures together with schedules.
#include "both_backends.hpp"

#include <emu/faults.hpp>

#include "emu/host/sanitizer.hpp"

using namespace tests;
using emu::fault;

namespace {

constexpr ULONG tag = 'tluE';

bool contains(const std::string &text, const std::string &part) {
    return text.find(part) != std::string::npos;
}

// A driver with three allocations.
struct cache {
    ULONG *table = nullptr;
    ULONG *names = nullptr;
    ULONG *index = nullptr;
};

[[gnu::noinline]] ULONG *allocate_table() {
    return static_cast<ULONG *>(ExAllocatePoolWithTag(NonPagedPoolNx, 64, tag));
}
[[gnu::noinline]] ULONG *allocate_names() {
    return static_cast<ULONG *>(ExAllocatePoolWithTag(PagedPool, 64, tag));
}
[[gnu::noinline]] ULONG *allocate_index() {
    return static_cast<ULONG *>(ExAllocatePool2(POOL_FLAG_NON_PAGED, 64, tag));
}

void free_cache(const cache &made) {
    for (ULONG *each : {made.table, made.names, made.index}) {
        if (each != nullptr) {
            ExFreePoolWithTag(each, tag);
        }
    }
}

template <bool ChecksNames>
bool make_cache(cache &made) {
    made.table = allocate_table();
    if (made.table == nullptr) {
        return false;
    }
    made.names = allocate_names();
    if (ChecksNames && made.names == nullptr) {
        return false;
    }
    *static_cast<volatile ULONG *>(made.names) = 0;
    made.index = allocate_index();
    return made.index != nullptr;
}

template <bool ChecksNames>
void use_cache() {
    cache made;
    make_cache<ChecksNames>(made);
    free_cache(made);
}

}  // namespace

TEST_CASE("each fault: a driver that checks passes in one run more than it has places") {
    const emu::each_fault_result result = emu::search_each_fault(use_cache<true>);
    CAPTURE(result.report);
    CHECK_FALSE(result.failed);
    REQUIRE(result.sites.size() == 3);
    CHECK(result.schedules == 4);
    CHECK(result.covered == emu::coverage::sampled);
    CHECK(contains(result.sites[0].place, "allocate_table"));
    CHECK(contains(result.sites[1].place, "allocate_names"));
    CHECK(contains(result.sites[2].place, "allocate_index"));
    CHECK(result.sites[2].routine == "ExAllocatePool2");
    CHECK(result.sites[2].call == 1);
    CHECK_NOTHROW(emu::with_each_fault_once(use_cache<true>));
}

// The sanitizers report the null pointer before we do.
TEST_CASE("each fault: the one missing check is found, and its report names the allocation" *
          doctest::skip(sanitizer_build)) {
    const emu::each_fault_result result = emu::search_each_fault(use_cache<false>);
    REQUIRE(result.failed);
    CHECK(result.schedules == 3);
    CHECK(contains(result.sites.back().place, "allocate_names"));
    CAPTURE(result.report);
    CHECK(contains(result.report, "injected failures, on the test's request"));
    CHECK(contains(result.report,
                   "ExAllocatePoolWithTag found no memory, called at "
                   "each_fault_test.cpp"));
    CHECK(contains(result.report, "allocate_names"));
    CHECK(contains(result.report, "(call 1 there)"));
    CHECK_FALSE(contains(result.report, "allocate_table"));
    CHECK_THROWS(emu::with_each_fault_once(use_cache<false>));
}

TEST_CASE("each fault: its token replays the failure" * doctest::skip(sanitizer_build)) {
    const emu::each_fault_result result = emu::search_each_fault(use_cache<false>);
    REQUIRE(result.failed);
    emu::exploration how;
    how.machine.faults = 1;
    how.machine.early_alarms = 0;
    const emu::exploration_result again = emu::replay(use_cache<false>, result.token, how);
    CHECK(again.failed);
    CHECK(again.which == result.which);
    CHECK_FALSE(emu::replay(use_cache<true>, result.token, how).failed);
}

TEST_CASE("each fault: calls from one place fail one at a time") {
    std::string failed;
    const auto body = [&failed] {
        for (char i = '0'; i < '4'; ++i) {
            ULONG *memory = allocate_table();
            if (memory == nullptr) {
                failed += i;
            } else {
                ExFreePoolWithTag(memory, tag);
            }
        }
    };
    const emu::each_fault_result result = emu::search_each_fault(body);
    CHECK_FALSE(result.failed);
    CHECK(result.schedules == 5);
    CHECK(failed == "0123");
}

TEST_CASE("each fault: what only a failure leads to fails together with it") {
    bool both = false;
    const emu::each_fault_result result = emu::search_each_fault([&both] {
        cache made;
        made.table = allocate_table();
        if (made.table == nullptr) {
            made.names = allocate_names();  // instead
            both |= made.names == nullptr;
        }
        free_cache(made);
    });
    CHECK_FALSE(result.failed);
    CHECK(result.sites.size() == 2);
    CHECK(both);
}

TEST_CASE("each fault: a loop that tries until it succeeds ends") {
    const emu::each_fault_result result = emu::search_each_fault([] {
        ULONG *memory = nullptr;
        while (memory == nullptr) {
            memory = allocate_table();
        }
        ExFreePoolWithTag(memory, tag);
    });
    CHECK_FALSE(result.failed);
    CHECK(result.schedules == 2);
}

TEST_CASE("each fault: other kinds on request") {
    int refused = 0;
    const auto body = [&refused] {
        EX_PUSH_LOCK lock = 0;
        KeEnterCriticalRegion();
        if (ExTryAcquirePushLockExclusiveEx(&lock, 0)) {
            ExReleasePushLockExclusiveEx(&lock, 0);
        } else {
            ++refused;
        }
        KeLeaveCriticalRegion();
        free_cache({allocate_table(), nullptr, nullptr});
    };
    CHECK(emu::search_each_fault(body, fault::try_acquire).schedules == 2);
    CHECK(refused == 1);
    CHECK(emu::search_each_fault(body).schedules == 2);
    CHECK(refused == 1);
    CHECK(emu::search_each_fault(body, emu::every_fault).schedules == 3);
}

namespace {

// The flag goes up although there is no memory; only who looks before it is taken back sees it.
struct shared_cache {
    volatile LONG ready = 0;
    ULONG *memory = nullptr;
};

void publish(shared_cache &made) {
    made.memory = allocate_table();
    InterlockedExchange(&made.ready, 1);
    if (made.memory == nullptr) {
        InterlockedExchange(&made.ready, 0);
    }
}

void publish_beside_a_reader() {
    shared_cache made;
    emu::system_thread maker{[&] { publish(made); }};
    emu::system_thread reader{[&] {
        if (InterlockedCompareExchange(&made.ready, 1, 1) == 1) {
            EMU_CHECK(made.memory != nullptr);
        }
    }};
    maker.join();
    reader.join();
    free_cache({made.memory, nullptr, nullptr});
}

std::string schedule_of(const std::string &token) { return token.substr(token.find('.', 2)); }

emu::exploration with_faults(emu::search_strategy strategy, std::uint32_t one_in) {
    emu::exploration how;
    how.strategy = strategy;
    how.machine.faults = one_in;
    return how;
}

}  // namespace

TEST_CASE("faults explored: a failure and a preemption together, and the token replays them") {
    for (const emu::search_strategy strategy :
         {emu::search_strategy::portfolio, emu::search_strategy::random, emu::search_strategy::pct,
          emu::search_strategy::exhaustive}) {
        CAPTURE(static_cast<int>(strategy));
        const emu::exploration how = with_faults(strategy, 3);
        const auto result = emu::search(publish_beside_a_reader, how);
        REQUIRE(result.failed);
        CHECK(result.which == emu::rule::check_failed);
        CHECK(contains(result.report, "injected failures"));
        const auto again = emu::replay(publish_beside_a_reader, result.token, how);
        CHECK(again.failed);
        CHECK(again.which == result.which);
        // but for the number of the exploration
        CHECK(schedule_of(emu::search(publish_beside_a_reader, how).token) ==
              schedule_of(result.token));
    }
}

TEST_CASE("faults explored: without the failure, or without a preemption, nothing is wrong") {
    const auto none =
        emu::search(publish_beside_a_reader, with_faults(emu::search_strategy::exhaustive, 0));
    CHECK_FALSE(none.failed);
    CHECK(none.covered == emu::coverage::complete);
    CHECK_FALSE(emu::search_each_fault(publish_beside_a_reader).failed);
}

TEST_CASE("faults explored: several schedules for each failure find it as well") {
    emu::exploration how;
    how.schedules = 100;
    const auto result = emu::search_each_fault(publish_beside_a_reader, emu::allocations, how);
    REQUIRE(result.failed);
    CHECK(result.schedules > 100);  // none of the first round's fails
    CHECK(result.sites.size() == 1);
    CHECK(contains(result.report, "found no memory"));
}
