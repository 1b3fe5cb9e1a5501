// The text engine behind DbgPrint: printf as NT understands it, not as the host does.
//
// Differences that matter: %ld and %lu are 32-bit, %I64 and %I are NT's length prefixes, %Z and
// %wZ take counted strings, %S, %ws and %ls take 16-bit characters, %p is sixteen upper-case
// hexadecimal digits.  Floating point is not supported, as in the kernel.
#pragma once
#include <cstdarg>
#include <cstddef>

namespace emu::nt {

/// Formats into `out` and always terminates it if `capacity` is not zero.  Returns the bytes
/// written without the terminator; text that does not fit is cut, never inside a UTF-8 sequence.
///
/// Wide characters become UTF-8, a lone surrogate U+FFFD; narrow ones are copied as they are.
/// Width and precision count characters of the argument.  A null string prints "(null)"; a
/// specification that NT does not know is printed as it stands and takes no argument.
std::size_t format_nt(char *out, std::size_t capacity, const char *format, std::va_list arguments);

}  // namespace emu::nt
