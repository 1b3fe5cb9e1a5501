// Assertions about our own code, always on.  A driver's mistake is a finding, never one of these.
#pragma once

namespace emu {

/// Prints the broken invariant and ends the process.
[[noreturn]] void invariant_failed(const char *expression, const char *file, int line) noexcept;

}  // namespace emu

#define EMU_INVARIANT(expression)        \
    (__builtin_expect(!!(expression), 1) \
         ? static_cast<void>(0)          \
         : ::emu::invariant_failed(#expression, __FILE__, __LINE__))
