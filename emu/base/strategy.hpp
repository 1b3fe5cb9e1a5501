// The port through which sched asks who goes next.  Implemented in emu/explore.
#pragma once
#include <cstdint>
#include <span>

namespace emu {

enum class point_kind : std::uint8_t {
    start,        // an actor was created
    call,         // before an emulated routine takes effect
    interlocked,  // before an interlocked operation of the driver
    access,       // before an access to a word of a lock algorithm, at atomic granularity
    blocked,      // the current actor parked
    finished,     // the current actor ended
};

/// One decision.  `candidates` holds actor ids in ascending order, at least two of them.
struct choice {
    point_kind kind;
    std::uint64_t step;  // scheduling points passed so far
    std::span<const std::uint32_t> candidates;
    std::int32_t current;  // index of the running actor, -1 if it cannot go on
};

class strategy {
public:
    virtual ~strategy() = default;

    /// The index of the candidate that goes next.
    virtual std::uint32_t choose(const choice &at) = 0;
};

}  // namespace emu
