// Exhaustive search: every schedule once, or every one within a bound of preemptions.
//
// Depth first: each execution follows the path of the one before up to its last open choice and
// takes another candidate there.  Without a bound, sleep sets (Godefroid: Partial-Order Methods
// for the Verification of Concurrent Systems, LNCS 1032, 1996) leave out executions that differ
// from an explored one only in the order of steps that commute.  Whether steps commute is decided
// by what they touched when they ran, so it is exact for programs whose plain accesses to shared
// memory are ordered by emulated locks or interlocked operations; others have a data race.
// Objects are known by their addresses, which must therefore be the same in each execution; should
// a step that runs again touch others, the search starts over, and at last without reduction. With
// a bound (Musuvathi, Qadeer: Iterative Context Bounding, PLDI 2007) there is no such reduction,
// as the two together could miss schedules within the bound.
#pragma once
#include <optional>
#include <vector>

#include "emu/base/strategy.hpp"
#include "emu/explore/divergence.hpp"

namespace emu::explorer {

class exhaustive_search final : public strategy {
public:
    /// No bound: nothing.
    explicit exhaustive_search(std::optional<unsigned> preemption_bound) noexcept
        : bound_(preemption_bound) {}

    /// Prepares the next execution; false if there is none left.
    bool begin();

    /// Prepares the same execution once more.
    void again();

    std::uint32_t choose(const choice &at) override;
    bool sees_every_step() const noexcept override { return reducing(); }
    void execution_ended(std::span<const touch> since) override { note_footprint(since); }

    /// True if a schedule was left out because of the bound.
    bool bound_mattered() const noexcept { return bound_mattered_; }

    /// Where an execution left the path that it should have followed, or nothing.
    const std::optional<divergence> &diverged() const noexcept { return diverged_; }

private:
    static constexpr std::uint32_t none = ~std::uint32_t{0};
    static constexpr unsigned most_restarts = 3;

    struct tried {
        std::uint32_t actor = 0;
        std::vector<touch> touched;
    };

    struct node {
        std::vector<std::uint32_t> candidates;
        std::int32_t current = -1;
        bool data = false;
        unsigned preemptions = 0;  // on the path to here
        std::uint64_t shape = 0;
        code_point at;
        std::uint32_t chosen = none;
        std::vector<touch> touched;  // by the step that the choice led to
        std::vector<tried> done;     // one for each candidate; the first `explored` count
        std::uint32_t explored = 0;
        std::vector<const tried *> asleep;  // of nodes further up, which outlive this one
    };

    bool reducing() const noexcept { return !bound_ && restarts_ < most_restarts; }
    bool advance();
    void note_footprint(std::span<const touch> since);
    node &make_node(const choice &at);
    void inherit_sleepers(const node &from, node &to) const;
    bool explored_or_asleep(const node &at, std::uint32_t index) const;
    static bool preempts(const node &at, std::uint32_t index);
    bool within_bound(const node &at, std::uint32_t index);
    std::uint32_t next_candidate(const node &at);
    void close(node &at);

    std::optional<unsigned> bound_;
    bool bound_mattered_ = false;
    bool begun_ = false;
    std::vector<node> path_;  // the first `length_` count; the rest keep their memory
    std::size_t length_ = 0;
    std::size_t depth_ = 0;  // choices of the running execution
    std::optional<divergence> diverged_;

    std::size_t known_ = 0;  // nodes of the path when the running execution began
    std::vector<touch> scratch_;
    unsigned restarts_ = 0;
    bool moved_ = false;  // objects lie elsewhere than in the execution before
};

}  // namespace emu::explorer
