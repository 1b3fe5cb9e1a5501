// The formatting engine of DbgPrint: what NT's printf says differently from the host's.
#include <doctest/doctest.h>

#include <cstdarg>
#include <cstdint>
#include <string>

#include "emu/nt/format.hpp"

#include "emu/base/nt.hpp"

namespace {

std::string formatted_into(std::size_t capacity, const char *format, ...) {
    char text[512];
    std::va_list arguments;
    va_start(arguments, format);
    const std::size_t size = emu::nt::format_nt(text, capacity, format, arguments);
    va_end(arguments);
    REQUIRE(text[size] == 0);
    return std::string(text, size);
}

template <typename... Arguments>
std::string formatted(const char *format, Arguments... arguments) {
    return formatted_into(512, format, arguments...);
}

UNICODE_STRING wide(const WCHAR *text, USHORT characters) {
    return {static_cast<USHORT>(characters * 2), static_cast<USHORT>(characters * 2),
            const_cast<WCHAR *>(text)};
}

}  // namespace

TEST_CASE("format: plain text and %% pass through") {
    CHECK(formatted("") == "");
    CHECK(formatted("abc\n") == "abc\n");
    CHECK(formatted("100%%") == "100%");
}

TEST_CASE("format: %ld and %lu take 32 bits") {
    CHECK(formatted("%ld", -1) == "-1");
    CHECK(formatted("%lu", 0xFFFFFFFFu) == "4294967295");
    CHECK(formatted("%ld|%d", 0x80000000u, 7) == "-2147483648|7");
    CHECK(formatted("%lx", 0xC0000005u) == "c0000005");
    CHECK(formatted("%08lx", 0x1Fu) == "0000001f");
    CHECK(formatted("%li", 12) == "12");
}

TEST_CASE("format: integers of every size") {
    CHECK(formatted("%d %i %u %o", -5, 6, 7u, 8u) == "-5 6 7 10");
    CHECK(formatted("%I64d", std::int64_t{-1} << 40) == "-1099511627776");
    CHECK(formatted("%I64x", 0x123456789ABCDEFull) == "123456789abcdef");
    CHECK(formatted("%I64X|%I32d", 0xABCull, -3) == "ABC|-3");
    CHECK(formatted("%Iu", std::uint64_t{1} << 33) == "8589934592");
    CHECK(formatted("%llx", 0xFFFFFFFFFFFFFFFFull) == "ffffffffffffffff");
    CHECK(formatted("%lld", INT64_MIN) == "-9223372036854775808");
    CHECK(formatted("%zu", std::size_t{1} << 35) == "34359738368");
    CHECK(formatted("%td", std::ptrdiff_t{-4}) == "-4");
    CHECK(formatted("%hd %hu", 65535, 65537) == "-1 1");
    CHECK(formatted("%hhd %hhx", 255, 0x1FF) == "-1 ff");
}

TEST_CASE("format: flags, width and precision of integers") {
    CHECK(formatted("[%5d][%-5d][%05d]", 42, 42, -42) == "[   42][42   ][-0042]");
    CHECK(formatted("[%+d][% d][%+d]", 1, 1, -1) == "[+1][ 1][-1]");
    CHECK(formatted("[%.4d][%7.4d][%-7.4d]", 42, -42, 42) == "[0042][  -0042][0042   ]");
    CHECK(formatted("[%*d][%-*d][%*d]", 4, 1, 4, 2, -4, 3) == "[   1][2   ][3   ]");
    CHECK(formatted("[%.*d][%.*d]", 3, 7, -1, 7) == "[007][7]");
    CHECK(formatted("[%#x][%#X][%#o][%#x]", 255, 255, 8, 0) == "[0xff][0XFF][010][0]");
    CHECK(formatted("[%#010x]", 0xBEEF) == "[0x0000beef]");
    CHECK(formatted("[%08.3d]", 5) == "[     005]");
    CHECK(formatted("[%.0d]", 0) == "[]");
    CHECK(formatted("[%-08d]", 5) == "[5       ]");
}

TEST_CASE("format: %p is sixteen upper-case digits") {
    const auto address = reinterpret_cast<void *>(std::uintptr_t{0xFFFFF800DEADBEEF});
    CHECK(formatted("%p", address) == "FFFFF800DEADBEEF");
    CHECK(formatted("%p", static_cast<void *>(nullptr)) == "0000000000000000");
    CHECK(formatted("[%20p][%-18p]", address, address) ==
          "[    FFFFF800DEADBEEF][FFFFF800DEADBEEF  ]");
}

