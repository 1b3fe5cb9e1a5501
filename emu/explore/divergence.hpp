// Two runs of one schedule that take different courses: where they part.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "emu/base/strategy.hpp"

namespace emu::explorer {

struct divergence {
    std::uint64_t step = 0;    // scheduling points passed
    std::uint64_t choice = 0;  // questions answered
    code_point before;         // where the first run stood
    code_point now;            // and the second
    std::size_t candidates_before = 0;
    std::size_t candidates_now = 0;
};

/// What a choice looks like, as a hash: who may go, why and where the scheduler asks.
std::uint64_t shape_of(const choice &at) noexcept;

/// Lets another strategy choose, and compares what two executions are asked.
class twin_watch final : public strategy {
public:
    explicit twin_watch(strategy &inner) noexcept : inner_(&inner) {}

    /// From now on the executions are compared to the one that just ended.
    void compare() noexcept {
        comparing_ = true;
        asked_ = 0;
    }

    std::uint32_t choose(const choice &at) override;

    /// Where they parted; also if one of them was asked less often.  Ask it between executions.
    const std::optional<divergence> &diverged() {
        if (comparing_ && asked_ < first_.size() && !diverged_) {
            note_early_end();
        }
        return diverged_;
    }

private:
    void note_early_end();

    struct question {
        std::uint64_t shape;
        std::uint64_t step;
        code_point at;
        std::size_t candidates;
    };
    strategy *inner_;
    bool comparing_ = false;
    std::vector<question> first_;
    std::size_t asked_ = 0;
    std::optional<divergence> diverged_;
};

}  // namespace emu::explorer
