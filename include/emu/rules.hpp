// The names of the rules, for expectations: emu::rule::recursive_acquire.
#pragma once
#include <cstdint>

#ifndef EMU_API
#define EMU_API __attribute__((visibility("default")))
#endif

namespace emu {

enum class rule : std::uint16_t {
    none,
#define EMU_RULE(name, text) name,
#include "rules.def"
#undef EMU_RULE
};

/// The rule's name as written in source ("recursive_acquire"); "none" for rule::none.
EMU_API const char *name_of(rule which) noexcept;

/// One line that says what is wrong, as the head of a report prints it.
EMU_API const char *text_of(rule which) noexcept;

}  // namespace emu
