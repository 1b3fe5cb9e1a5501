// Rules of rundown protection; see judge.hpp for what all rules have in common.
#pragma once
#include "emu/verify/judge.hpp"

namespace emu::verify {

/// Words that are no state of rundown protection; in both fidelities, as going on would follow a
/// garbage pointer.
const finding *judge_rundown_word(const call &at);

/// More was released than acquired.
const finding *judge_rundown_release(const call &at);

/// Re-initialised or completed while it is in use, or being run down.
const finding *judge_rundown_state(const call &at);

const finding *judge_rundown_flags(const call &at, std::uint32_t flags);
const finding *judge_rundown_size(const call &at, std::size_t given, std::size_t needed);

}  // namespace emu::verify
