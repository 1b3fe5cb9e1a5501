// The routines the kernel knows, numbered, and the contract of each: one row of contracts.def.
//
// A contract is what a routine's page promises and demands.  It is data here, so that the entry
// check (emu/nt/enter.hpp), the generated negative tests and the reference read the same row.
#pragma once
#include <cstdint>

namespace emu {

enum class routine : std::uint16_t {
    none,
#define EMU_CONTRACT(name, ...) name,
#define EMU_MACRO(name, target, page)
#include "contracts.def"
#undef EMU_CONTRACT
#undef EMU_MACRO
    count
};

constexpr std::size_t routine_count = static_cast<std::size_t>(routine::count);

enum class apc_requirement : std::uint8_t {
    none,
    normal_disabled,  // either APC counter non-zero, or IRQL >= APC_LEVEL
    all_disabled,     // SpecialApcDisable non-zero, or IRQL >= APC_LEVEL
};

/// A bug check as documented: its code and, where the code has them, the violation type that
/// becomes its first parameter.  Code 0: Windows has none for this misuse.
struct documented_bug_check {
    std::uint32_t code = 0;
    std::uint32_t type = 0;
};

struct contract {
    const char *name;
    std::uint8_t irql_min;
    std::uint8_t irql_max;
    apc_requirement apc;
    documented_bug_check too_high;      // raised when the IRQL is above irql_max
    documented_bug_check apcs_enabled;  // raised when the APC requirement is not met
    const char *page;                   // on learn.microsoft.com, or why there is none
};

namespace contract_detail {
constexpr documented_bug_check no_bug_check{};
constexpr documented_bug_check bug_check(std::uint32_t code, std::uint32_t type = 0) {
    return {code, type};
}
constexpr auto any = apc_requirement::none;
constexpr auto normal_disabled = apc_requirement::normal_disabled;
constexpr auto all_disabled = apc_requirement::all_disabled;
enum level : std::uint8_t { passive = 0, apc = 1, dispatch = 2, high = 15 };

inline constexpr contract table[routine_count] = {
    {"none", 0, 15, any, no_bug_check, no_bug_check, ""},
#define EMU_CONTRACT(name, lo, hi, apcs, too_high, apcs_enabled, page) \
    {#name, lo, hi, apcs, too_high, apcs_enabled, page},
#define EMU_MACRO(name, target, page)
#include "contracts.def"
#undef EMU_CONTRACT
#undef EMU_MACRO
};
}  // namespace contract_detail

constexpr const contract &contract_of(routine which) {
    return contract_detail::table[static_cast<std::size_t>(which)];
}

/// A documented name that the headers define as a macro over a routine; a call to the routine is a
/// call to the macro, so the call counts of the two are one.
struct macro_name {
    const char *name;
    routine target;
    const char *page;
};

inline constexpr macro_name macro_names[] = {
#define EMU_CONTRACT(name, ...)
#define EMU_MACRO(name, target, page) {#name, routine::target, page},
#include "contracts.def"
#undef EMU_CONTRACT
#undef EMU_MACRO
};

}  // namespace emu
