// The strategies: who goes next at a choice.
//
// Each is a pure function of its seed, so that (kind, seed, settings) names a schedule.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "emu/base/random.hpp"
#include "emu/base/strategy.hpp"

namespace emu::explorer {

/// Every thread runs until it blocks or ends; then the one made first.
class run_to_block final : public strategy {
public:
    /// The seed draws which calls fail, if any may.
    void begin(std::uint64_t seed) noexcept { faults_ = random_source(seed); }
    std::uint32_t choose(const choice &at) override;

private:
    random_source faults_{0};
};

/// A fair draw at every choice.
class random_walk final : public strategy {
public:
    void begin(std::uint64_t seed) noexcept { random_ = random_source(seed); }
    std::uint32_t choose(const choice &at) override;

private:
    random_source random_{0};
};

/// PCT: random priorities, the highest runs; at depth - 1 random points of the execution the
/// running thread's priority falls below all others.  Finds a bug of depth d among n threads and k
/// steps with probability >= 1 / (n k^(d-1)).  Burckhardt, Kothari, Musuvathi, Nagarakatte: A
/// Randomized Scheduler with Probabilistic Guarantees of Finding Bugs, ASPLOS 2010.
class priority_walk final : public strategy {
public:
    /// `length`: an estimate of the execution's choices, from which the change points are drawn.
    void begin(std::uint64_t seed, unsigned depth, std::uint64_t length);
    std::uint32_t choose(const choice &at) override;

private:
    void give_priorities(const choice &at);
    std::uint32_t highest(const choice &at) const;

    random_source random_{0};
    random_source faults_{0};
    std::vector<std::uint64_t> priorities_;  // time's, then the actors' by id
    std::vector<std::uint64_t> change_at_;   // choices, not sorted
    std::uint64_t choices_ = 0;
    std::uint64_t next_low_ = 0;
};

}  // namespace emu::explorer
