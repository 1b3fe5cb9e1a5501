// A specification is parsed in one go into a `spec`, then one function per kind of conversion
// prints it.
#include "emu/nt/format.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "emu/base/nt.hpp"

namespace emu::nt {
namespace {

// The buffer, and whether something did not fit; once that happens nothing more is taken, so that
// the result is a prefix of the full text.
struct sink {
    char *out;
    std::size_t capacity;  // without the terminator
    std::size_t size = 0;
    bool full = false;

    void put(std::string_view piece) noexcept {
        if (full || piece.size() > capacity - size) {
            full = true;
            return;
        }
        if (piece.empty())
            return;  // an empty view may point nowhere
        std::memcpy(out + size, piece.data(), piece.size());
        size += piece.size();
    }
    void put(char c) noexcept { put(std::string_view(&c, 1)); }
    void pad(char c, long long count) noexcept {
        while (count-- > 0 && !full)
            put(c);
    }
};

enum class length : std::uint8_t { none, byte, half, word, long_int, quad, pointer };

struct spec {
    bool left = false, plus = false, space = false, alternate = false, zero = false;
    int width = 0;
    int precision = -1;  // -1: not given
    length size = length::none;
    bool wide_prefix = false;  // w or l: the string or character is 16-bit
    char conversion = 0;
};

// va_list may be an array type, which a function cannot take by reference; inside a struct it can.
struct argument_list {
    std::va_list list;
};

int take_number(const char *&at) noexcept {
    int value = 0;
    while (*at >= '0' && *at <= '9') {
        if (value < 100000)
            value = value * 10 + (*at - '0');
        ++at;
    }
    return value;
}

void parse_flags(spec &s, const char *&at) noexcept {
    for (;; ++at) {
        switch (*at) {
            case '-': s.left = true; break;
            case '+': s.plus = true; break;
            case ' ': s.space = true; break;
            case '#': s.alternate = true; break;
            case '0': s.zero = true; break;
            default: return;
        }
    }
}

bool starts(const char *at, std::string_view prefix) noexcept {
    return std::strncmp(at, prefix.data(), prefix.size()) == 0;
}

void parse_length(spec &s, const char *&at) noexcept {
    struct row {
        std::string_view text;
        length size;
        bool wide;
    };
    // Longest first, so that ll is not taken for l.
    static constexpr row rows[] = {
        {"I64", length::quad, false},  {"I32", length::word, false},
        {"ll", length::quad, false},   {"hh", length::byte, false},
        {"I", length::pointer, false}, {"h", length::half, false},
        {"l", length::long_int, true}, {"w", length::long_int, true},
        {"z", length::pointer, false}, {"t", length::pointer, false},
        {"j", length::quad, false},
    };
    for (const row &r : rows) {
        if (!starts(at, r.text))
            continue;
        at += r.text.size();
        s.size = r.size;
        s.wide_prefix = r.wide;
        return;
    }
}

void take_width(spec &s, const char *&at, argument_list &arguments) noexcept {
    if (*at != '*') {
        s.width = take_number(at);
        return;
    }
    ++at;
    s.width = va_arg(arguments.list, int);
    if (s.width < 0) {
        s.left = true;
        s.width = s.width == INT32_MIN ? 0 : -s.width;
    }
}

void take_precision(spec &s, const char *&at, argument_list &arguments) noexcept {
    if (*at != '.')
        return;
    ++at;
    if (*at == '*') {
        ++at;
        s.precision = std::max(va_arg(arguments.list, int), -1);
    } else {
        s.precision = take_number(at);
    }
}

/// Parses what follows a percent sign; the conversion is 0 if NT does not know it.
spec parse(const char *&at, argument_list &arguments) noexcept {
    spec s;
    parse_flags(s, at);
    take_width(s, at, arguments);
    take_precision(s, at, arguments);
    parse_length(s, at);
    if (*at != 0 && std::strchr("diuoxXcCsSZp", *at) != nullptr)
        s.conversion = *at++;
    return s;
}

std::uint64_t take_unsigned(const spec &s, argument_list &arguments) noexcept {
    switch (s.size) {
        case length::quad:
        case length::pointer: return va_arg(arguments.list, unsigned long long);
        case length::byte: return static_cast<std::uint8_t>(va_arg(arguments.list, unsigned));
        case length::half: return static_cast<std::uint16_t>(va_arg(arguments.list, unsigned));
        default: return va_arg(arguments.list, unsigned);
    }
}

std::int64_t take_signed(const spec &s, argument_list &arguments) noexcept {
    switch (s.size) {
        case length::quad:
        case length::pointer: return va_arg(arguments.list, long long);
        case length::byte: return static_cast<std::int8_t>(va_arg(arguments.list, int));
        case length::half: return static_cast<std::int16_t>(va_arg(arguments.list, int));
        default: return va_arg(arguments.list, int);
    }
}

/// Prefix, zeros, digits, padded to the width.
void put_number(sink &to, const spec &s, std::string_view prefix, std::string_view digits) {
    const auto wanted = static_cast<long long>(prefix.size() + digits.size());
    long long zeros = std::max(0LL, s.precision - static_cast<long long>(digits.size()));
    // A precision or a left adjustment overrides the 0 flag.
    if (s.zero && !s.left && s.precision < 0)
        zeros = std::max(zeros, s.width - wanted);
    const long long blanks = s.width - wanted - zeros;
    if (!s.left)
        to.pad(' ', blanks);
    to.put(prefix);
    to.pad('0', zeros);
    to.put(digits);
    if (s.left)
        to.pad(' ', blanks);
}

void print_magnitude(sink &to, const spec &s, std::uint64_t value, unsigned base,
                     std::string_view prefix) {
    const char *alphabet = s.conversion == 'x' ? "0123456789abcdef" : "0123456789ABCDEF";
    char digits[24];
    char *first = digits + sizeof digits;
    for (std::uint64_t rest = value; rest != 0; rest /= base)
        *--first = alphabet[rest % base];
    if (value == 0 && s.precision != 0)
        *--first = '0';
    put_number(to, s, prefix, {first, static_cast<std::size_t>(digits + sizeof digits - first)});
}

void print_integer(sink &to, const spec &s, argument_list &arguments) {
    if (s.conversion == 'd' || s.conversion == 'i') {
        const std::int64_t value = take_signed(s, arguments);
        const char *sign = value < 0 ? "-" : s.plus ? "+" : s.space ? " " : "";
        // Negated as unsigned, for the lowest number has no positive counterpart.
        const auto bits = static_cast<std::uint64_t>(value);
        print_magnitude(to, s, value < 0 ? 0 - bits : bits, 10, sign);
        return;
    }
    const std::uint64_t value = take_unsigned(s, arguments);
    const bool hex = s.conversion == 'x' || s.conversion == 'X';
    std::string_view prefix;
    if (s.alternate && value != 0) {
        prefix = s.conversion == 'x' ? "0x" : s.conversion == 'X' ? "0X" : "";
        if (s.conversion == 'o')
            prefix = "0";
    }
    print_magnitude(to, s, value, hex ? 16 : s.conversion == 'o' ? 8 : 10, prefix);
}

void print_pointer(sink &to, spec s, argument_list &arguments) {
    const auto value = reinterpret_cast<std::uintptr_t>(va_arg(arguments.list, void *));
    s.precision = 16;
    print_magnitude(to, s, value, 16, s.alternate ? "0x" : "");
}

std::size_t encode_utf8(char32_t code, char (&bytes)[4]) noexcept {
    if (code < 0x80) {
        bytes[0] = static_cast<char>(code);
        return 1;
    }
    const std::size_t count = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static constexpr unsigned lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (std::size_t i = count; i-- > 1; code >>= 6) {
        bytes[i] = static_cast<char>(0x80 | (code & 0x3F));
    }
    bytes[0] = static_cast<char>(lead[count] | code);
    return count;
}

void put_wide(sink &to, const WCHAR *text, std::size_t count) {
    const auto is_high = [](char32_t c) { return c >= 0xD800 && c < 0xDC00; };
    const auto is_low = [](char32_t c) { return c >= 0xDC00 && c < 0xE000; };
    for (std::size_t i = 0; i < count; ++i) {
        char32_t code = static_cast<char16_t>(text[i]);
        if (is_high(code) && i + 1 < count && is_low(static_cast<char16_t>(text[i + 1]))) {
            code = 0x10000 + ((code - 0xD800) << 10) + (static_cast<char16_t>(text[++i]) - 0xDC00);
        } else if (is_high(code) || is_low(code)) {
            code = 0xFFFD;
        }
        char bytes[4];
        const std::size_t size = encode_utf8(code, bytes);
        to.put(std::string_view(bytes, size));
    }
}

void put_characters(sink &to, const char *text, std::size_t count) {
    for (std::size_t i = 0; i < count && !to.full; ++i)
        to.put(text[i]);
}
void put_characters(sink &to, const WCHAR *text, std::size_t count) { put_wide(to, text, count); }

/// `count` characters, cut to the precision and padded to the width.
template <typename Character>
void put_padded(sink &to, const spec &s, const Character *text, std::size_t count) {
    if (s.precision >= 0)
        count = std::min(count, static_cast<std::size_t>(s.precision));
    const long long blanks = s.width - static_cast<long long>(count);
    if (!s.left)
        to.pad(s.zero ? '0' : ' ', blanks);
    put_characters(to, text, count);
    if (s.left)
        to.pad(' ', blanks);
}

/// A terminated string; looks no further than the precision, for it may be all that is readable.
template <typename Character>
void print_terminated(sink &to, const spec &s, const Character *text) {
    if (text == nullptr)
        return put_padded(to, s, "(null)", 6);
    const std::size_t limit = s.precision >= 0 ? static_cast<std::size_t>(s.precision) : SIZE_MAX;
    std::size_t count = 0;
    while (count < limit && text[count] != 0)
        ++count;
    put_padded(to, s, text, count);
}

void print_counted(sink &to, const spec &s, argument_list &arguments) {
    const void *string = va_arg(arguments.list, void *);
    if (string == nullptr)
        return put_padded(to, s, "(null)", 6);
    if (s.wide_prefix) {
        const auto *wide = static_cast<const UNICODE_STRING *>(string);
        if (wide->Buffer == nullptr)
            return put_padded(to, s, "(null)", 6);
        return put_padded(to, s, wide->Buffer, wide->Length / sizeof(WCHAR));
    }
    const auto *narrow = static_cast<const ANSI_STRING *>(string);
    if (narrow->Buffer == nullptr)
        return put_padded(to, s, "(null)", 6);
    put_padded(to, s, narrow->Buffer, narrow->Length);
}

/// S and C mean the other width than s and c do; h and l or w decide over both.
bool is_wide(const spec &s) noexcept {
    if (s.wide_prefix)
        return true;
    if (s.size == length::half)
        return false;
    return s.conversion == 'S' || s.conversion == 'C';
}

void print_character(sink &to, spec s, argument_list &arguments) {
    const int value = va_arg(arguments.list, int);
    s.precision = -1;
    if (is_wide(s)) {
        const auto wide = static_cast<WCHAR>(value);
        return put_padded(to, s, &wide, 1);
    }
    const auto narrow = static_cast<char>(value);
    put_padded(to, s, &narrow, 1);
}

void print(sink &to, const spec &s, argument_list &arguments) {
    switch (s.conversion) {
        case 'c':
        case 'C': return print_character(to, s, arguments);
        case 's':
        case 'S':
            if (is_wide(s))
                return print_terminated(to, s, va_arg(arguments.list, const WCHAR *));
            return print_terminated(to, s, va_arg(arguments.list, const char *));
        case 'Z': return print_counted(to, s, arguments);
        case 'p': return print_pointer(to, s, arguments);
        default: return print_integer(to, s, arguments);
    }
}

/// Takes back the start of a UTF-8 sequence whose rest was cut off.
void drop_incomplete_tail(sink &to) noexcept {
    std::size_t start = to.size;
    while (start > 0 && (static_cast<unsigned char>(to.out[start - 1]) & 0xC0) == 0x80)
        --start;
    if (start == 0)
        return;
    const auto lead = static_cast<unsigned char>(to.out[start - 1]);
    const std::size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (to.size - (start - 1) < wanted)
        to.size = start - 1;
}

}  // namespace

std::size_t format_nt(char *out, std::size_t capacity, const char *format,
                      std::va_list arguments) {
    if (capacity == 0)
        return 0;
    argument_list list;
    va_copy(list.list, arguments);
    sink to{out, capacity - 1};
    for (const char *at = format; *at != 0 && !to.full;) {
        if (*at != '%') {
            to.put(*at++);
            continue;
        }
        const char *percent = at++;
        if (*at == '%') {
            to.put(*at++);
            continue;
        }
        const spec s = parse(at, list);
        if (s.conversion != 0) {
            print(to, s, list);
        } else {
            if (*at != 0 && *at != '%')
                ++at;
            put_characters(to, percent, static_cast<std::size_t>(at - percent));
        }
    }
    va_end(list.list);
    if (to.full)
        drop_incomplete_tail(to);
    out[to.size] = 0;
    return to.size;
}

}  // namespace emu::nt
