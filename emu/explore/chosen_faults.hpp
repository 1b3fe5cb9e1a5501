// Failures that an exploration places itself: exactly the calls it is told.
#pragma once
#include <cstdint>
#include <vector>

#include "emu/base/strategy.hpp"

namespace emu::explorer {

/// A call that can fail: the place of the call, and which of the calls from there it is.
struct fault_site {
    code_point at;
    std::uint32_t call = 0;

    bool same_place(const fault_site &other) const noexcept {
        return at.by == other.at.by && at.caller == other.at.caller;
    }
    bool operator==(const fault_site &other) const noexcept {
        return same_place(other) && call == other.call;
    }
};

/// Lets another strategy choose who goes next; makes the calls given fail and no other, and notes
/// which could have.
class chosen_faults final : public strategy {
public:
    void begin(strategy &inner, const std::vector<fault_site> &failing) {
        inner_ = &inner;
        failing_ = &failing;
        reached_.clear();
    }

    std::uint32_t choose(const choice &at) override;
    bool sees_every_step() const noexcept override { return inner_->sees_every_step(); }
    void execution_ended(std::span<const touch> since) override { inner_->execution_ended(since); }

    /// The calls of the execution that could fail, in their order.
    const std::vector<fault_site> &reached() const noexcept { return reached_; }

private:
    strategy *inner_ = nullptr;
    const std::vector<fault_site> *failing_ = nullptr;
    std::vector<fault_site> reached_;
};

/// Which calls to make fail in which round: none in the first, then each call that some round
/// reached, once.  A call that only a failure led to fails together with what led to it; but what
/// is tried again at the place that failed is let through, as a loop that tries until it has its
/// memory would never end.
class fault_rounds {
public:
    /// The calls that fail in the running round.
    const std::vector<fault_site> &failing() const { return rounds_[now_]; }

    /// Told of each execution of the round which calls it could have made fail.
    void learn(const std::vector<fault_site> &reached);

    /// Goes on to the next round; false if there is none.
    bool next() { return ++now_ < rounds_.size(); }

    /// How many rounds with a failure have begun.
    std::size_t begun() const noexcept { return now_; }

    /// The calls that fail in one round each, in the order of their rounds.
    const std::vector<fault_site> &sites() const noexcept { return sites_; }

private:
    std::vector<std::vector<fault_site>> rounds_{1};
    std::size_t now_ = 0;
    std::vector<fault_site> known_;
    std::vector<fault_site> sites_;
};

}  // namespace emu::explorer
