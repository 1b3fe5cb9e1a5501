// Bug checks by name, with the meaning of their parameters: for findings and reports.
#pragma once
#include <array>
#include <cstdint>

#include "emu/base/finding.hpp"

namespace emu::verify {

struct bug_check_text {
    std::uint32_t code;
    std::uint32_t type;  // first parameter of codes that have violation types; 0: any
    const char *name;
    std::array<const char *, 4> parameters;  // in words; "" for reserved
};

/// The row of a bug check; null for codes that the table does not know.
const bug_check_text *text_of(const bug_check &check) noexcept;

inline std::uint64_t address_bits(const void *address) noexcept {
    return reinterpret_cast<std::uint64_t>(address);
}

/// A pool tag as text: 'Tag1'.
std::array<char, 5> tag_text(std::uint32_t tag) noexcept;

/// The documented bug check of a routine below the lowest IRQL of its contract; code 0: none.
documented_bug_check below_minimum(routine which) noexcept;

/// What a documented bug check looks like for a call: fills in the parameters that depend only on
/// the caller's level, counters and object.
bug_check documented(const documented_bug_check &which, const struct call &at) noexcept;

}  // namespace emu::verify