TEST_CASE("format: narrow strings and characters") {
    CHECK(formatted("%s|%hs", "one", "two") == "one|two");
    CHECK(formatted("[%6s][%-6s][%.2s]", "abc", "abc", "abc") == "[   abc][abc   ][ab]");
    CHECK(formatted("%c%hc%%", 'x', 'y') == "xy%");
    CHECK(formatted("[%3c][%-3c]", 'x', 'y') == "[  x][y  ]");
    const char unterminated[2] = {'o', 'k'};
    CHECK(formatted("%.2s", unterminated) == "ok");
}

TEST_CASE("format: wide strings and characters become UTF-8") {
    CHECK(formatted("%S|%ws|%ls", L"one", L"two", L"three") == "one|two|three");
    CHECK(formatted("%hS", "narrow") == "narrow");
    CHECK(formatted("%ws", L"\x00E9\x20AC") == "\xC3\xA9\xE2\x82\xAC");
    CHECK(formatted("%C%wc%lc", L'a', L'\x00E9', L'b') ==
          "a\xC3\xA9"
          "b");
    CHECK(formatted("[%4ws][%.1ws]", L"\x00E9\x00E9", L"\x00E9\x00E9") ==
          "[  \xC3\xA9\xC3\xA9][\xC3\xA9]");
}

TEST_CASE("format: surrogates pair up, a lone one is replaced") {
    const WCHAR pair[] = {0xD83D, 0xDE00, 0};
    const WCHAR lone[] = {0xD83D, L'x', 0xDE00, 0};
    CHECK(formatted("%ws", pair) == "\xF0\x9F\x98\x80");
    CHECK(formatted("%ws", lone) == "\xEF\xBF\xBDx\xEF\xBF\xBD");
}

TEST_CASE("format: counted strings need no terminator") {
    const WCHAR text[] = {L'a', L'b', L'c'};
    UNICODE_STRING unicode = wide(text, 3);
    char bytes[] = {'x', 'y', 'z'};
    ANSI_STRING ansi = {2, 3, bytes};
    CHECK(formatted("%wZ", &unicode) == "abc");
    CHECK(formatted("%Z|%hZ", &ansi, &ansi) == "xy|xy");
    CHECK(formatted("[%5wZ][%-5wZ][%.2wZ]", &unicode, &unicode, &unicode) == "[  abc][abc  ][ab]");
    unicode.Length = 0;
    CHECK(formatted("[%wZ]", &unicode) == "[]");
}

TEST_CASE("format: null strings print (null)") {
    UNICODE_STRING unicode = {};
    ANSI_STRING ansi = {};
    void *const none = nullptr;
    CHECK(formatted("%s %ws %S", none, none, none) == "(null) (null) (null)");
    CHECK(formatted("%wZ %Z", none, none) == "(null) (null)");
    CHECK(formatted("%wZ %Z", &unicode, &ansi) == "(null) (null)");
    CHECK(formatted("[%8s][%.3s]", none, none) == "[  (null)][(nu]");
}

TEST_CASE("format: an unknown specification is printed as it stands and takes nothing") {
    CHECK(formatted("%y %d", 1) == "%y 1");
    CHECK(formatted("%-3.2q|%d", 2) == "%-3.2q|2");
    CHECK(formatted("100%") == "100%");
    CHECK(formatted("50%5") == "50%5");
    CHECK(formatted("%n %d", 3) == "%n 3");
    CHECK(formatted("%5%%d", 4) == "%5%d");
}

TEST_CASE("format: text is cut to the buffer, never inside a character") {
    CHECK(formatted_into(4, "abcdef") == "abc");
    CHECK(formatted_into(1, "abc") == "");
    CHECK(formatted_into(4, "%d", 123456) == "");
    CHECK(formatted_into(4, "a%ws", L"\x20AC\x20AC") == "a");
    CHECK(formatted_into(5, "a%ws", L"\x20AC\x20AC") == "a\xE2\x82\xAC");
    CHECK(formatted_into(4, "ab\xC3\xA9") == "ab");
    CHECK(formatted_into(5, "ab\xC3\xA9") == "ab\xC3\xA9");
    CHECK(formatted_into(4, "%100000d", 1) == "   ");
    char untouched = 'x';
    std::va_list none{};
    CHECK(emu::nt::format_nt(&untouched, 0, "abc", none) == 0);
    CHECK(untouched == 'x');
}
