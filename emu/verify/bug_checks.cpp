#include "emu/verify/bug_checks.hpp"

#include "emu/machine/view.hpp"
#include "emu/verify/judge.hpp"

namespace emu::verify {

namespace {

constexpr bug_check_text table[] = {
#define EMU_BUG_CHECK(code, type, name, p1, p2, p3, p4) {code, type, name, {p1, p2, p3, p4}},
#include "emu/verify/bug_checks.def"
#undef EMU_BUG_CHECK
};

// Violation types of 0xC4 whose second parameter is the current IRQL come in these shapes.
bug_check verifier_violation(std::uint32_t type, const call &at) {
    const auto count = static_cast<std::uint64_t>(static_cast<std::int64_t>(at.self.apcs.kernel));
    switch (type) {
        case 0x37:
        case 0x38:
        case 0x34:
        case 0x39:
        case 0x3A:
        case 0xEA:
        case 0xEB: return {0xC4, {type, at.self.irql, count, address_bits(at.object)}};
        case 0x32:
        case 0x33:
        case 0x36:
        case 0x40:
        case 0x41:
        case 0x42:
        case 0x80: return {0xC4, {type, at.self.irql, address_bits(at.object), 0}};
        case 0x120:
        case 0x121:
        case 0x122: return {0xC4, {type, address_bits(&at.self.irql), address_bits(at.object), 0}};
        default:
            // 0x2xxxx are rules of Driver Verifier's DDI checker: their parameters are texts and
            // states
            return {0xC4, {type, type >= 0x20000 ? 0U : at.self.irql, 0, 0}};
    }
}

}  // namespace

const bug_check_text *text_of(const bug_check &check) noexcept {
    for (const bug_check_text &row : table) {
        const bool has_types = row.code == 0xC2 || row.code == 0xC4 || row.code == 0xE4;
        if (row.code == check.code && (!has_types || row.type == check.parameters[0])) {
            return &row;
        }
    }
    return nullptr;
}

std::array<char, 5> tag_text(std::uint32_t tag) noexcept {
    std::array<char, 5> text{};
    for (std::size_t i = 0; i < 4; ++i) {
        const char c = static_cast<char>(tag >> (8 * i));
        text[i] = c >= ' ' && c <= '~' ? c : '.';
    }
    return text;
}

documented_bug_check below_minimum(routine which) noexcept {
    switch (which) {
#define EMU_TOO_LOW(name, code, type) \
    case routine::name: return {code, type};
#include "emu/base/contracts/too_low.def"
#undef EMU_TOO_LOW
        default: return {};
    }
}

bug_check documented(const documented_bug_check &which, const call &at) noexcept {
    const machine::thread_view thread = machine::thread_of(at.self);
    switch (which.code) {
        case 0: return {};
        case 0x192:
            return {0x192,
                    {address_bits(thread.object), address_bits(at.object), at.self.irql, 0}};
        case 0xC4: return verifier_violation(which.type, at);
        default: return {which.code, {which.type, 0, 0, 0}};
    }
}

}  // namespace emu::verify
