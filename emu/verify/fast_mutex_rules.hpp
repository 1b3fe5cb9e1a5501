// Rules of fast and guarded mutexes.
#pragma once
#include "emu/verify/judge.hpp"

namespace emu::verify {

/// A mutex whose bytes are no state that one has.
const finding *judge_fast_mutex_object(const call &at);

/// A mutex that could not be had at once.
const finding *judge_fast_mutex_wait(const call &at);

/// A release; drops the record.  `unsafe`: by a routine that leaves level and counters alone.
/// `lowers`: the level falls to what the acquire found.
const finding *judge_fast_mutex_release(const call &at, bool unsafe, bool lowers);

}  // namespace emu::verify
