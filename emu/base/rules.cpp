#include <array>

#include "emu/rules.hpp"

namespace emu {

namespace {

struct rule_text {
    const char *name;
    const char *text;
};

constexpr rule_text table[] = {
    {"none", "no rule is broken"},
#define EMU_RULE(name, text) {#name, text},
#include "emu/rules.def"
#undef EMU_RULE
};

}  // namespace

const char *name_of(rule which) noexcept { return table[static_cast<std::size_t>(which)].name; }
const char *text_of(rule which) noexcept { return table[static_cast<std::size_t>(which)].text; }

}  // namespace emu
