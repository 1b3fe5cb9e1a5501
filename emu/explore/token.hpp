// Replay tokens: one line that names a schedule.
//
//   <version>.<test>.<choices>.<deviations>
//
// <test> is a hash of the test's name.  At every choice the default is "the running thread goes
// on, or the first one made"; the token lists where the schedule deviates: how many choices after
// the last deviation, which candidate, and six bits of a hash over everything the choices since
// then looked like.  So a token survives changes that leave the course of the execution alone, and
// a stale one is found out near the step where the courses part.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emu/base/strategy.hpp"

namespace emu::explorer {

struct deviation {
    std::uint64_t at;         // index of the choice
    std::uint32_t candidate;  // index among its candidates
    std::uint8_t shape;       // six bits of the hash over the choices up to this one
};

struct schedule {
    std::uint32_t test = 0;
    std::uint64_t choices = 0;
    std::vector<deviation> deviations;
};

std::uint32_t hash_of_test(std::string_view name) noexcept;

std::string write_token(const schedule &from);

/// Nothing if the text is no token of this version.
std::optional<schedule> read_token(std::string_view text);

/// Lets another strategy choose and writes down what it chose.
class recorder final : public strategy {
public:
    recorder(strategy &inner, std::uint32_t test) : inner_(inner) { recorded_.test = test; }
    std::uint32_t choose(const choice &at) override;
    bool sees_every_step() const noexcept override { return inner_.sees_every_step(); }
    void execution_ended(std::span<const touch> since) override { inner_.execution_ended(since); }
    const schedule &recorded() const noexcept { return recorded_; }

private:
    strategy &inner_;
    schedule recorded_;
    std::uint64_t shape_ = 0;
};

/// Follows a schedule.  After its end, and after a divergence, it takes the default.
class follower final : public strategy {
public:
    explicit follower(const schedule &to_follow) : schedule_(to_follow) {}
    std::uint32_t choose(const choice &at) override;

    /// The scheduling point at which the execution is known to have left the schedule, or nothing.
    std::optional<std::uint64_t> diverged_at() const noexcept { return diverged_at_; }
    /// Tells that the execution has ended after `steps`: if the schedule goes on, it was left
    /// there.
    void ended_after(std::uint64_t steps) noexcept {
        if (!diverged_at_ && next_ < schedule_.deviations.size()) {
            diverged_at_ = steps;
        }
    }

private:
    const schedule &schedule_;
    std::size_t next_ = 0;
    std::uint64_t choices_ = 0;
    std::uint64_t shape_ = 0;
    std::optional<std::uint64_t> diverged_at_;
};

}  // namespace emu::explorer
