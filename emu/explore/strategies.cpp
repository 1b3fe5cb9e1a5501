#include "emu/explore/strategies.hpp"

#include <algorithm>

namespace emu::explorer {

std::uint32_t run_to_block::choose(const choice &at) {
    return static_cast<std::uint32_t>(std::max(at.current(), 0));
}

std::uint32_t random_walk::choose(const choice &at) {
    return random_.below(static_cast<std::uint32_t>(at.candidates.size()));
}

namespace {
// Priorities of change points lie below, drawn ones above.
constexpr std::uint64_t first_drawn = std::uint64_t{1} << 32;
}  // namespace

void priority_walk::begin(std::uint64_t seed, unsigned depth, std::uint64_t length) {
    random_ = random_source(seed);
    priority_of_actor_.clear();
    change_at_.clear();
    choices_ = 0;
    next_low_ = depth;
    const auto range = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(std::max<std::uint64_t>(length, 1), ~0U));
    for (unsigned i = 1; i < depth; ++i) {
        change_at_.push_back(random_.below(range));
    }
}

void priority_walk::give_priorities(const choice &at) {
    while (priority_of_actor_.size() <= at.candidates.back()) {
        priority_of_actor_.push_back(first_drawn + (random_.next() >> 24));
    }
}

std::uint32_t priority_walk::highest(const choice &at) const {
    std::uint32_t best = 0;
    for (std::uint32_t i = 1; i < at.candidates.size(); ++i) {
        if (priority_of_actor_[at.candidates[i]] > priority_of_actor_[at.candidates[best]]) {
            best = i;
        }
    }
    return best;
}

std::uint32_t priority_walk::choose(const choice &at) {
    if (priority_of_actor_.size() <= at.candidates.back()) {
        give_priorities(at);
    }
    const std::uint64_t now = choices_++;
    std::uint32_t chosen = highest(at);
    if (std::find(change_at_.begin(), change_at_.end(), now) != change_at_.end()) {
        priority_of_actor_[at.candidates[chosen]] = --next_low_;
        chosen = highest(at);
    }
    return chosen;
}

}  // namespace emu::explorer
