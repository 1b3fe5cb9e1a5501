// What a report says to do about a rule, and what Windows does where it has no bug check.
#pragma once
#include "emu/rules.hpp"

namespace emu::verify {

/// One sentence; null if there is nothing general to say.
const char *advice_for(rule which) noexcept;

/// Completes "no bug check: Windows ...".
const char *without_bug_check(rule which) noexcept;

}  // namespace emu::verify
