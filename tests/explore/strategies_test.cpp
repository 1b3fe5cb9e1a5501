// The strategies: published bounds, fairness, and that a seed is a schedule.
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <numeric>
#include <vector>

#include "emu/explore/strategies.hpp"

using emu::choice;
using emu::point_kind;
using namespace emu::explorer;

namespace {

// Threads of so many steps each; writes down which thread took each step.
std::vector<std::uint32_t> run(emu::strategy &chooser, std::vector<unsigned> steps) {
    std::vector<std::uint32_t> order;
    std::int32_t running = -1;
    for (std::uint64_t step = 0;; ++step) {
        std::vector<std::uint32_t> candidates;
        for (std::uint32_t i = 0; i < steps.size(); ++i) {
            if (steps[i] > 0) {
                candidates.push_back(i);
            }
        }
        if (candidates.empty()) {
            return order;
        }
        const std::uint32_t chosen =
            candidates.size() == 1 ? 0
                                   : chooser.choose({point_kind::call, step, candidates, running});
        REQUIRE(chosen < candidates.size());
        running = static_cast<std::int32_t>(candidates[chosen]);
        --steps[candidates[chosen]];
        order.push_back(candidates[chosen]);
    }
}

// Where the count-th step of a thread stands.
std::size_t position(const std::vector<std::uint32_t> &order, std::uint32_t thread,
                     unsigned count) {
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (order[i] == thread && count-- == 0) {
            return i;
        }
    }
    return order.size();
}

// In how many of 2000 seeds PCT of this depth hits.
unsigned hits(unsigned depth, std::uint64_t length, const std::vector<unsigned> &steps,
              const std::function<bool(const std::vector<std::uint32_t> &)> &bug) {
    unsigned found = 0;
    priority_walk walk;
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        walk.begin(seed, depth, length);
        found += bug(run(walk, steps));
    }
    return found;
}

}  // namespace

TEST_CASE("strategies: PCT of depth 1 finds an order of two threads with probability 1/n") {
    // n = 4: the last thread's first step before all others.
    const auto last_is_first = [](const auto &order) { return order[0] == 3; };
    CHECK(hits(1, 40, {10, 10, 10, 10}, last_is_first) >= 2000 / 4 - 80);
}

TEST_CASE(
    "strategies: PCT of depth 2 finds a depth-2 bug with at least the published probability") {
    // n = 2, k = 20: 1 / (n k) of 2000 is 50.  The other thread comes in anywhere between the
    // first thread's steps 3 and 6.
    const auto between = [](const auto &order) {
        const std::size_t other = position(order, 1, 0);
        return other > position(order, 0, 3) && other < position(order, 0, 6);
    };
    CHECK(hits(2, 20, {10, 10}, between) >= 50);
}

TEST_CASE("strategies: PCT hits one exact place close to the published bound") {
    const auto exactly = [](const auto &order) {
        return position(order, 1, 0) == position(order, 0, 4) + 1 &&
               position(order, 0, 5) > position(order, 1, 0);
    };
    CHECK(hits(2, 20, {10, 10}, exactly) >= 25);  // 50 expected, deviation 7
}

TEST_CASE("strategies: PCT of depth 3 finds a bug of two places") {
    // n = 2, k = 20: 1 / (n k^2) of 2000 is 2.5; the windows are wider than one step.
    const auto in_and_out = [](const auto &order) {
        const std::size_t in = position(order, 1, 0);
        return in > position(order, 0, 2) && in < position(order, 0, 5) &&
               position(order, 0, 5) < position(order, 1, 9);
    };
    CHECK(hits(3, 20, {10, 10}, in_and_out) >= 3);
}

TEST_CASE("strategies: PCT of depth 1 never preempts") {
    const auto preempted = [](const auto &order) {
        unsigned changes = 0;
        for (std::size_t i = 1; i < order.size(); ++i) {
            changes += order[i] != order[i - 1];
        }
        return changes > 2;  // three threads, each in one piece
    };
    CHECK(hits(1, 30, {10, 10, 10}, preempted) == 0);
    CHECK(hits(2, 30, {10, 10, 10}, preempted) > 100);
}

TEST_CASE("strategies: a seed is a schedule, another seed another") {
    const std::vector<unsigned> steps{20, 20, 20};
    priority_walk walk;
    random_walk random;
    unsigned same_walk = 0, same_random = 0;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        const auto of_walk = [&](std::uint64_t s) {
            return walk.begin(s, 3, 60), run(walk, steps);
        };
        const auto of_random = [&](std::uint64_t s) {
            return random.begin(s), run(random, steps);
        };
        CHECK(of_walk(seed) == of_walk(seed));
        CHECK(of_random(seed) == of_random(seed));
        same_walk += of_walk(seed) == of_walk(seed + 1);
        same_random += of_random(seed) == of_random(seed + 1);
    }
    CHECK(same_walk < 20);
    CHECK(same_random == 0);
}

TEST_CASE("strategies: the random walk is fair among the candidates") {
    random_walk random;
    random.begin(42);
    for (const std::uint32_t count : {2u, 3u, 7u}) {
        std::vector<std::uint32_t> candidates(count);
        std::iota(candidates.begin(), candidates.end(), 0);
        std::vector<int> taken(count);
        for (int i = 0; i < 7000; ++i) {
            ++taken[random.choose({point_kind::call, 0, candidates, 0})];
        }
        for (const int times : taken) {
            CHECK(times > 7000 / static_cast<int>(count) * 9 / 10);
            CHECK(times < 7000 / static_cast<int>(count) * 11 / 10);
        }
    }
}

TEST_CASE("strategies: run_to_block goes on, or takes the one made first") {
    run_to_block to_block;
    const std::array<std::uint32_t, 3> candidates{2, 5, 9};
    CHECK(to_block.choose({point_kind::call, 0, candidates, 5}) == 1);
    CHECK(to_block.choose({point_kind::call, 0, candidates, 7}) == 0);
    CHECK(to_block.choose({point_kind::blocked, 0, candidates, -1}) == 0);
    CHECK(run(to_block, {3, 2}) == std::vector<std::uint32_t>{0, 0, 0, 1, 1});
}

TEST_CASE("strategies: random_source is uniform below its limit and reaches every value") {
    emu::random_source random(1);
    std::array<int, 10> seen{};
    for (int i = 0; i < 10'000; ++i) {
        const std::uint32_t value = random.below(10);
        REQUIRE(value < 10);
        ++seen[value];
    }
    for (const int times : seen) {
        CHECK(times > 850);
        CHECK(times < 1150);
    }
    CHECK(random.below(1) == 0);
}

TEST_CASE("strategies: that time passes is one more candidate, never the default") {
    const std::array<std::uint32_t, 3> candidates{4, 7, emu::time_passes};
    run_to_block to_block;
    CHECK(to_block.choose({point_kind::blocked, 0, candidates, -1}) == 0);
    random_walk walk;
    priority_walk priorities;
    std::array<int, 3> walked{}, by_priority{};
    for (std::uint64_t seed = 0; seed < 3000; ++seed) {
        walk.begin(seed);
        ++walked[walk.choose({point_kind::call, 0, candidates, 4})];
        priorities.begin(seed, 1, 1);
        ++by_priority[priorities.choose({point_kind::call, 0, candidates, 4})];
    }
    CHECK(walked[2] > 3000 / 8 / 2);
    CHECK(walked[2] < 3000 / 8 * 2);
    for (const int times : by_priority) {
        CHECK(times > 3000 / 3 * 9 / 10);
    }
}
