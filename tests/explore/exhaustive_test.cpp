// Exhaustive search on model programs: threads whose steps read or write numbered objects.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include "emu/explore/exhaustive.hpp"

using emu::access;
using emu::choice;
using emu::point_kind;
using emu::explorer::exhaustive_search;

namespace {

struct step {
    int object;  // 0: any object there is; negative: none
    access how = access::write;
};
using program = std::vector<std::vector<step>>;
using order = std::vector<std::pair<std::uint32_t, std::size_t>>;  // thread, its step

bool commute(const step &a, const step &b) {
    if (a.object < 0 || b.object < 0) {
        return true;
    }
    if (a.object == 0 || b.object == 0) {
        return false;
    }
    return a.object != b.object || (a.how == access::read && b.how == access::read);
}

// The order of the conflicting pairs: equal for executions that differ in commuting steps only.
std::set<std::pair<std::pair<std::uint32_t, std::size_t>, std::pair<std::uint32_t, std::size_t>>>
trace_of(const program &threads, const order &taken) {
    std::set<
        std::pair<std::pair<std::uint32_t, std::size_t>, std::pair<std::uint32_t, std::size_t>>>
        pairs;
    for (std::size_t i = 0; i < taken.size(); ++i) {
        for (std::size_t k = i + 1; k < taken.size(); ++k) {
            const auto &[a, at_a] = taken[i];
            const auto &[b, at_b] = taken[k];
            if (a != b && !commute(threads[a][at_a], threads[b][at_b])) {
                pairs.insert({taken[i], taken[k]});
            }
        }
    }
    return pairs;
}

char objects[16];

// One execution; empty if the strategy cut it short.
order run(exhaustive_search &search, const program &threads) {
    std::vector<std::size_t> done(threads.size());
    std::vector<emu::touch> touched;
    order taken;
    std::int32_t running = -1;
    for (std::uint64_t number = 0;; ++number) {
        std::vector<std::uint32_t> candidates;
        for (std::uint32_t i = 0; i < threads.size(); ++i) {
            if (done[i] < threads[i].size()) {
                candidates.push_back(i);
            }
        }
        if (candidates.empty()) {
            search.execution_ended(touched);
            return taken;
        }
        std::uint32_t chosen = 0;
        if (candidates.size() > 1 || search.sees_every_step()) {
            chosen = search.choose({point_kind::call, number, candidates, running, {}, touched});
            touched.clear();
        }
        if (chosen == emu::strategy::cut) {
            search.execution_ended(touched);
            return {};
        }
        const std::uint32_t thread = candidates[chosen];
        const step &next = threads[thread][done[thread]];
        if (next.object >= 0) {
            touched.push_back({next.object == 0 ? nullptr : &objects[next.object], next.how});
        }
        taken.push_back({thread, done[thread]++});
        running = static_cast<std::int32_t>(thread);
    }
}

void for_each_interleaving(const program &threads, order &taken,
                           const std::function<void(const order &)> &visit) {
    bool any = false;
    for (std::uint32_t i = 0; i < threads.size(); ++i) {
        const auto done = static_cast<std::size_t>(std::count_if(
            taken.begin(), taken.end(), [i](const auto &s) { return s.first == i; }));
        if (done < threads[i].size()) {
            any = true;
            taken.push_back({i, done});
            for_each_interleaving(threads, taken, visit);
            taken.pop_back();
        }
    }
    if (!any) {
        visit(taken);
    }
}

unsigned preemptions_in(const program &threads, const order &taken) {
    unsigned count = 0;
    for (std::size_t i = 1; i < taken.size(); ++i) {
        const auto &[before, at] = taken[i - 1];
        count += taken[i].first != before && at + 1 < threads[before].size() ? 1 : 0;
    }
    return count;
}

const program programs[] = {
    {{{1}, {2}}, {{3}, {4}}},                              // nothing in common
    {{{1}, {1}}, {{1}, {1}}},                              // all in common
    {{{1}, {2}, {3}}, {{3}, {2}, {1}}},                    // opposite orders
    {{{1}, {2}}, {{2}, {3}}, {{3}, {1}}},                  // a circle
    {{{1, access::read}, {2}}, {{1, access::read}, {1}}},  // readers commute
    {{{0}, {1}}, {{2}, {3}}},                              // one step that touches anything
    {{{-1}, {1}}, {{-1}, {1}}, {{-1}}},                    // steps of a thread's own
    {{{1}, {2}, {1}}, {{1}, {3}, {1}}, {{2}, {3, access::read}}},
};

}  // namespace

