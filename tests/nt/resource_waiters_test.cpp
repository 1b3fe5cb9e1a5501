// Executive resources with waiters: who goes when, who may pass whom, and no schedule that lets
// two writers in.
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "resource_routines.hpp"

using namespace tests;

namespace {

// Queues threads on one resource, one after another, and writes down in which order they get it.
// Virtual time puts them in order, so it is for simulation.
class queue {
public:
    void add(const char *name, flavour how) {
        all_.emplace_back(name, [this, name, how] {
            region inside;
            resource_acquires[static_cast<int>(how)].call(it, TRUE);
            order += name;
            most_inside = std::max(most_inside, ++inside_now_);
            let_others_run(100);
            --inside_now_;
            ExReleaseResourceLite(it);
        });
        let_others_run();
    }
    void join() {
        for (emu::system_thread &each : all_) {
            each.join();
        }
        all_.clear();
    }

    resource it;
    std::string order;  // names of those who got it
    int most_inside = 0;

private:
    int inside_now_ = 0;
    std::vector<emu::system_thread> all_;
};

}  // namespace

TEST_SIMULATED("resource: waiters are counted, and contention") {
    queue on;
    region inside;
    ExAcquireResourceExclusiveLite(on.it, TRUE);
    on.add("r", flavour::shared);
    CHECK(ExGetSharedWaiterCount(on.it) == 1);
    on.add("s", flavour::starve);
    on.add("w", flavour::exclusive);
    CHECK(ExGetSharedWaiterCount(on.it) == 2);
    CHECK(ExGetExclusiveWaiterCount(on.it) == 1);
    CHECK(on.it->ContentionCount == 3);
    CHECK(on.it->SharedWaiters != nullptr);
    CHECK(on.it->ExclusiveWaiters != nullptr);
    ExReleaseResourceLite(on.it);
    on.join();
    CHECK(ExGetSharedWaiterCount(on.it) == 0);
    CHECK(ExGetExclusiveWaiterCount(on.it) == 0);
    CHECK(on.it->SharedWaiters == nullptr);
    CHECK(on.it->ExclusiveWaiters == nullptr);
}

TEST_SIMULATED("resource: behind a waiting writer new Shared and WaitForExclusive fail at once") {
    queue on;
    region inside;
    ExAcquireResourceSharedLite(on.it, TRUE);
    on.add("w", flavour::exclusive);
    CHECK_FALSE(other_thread_gets(on.it, resource_acquires[0]));
    CHECK_FALSE(other_thread_gets(on.it, resource_acquires[1]));
    CHECK(other_thread_gets(on.it, resource_acquires[2]));
    CHECK_FALSE(other_thread_gets(on.it, resource_acquires[3]));
    ExReleaseResourceLite(on.it);
    on.join();
    CHECK(on.order == "w");
}

TEST_SIMULATED("resource: beside a waiting writer a sharer gets more, but not WaitForExclusive") {
    queue on;
    region inside;
    ExAcquireResourceSharedLite(on.it, TRUE);
    on.add("w", flavour::exclusive);
    CHECK(ExAcquireResourceSharedLite(on.it, FALSE));
    CHECK(ExAcquireResourceSharedLite(on.it, TRUE));
    CHECK(ExAcquireSharedStarveExclusive(on.it, TRUE));
    CHECK_FALSE(ExAcquireSharedWaitForExclusive(on.it, FALSE));
    CHECK(ExIsResourceAcquiredSharedLite(on.it) == 4);
    for (int i = 0; i < 4; ++i) {
        CHECK(on.order.empty());
        ExReleaseResourceLite(on.it);
    }
    let_others_run();
    CHECK(on.order == "w");
    on.join();
}

TEST_SIMULATED("resource: the last shared release lets the writer in, its release all readers") {
    queue on;
    region inside;
    ExAcquireResourceSharedLite(on.it, TRUE);
    on.add("w", flavour::exclusive);
    on.add("a", flavour::shared);
    on.add("b", flavour::behind);
    CHECK(on.order.empty());
    ExReleaseResourceLite(on.it);
    let_others_run();
    CHECK(on.order == "w");
    on.join();
    CHECK(on.order == "wab");
    CHECK(on.most_inside == 2);
}

TEST_SIMULATED("resource: readers and writers that wait take turns") {
    queue on;
    region inside;
    ExAcquireResourceExclusiveLite(on.it, TRUE);
    on.add("v", flavour::exclusive);
    on.add("w", flavour::exclusive);
    on.add("a", flavour::shared);
    on.add("b", flavour::shared);
    ExReleaseResourceLite(on.it);
    on.join();
    CHECK(on.order == "abvw");
    CHECK(on.it->ActiveEntries == 0);
}

TEST_SIMULATED("resource: several owner-table sharers wake together and go in any order") {
    queue on;
    region inside;
    ExAcquireResourceExclusiveLite(on.it, TRUE);
    for (const char *name : {"a", "b", "c", "d", "e", "f", "g"}) {
        on.add(name, flavour::shared);
    }
    ExReleaseResourceLite(on.it);
    CHECK(on.it->ActiveEntries == 7);
    on.join();
    CHECK(on.most_inside == 7);
    CHECK(on.it->ActiveEntries == 0);
}

