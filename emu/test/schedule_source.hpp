// Which strategy runs the next schedule of an exploration.
#pragma once
#include <memory>
#include <optional>

#include "emu/base/strategy.hpp"
#include "emu/explore/divergence.hpp"
#include "emu/test.hpp"

namespace emu::test {

struct execution;

class schedule_source {
public:
    virtual ~schedule_source() = default;

    /// The strategy of the next schedule, or null: all are done.
    virtual strategy *next() = 0;

    /// The strategy of the schedule that next() began, once more from its start.
    virtual strategy &again() = 0;

    /// Told how each execution went.
    virtual void learn(const execution &done) { static_cast<void>(done); }

    /// Where two runs of one schedule parted, or nothing.
    virtual const std::optional<explorer::divergence> &diverged() = 0;

    /// What has been shown if no schedule failed; `ended` if next() said that all are done.
    virtual coverage covered(bool ended) const = 0;

    /// How many schedules to run unless the exploration says so.
    virtual std::uint64_t default_budget() const = 0;
};

std::unique_ptr<schedule_source> make_schedule_source(const exploration &how);

}  // namespace emu::test