TEST_CASE("exhaustive: without a bound each class of equivalent schedules is completed once") {
    for (const program &threads : programs) {
        std::set<std::set<std::pair<std::pair<std::uint32_t, std::size_t>,
                                    std::pair<std::uint32_t, std::size_t>>>>
            all;
        order taken;
        for_each_interleaving(threads, taken,
                              [&](const order &o) { all.insert(trace_of(threads, o)); });
        exhaustive_search search(std::nullopt);
        decltype(all) found;
        std::size_t completed = 0;
        while (search.begin()) {
            if (const order o = run(search, threads); !o.empty()) {
                ++completed;
                found.insert(trace_of(threads, o));
            }
        }
        CHECK(found == all);
        CHECK(completed == all.size());
        CHECK_FALSE(search.diverged());
    }
}

TEST_CASE("exhaustive: within a bound every schedule with so few preemptions is run once") {
    for (const program &threads : programs) {
        for (const unsigned bound : {0U, 1U, 2U, 9U}) {
            std::set<order> all;
            bool others = false;
            order taken;
            for_each_interleaving(threads, taken, [&](const order &o) {
                if (preemptions_in(threads, o) <= bound) {
                    all.insert(o);
                } else {
                    others = true;
                }
            });
            exhaustive_search search(bound);
            std::set<order> found;
            std::size_t runs = 0;
            while (search.begin()) {
                found.insert(run(search, threads));
                ++runs;
            }
            CHECK(found == all);
            CHECK(runs == all.size());
            CHECK(search.bound_mattered() == others);
        }
    }
}

TEST_CASE("exhaustive: again() runs the same schedule once more") {
    const program &threads = programs[2];
    exhaustive_search search(std::nullopt);
    for (int i = 0; i < 5 && search.begin(); ++i) {
        const order first = run(search, threads);
        search.again();
        CHECK(run(search, threads) == first);
    }
}

TEST_CASE("exhaustive: an execution that leaves the known path is noticed where it does") {
    exhaustive_search search(0U);
    REQUIRE(search.begin());
    run(search, {{{1}, {1}}, {{1}}});
    REQUIRE(search.begin());
    run(search, {{{1}}, {{1}}, {{1}}});
    REQUIRE(search.diverged());
    CHECK(search.diverged()->choice == 0);
    CHECK(search.diverged()->candidates_before == 2);
    CHECK(search.diverged()->candidates_now == 3);
}

TEST_CASE(
    "exhaustive: objects that lie elsewhere in each execution cost the reduction, no schedule") {
    const program &threads = programs[1];
    std::set<std::set<
        std::pair<std::pair<std::uint32_t, std::size_t>, std::pair<std::uint32_t, std::size_t>>>>
        all, found;
    order taken;
    for_each_interleaving(threads, taken,
                          [&](const order &o) { all.insert(trace_of(threads, o)); });
    exhaustive_search search(std::nullopt);
    int object = 0;
    while (search.begin()) {
        object = object % 15 + 1;
        program moved = threads;
        for (auto &steps : moved) {
            for (step &each : steps) {
                each.object = object;
            }
        }
        if (const order o = run(search, moved); !o.empty()) {
            found.insert(trace_of(threads, o));
        }
    }
    CHECK(found == all);
}
