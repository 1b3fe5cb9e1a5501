#include "emu/explore/strategies.hpp"

#include <algorithm>

namespace emu::explorer {

std::uint32_t run_to_block::choose(const choice &at) {
    if (at.kind == point_kind::fault) {
        return faults_.once_in(at.odds.one_in) ? 1 : 0;
    }
    return static_cast<std::uint32_t>(std::max(at.current(), 0));
}

namespace {
// Time passes at every eighth question that would let it: an alarm then comes somewhere among the
// threads' next steps, not at the first of them.
constexpr std::uint32_t rarely = 8;

// Where a candidate's priority stands: time has one as well.
std::size_t slot_of(std::uint32_t candidate) {
    return candidate == time_passes ? 0 : std::size_t{candidate} + 1;
}

// Actors come in ascending order, time last: it is never alone.
std::uint32_t highest_actor(const choice &at) {
    const std::uint32_t last = at.candidates.back();
    return last == time_passes ? at.candidates[at.candidates.size() - 2] : last;
}
}  // namespace

std::uint32_t random_walk::choose(const choice &at) {
    if (__builtin_expect(at.kind == point_kind::fault, 0)) {
        return random_.once_in(at.odds.one_in) ? 1 : 0;
    }
    auto actors = static_cast<std::uint32_t>(at.candidates.size());
    if (__builtin_expect(at.candidates.back() == time_passes, 0)) {
        --actors;
        if (random_.below(rarely) == 0) {
            return actors;
        }
    }
    return random_.below(actors);
}

namespace {
// Priorities of change points lie below, drawn ones above.
constexpr std::uint64_t first_drawn = std::uint64_t{1} << 32;
}  // namespace

void priority_walk::begin(std::uint64_t seed, unsigned depth, std::uint64_t length) {
    random_ = random_source(seed);
    faults_ = random_source(~seed);
    priorities_.clear();
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
    while (priorities_.size() <= slot_of(highest_actor(at))) {
        priorities_.push_back(first_drawn + (random_.next() >> 24));
    }
}

std::uint32_t priority_walk::highest(const choice &at) const {
    std::uint32_t best = 0;
    for (std::uint32_t i = 1; i < at.candidates.size(); ++i) {
        if (priorities_[slot_of(at.candidates[i])] > priorities_[slot_of(at.candidates[best])]) {
            best = i;
        }
    }
    return best;
}

std::uint32_t priority_walk::choose(const choice &at) {
    if (__builtin_expect(at.kind == point_kind::fault, 0)) {
        return faults_.once_in(at.odds.one_in) ? 1 : 0;  // no change point falls on it
    }
    if (priorities_.size() <= slot_of(highest_actor(at))) {
        give_priorities(at);
    }
    const std::uint64_t now = choices_++;
    std::uint32_t chosen = highest(at);
    if (std::find(change_at_.begin(), change_at_.end(), now) != change_at_.end()) {
        priorities_[slot_of(at.candidates[chosen])] = --next_low_;
        chosen = highest(at);
    }
    return chosen;
}

}  // namespace emu::explorer
