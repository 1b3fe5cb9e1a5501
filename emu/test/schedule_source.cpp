#include "emu/test/schedule_source.hpp"

#include <algorithm>

#include "emu/explore/exhaustive.hpp"
#include "emu/explore/strategies.hpp"
#include "emu/test/execution.hpp"

namespace emu::test {

namespace {

// Random, PCT, or the two in turn, by number and seed.  The second schedule repeats the first, to
// see whether the body is deterministic.
class sampled_schedules final : public schedule_source {
public:
    explicit sampled_schedules(const exploration &how)
        : how_(how), seed_(how.seed != 0 ? how.seed : how.machine.seed) {}

    strategy *next() override {
        const std::uint64_t number = runs_++;
        if (number == 1) {
            begin(0);
            twins_.compare();
            return &twins_;
        }
        number_ = number == 0 ? 0 : number - 1;
        strategy &chosen = begin(number_);
        return number == 0 ? &twins_ : &chosen;
    }

    strategy &again() override { return begin(number_); }

    void learn(const execution &done) override { longest_ = std::max(longest_, done.choices); }

    const std::optional<explorer::divergence> &diverged() override { return twins_.diverged(); }
    coverage covered(bool) const override { return coverage::sampled; }
    std::uint64_t default_budget() const override { return how_.machine.schedules; }

private:
    strategy &begin(std::uint64_t number) {
        const std::uint64_t seed = random_source(seed_ + number * 0xD1B54A32D192ED03U).next();
        const bool random = how_.strategy == search_strategy::random ||
                            (how_.strategy == search_strategy::portfolio && number % 2 == 1);
        if (number == 0 && how_.strategy == search_strategy::portfolio) {
            to_block_.begin(seed);
            return to_block_;
        }
        if (random) {
            random_.begin(seed);
            return random_;
        }
        priorities_.begin(seed, depths[number / 2 % std::size(depths)],
                          number == 0 ? 1 : longest_);
        return priorities_;
    }

    // PCT draws its change points from the length seen so far, so the first schedule uses the
    // same strategy object in both of its runs.
    strategy &first() {
        switch (how_.strategy) {
            case search_strategy::random: return random_;
            case search_strategy::pct: return priorities_;
            default: return to_block_;
        }
    }

    static constexpr unsigned depths[] = {2, 3, 1, 4};
    const exploration &how_;
    std::uint64_t seed_;
    std::uint64_t runs_ = 0;
    std::uint64_t number_ = 0;
    std::uint64_t longest_ = 1;  // choices of an execution so far
    explorer::run_to_block to_block_;
    explorer::random_walk random_;
    explorer::priority_walk priorities_;
    explorer::twin_watch twins_{first()};
};

class every_schedule final : public schedule_source {
public:
    explicit every_schedule(const exploration &how) : search_(how.preemptions) {}

    strategy *next() override { return search_.begin() ? &search_ : nullptr; }
    strategy &again() override {
        search_.again();
        return search_;
    }
    const std::optional<explorer::divergence> &diverged() override { return search_.diverged(); }
    coverage covered(bool ended) const override {
        if (!ended) {
            return coverage::stopped_at_budget;
        }
        return search_.bound_mattered() ? coverage::complete_within_bound : coverage::complete;
    }
    std::uint64_t default_budget() const override { return 1'000'000; }

private:
    explorer::exhaustive_search search_;
};

}  // namespace

std::unique_ptr<schedule_source> make_schedule_source(const exploration &how) {
    if (how.strategy == search_strategy::exhaustive) {
        return std::make_unique<every_schedule>(how);
    }
    return std::make_unique<sampled_schedules>(how);
}

}  // namespace emu::test
