// The port through which sched asks who goes next.  Implemented in emu/explore.
//
// A step of an execution is what an actor does between two questions.  What it touched on the way
// is told at the next question: two steps commute if neither touched what the other wrote.
#pragma once
#include <cstdint>
#include <span>

#include "emu/base/routine.hpp"

namespace emu {

enum class point_kind : std::uint8_t {
    start,        // an actor was created
    call,         // before an emulated routine takes effect
    interlocked,  // before an interlocked operation of the driver
    access,       // before an access to a word of a lock algorithm, at atomic granularity
    blocked,      // the current actor parked
    finished,     // the current actor ended
    data,         // no actor is asked for, but a number below the count: what Windows leaves open
    fault,        // likewise: 1 makes the call fail, see machine/faults.hpp
};

enum class access : std::uint8_t { read, write };

/// One object that a step read or wrote; null stands for all objects there are.
struct touch {
    const void *object;
    access how;
};

/// Where the current actor stands: which routine it is about to carry out, and who called it.
struct code_point {
    routine by = routine::none;
    const void *caller = nullptr;
};

/// Of a call that may fail.
struct fault_odds {
    std::uint32_t one_in = 0;  // once in so many calls
    std::uint32_t call = 0;    // which of those from the same place this one is, from 1
};

/// The last candidate where virtual time may pass although threads can run: the next alarm rings.
/// Chosen, it leads to another question at once.
constexpr std::uint32_t time_passes = ~std::uint32_t{0} - 1;

/// One question.  `candidates` holds actor ids in ascending order: at least two of them, or one
/// for a strategy that sees every step.
struct choice {
    point_kind kind;
    std::uint64_t step;  // scheduling points passed so far
    std::span<const std::uint32_t> candidates;
    std::int32_t running;  // id of the running actor, -1 if it cannot go on
    code_point at = {};    // of the actor that ran last

    /// What that actor touched since the last question; only if every step is seen.
    std::span<const touch> since = {};

    fault_odds odds = {};  // of a fault

    /// True: the answer is a number, no actor.
    bool about_data() const noexcept {
        return kind == point_kind::data || kind == point_kind::fault;
    }

    /// The index of the running actor, -1 if it is no candidate.  Looked up on request: not every
    /// strategy wants to know.
    std::int32_t current() const noexcept {
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            if (static_cast<std::int32_t>(candidates[i]) == running) {
                return static_cast<std::int32_t>(i);
            }
        }
        return -1;
    }
};

class strategy {
public:
    /// Instead of a candidate: nothing new lies behind this choice, end the execution here.
    static constexpr std::uint32_t cut = ~std::uint32_t{0};

    virtual ~strategy() = default;

    /// The index of the candidate that goes next, or `cut`.
    virtual std::uint32_t choose(const choice &at) = 0;

    /// True: ask also where there is one candidate only, and tell what each step touched.
    virtual bool sees_every_step() const noexcept { return false; }

    /// The execution has ended; `since` is as in the last choice.  Only if every step is seen.
    virtual void execution_ended(std::span<const touch> since) { static_cast<void>(since); }
};

}  // namespace emu