TEST_SIMULATED("resource: conversion lets all shared waiters in beside the converter") {
    queue on;
    region inside;
    ExAcquireResourceExclusiveLite(on.it, TRUE);
    on.add("a", flavour::shared);
    on.add("w", flavour::exclusive);
    on.add("b", flavour::shared);
    ExConvertExclusiveToSharedLite(on.it);
    let_others_run();
    CHECK(on.order == "ab");
    CHECK(ExIsResourceAcquiredSharedLite(on.it) == 1);
    let_others_run(1000);
    CHECK(on.order == "ab");
    ExReleaseResourceLite(on.it);
    on.join();
    CHECK(on.order == "abw");
}

TEST_SIMULATED("resource: a release by owner pointer hands the resource to a waiter") {
    queue on;
    ERESOURCE_THREAD storage = 0;
    const auto pointer = reinterpret_cast<PVOID>(bits(&storage) | 3);
    region inside;
    ExAcquireResourceExclusiveLite(on.it, TRUE);
    ExSetResourceOwnerPointer(on.it, pointer);
    on.add("w", flavour::exclusive);
    CHECK(on.order.empty());
    ExReleaseResourceForThreadLite(on.it, bits(pointer));
    on.join();
    CHECK(on.order == "w");
}

TEST_BOTH("resource: exclusive owners exclude each other, and nested holds too") {
    constexpr int threads = 4, turns = 1500;
    resource it;
    int counter = 0;
    {
        std::vector<emu::system_thread> all;
        for (int i = 0; i < threads; ++i) {
            all.emplace_back([&] {
                for (int turn = 0; turn < turns; ++turn) {
                    FltAcquireResourceExclusive(it);
                    ++counter;
                    if (turn % 3 == 0) {
                        ExAcquireResourceSharedLite(it, TRUE);
                        ++counter;
                        ExReleaseResourceLite(it);
                        --counter;
                    }
                    FltReleaseResource(it);
                }
            });
        }
    }
    CHECK(counter == threads * turns);
    CHECK(it->ActiveEntries == 0);
}

TEST_BOTH("resource: sharers see what exclusive owners wrote, and never half of it") {
    constexpr int turns = 1500;
    resource it;
    int first = 0, second = 0;
    std::atomic<int> torn{0}, reads{0};
    {
        std::vector<emu::system_thread> all;
        for (int i = 0; i < 2; ++i) {
            all.emplace_back([&] {
                for (int turn = 0; turn < turns; ++turn) {
                    region inside;
                    ExAcquireResourceExclusiveLite(it, TRUE);
                    ++first;
                    ++second;
                    ExConvertExclusiveToSharedLite(it);
                    torn += first != second;
                    ExReleaseResourceLite(it);
                }
            });
            all.emplace_back([&, i] {
                for (int turn = 0; turn < turns; ++turn) {
                    region inside;
                    resource_acquires[1 + (turn + i) % 3].call(it, TRUE);
                    torn += first != second;
                    ++reads;
                    ExReleaseResourceLite(it);
                }
            });
        }
    }
    CHECK(torn == 0);
    CHECK(reads == 2 * turns);
    CHECK(first == 2 * turns);
    CHECK(it->ActiveEntries == 0);
}

TEST_CASE(
    "resource: no schedule lets two writers in, or a reader beside one, or loses a wake-up") {
    emu::exploration how;
    how.schedules = 400;
    const emu::exploration_result result = emu::search(
        [] {
            resource it;
            int writers = 0, readers = 0;
            KEVENT never;
            KeInitializeEvent(&never, NotificationEvent, FALSE);
            const auto write = [&] {
                region inside;
                ExAcquireResourceExclusiveLite(it, TRUE);
                EMU_CHECK(writers++ == 0 && readers == 0);
                KeReadStateEvent(&never);  // a scheduling point
                --writers;
                ++readers;
                ExConvertExclusiveToSharedLite(it);
                KeReadStateEvent(&never);
                --readers;
                ExReleaseResourceLite(it);
            };
            const auto read = [&](const resource_acquire &acquire) {
                region inside;
                acquire.call(it, TRUE);
                ++readers;
                KeReadStateEvent(&never);
                EMU_CHECK(writers == 0);
                --readers;
                ExReleaseResourceLite(it);
            };
            emu::system_thread a{write}, b{write}, c{[&] { read(resource_acquires[1]); }},
                d{[&] { read(resource_acquires[2]); }}, e{[&] { read(resource_acquires[3]); }};
            a.join(), b.join(), c.join(), d.join(), e.join();
            EMU_CHECK(it->ActiveEntries == 0);
            EMU_CHECK(it->ExclusiveWaiters == nullptr && it->SharedWaiters == nullptr);
        },
        how);
    INFO(result.report);
    CHECK_FALSE(result.failed);
    CHECK(result.choices > 400);
}

TEST_CASE("resource: two resources in opposite orders are found to deadlock, with both named") {
    const emu::exploration_result result = emu::search([] {
        resource first, second;
        emu::system_thread a{"one", [&] {
                                 region inside;
                                 ExAcquireResourceExclusiveLite(first, TRUE);
                                 ExAcquireResourceSharedLite(second, TRUE);
                                 ExReleaseResourceLite(second);
                                 ExReleaseResourceLite(first);
                             }};
        emu::system_thread b{"two", [&] {
                                 region inside;
                                 ExAcquireResourceExclusiveLite(second, TRUE);
                                 ExAcquireResourceSharedLite(first, TRUE);
                                 ExReleaseResourceLite(first);
                                 ExReleaseResourceLite(second);
                             }};
        a.join(), b.join();
    });
    REQUIRE(result.failed);
    CHECK(result.which == emu::rule::deadlock);
    CHECK(result.report.find("for the resource") != std::string::npos);
    CHECK(result.report.find("holds it exclusively") != std::string::npos);
}
