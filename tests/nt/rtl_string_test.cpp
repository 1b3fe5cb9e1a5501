// Counted strings: initialising, copying, appending, comparing.
#include <doctest/doctest.h>

extern "C" {
#include <ntifs.h>
}

namespace {

UNICODE_STRING unicode(const WCHAR *text) {
    UNICODE_STRING string;
    RtlInitUnicodeString(&string, text);
    return string;
}

bool equal(const WCHAR *a, const WCHAR *b, bool insensitive = false) {
    const UNICODE_STRING first = unicode(a), second = unicode(b);
    return RtlEqualUnicodeString(&first, &second, insensitive) != FALSE;
}

LONG compare(const WCHAR *a, const WCHAR *b, bool insensitive = false) {
    const UNICODE_STRING first = unicode(a), second = unicode(b);
    return RtlCompareUnicodeString(&first, &second, insensitive);
}

}  // namespace

TEST_CASE("RtlInitUnicodeString: counts bytes and leaves room for the terminator") {
    const UNICODE_STRING string = unicode(L"abc");
    CHECK(string.Length == 6);
    CHECK(string.MaximumLength == 8);
    const UNICODE_STRING empty = unicode(L"");
    CHECK(empty.Length == 0);
    CHECK(empty.MaximumLength == 2);
    CHECK(empty.Buffer != nullptr);
    const UNICODE_STRING none = unicode(nullptr);
    CHECK(none.Length == 0);
    CHECK(none.MaximumLength == 0);
    CHECK(none.Buffer == nullptr);
}

TEST_CASE("RtlInitAnsiString: counts bytes and leaves room for the terminator") {
    ANSI_STRING string;
    RtlInitAnsiString(&string, "abc");
    CHECK(string.Length == 3);
    CHECK(string.MaximumLength == 4);
    RtlInitString(&string, nullptr);
    CHECK(string.Buffer == nullptr);
    CHECK(string.MaximumLength == 0);
}

TEST_CASE("RtlEqualUnicodeString: case matters only if asked") {
    CHECK(equal(L"Device", L"Device"));
    CHECK(!equal(L"Device", L"device"));
    CHECK(equal(L"Device", L"DEVICE", true));
    CHECK(!equal(L"Device", L"Devices", true));
    CHECK(equal(L"", L"", true));
    CHECK(equal(L"\x00E9", L"\x00C9", true));   // e acute
    CHECK(!equal(L"\x00F7", L"\x00D7", true));  // division and multiplication signs
    CHECK(!equal(L"\x0430", L"\x0410", true));  // Cyrillic: beyond our table
}

TEST_CASE("RtlCompareUnicodeString: sorts by code unit, then by length") {
    CHECK(compare(L"a", L"b") < 0);
    CHECK(compare(L"b", L"a") > 0);
    CHECK(compare(L"B", L"a") < 0);
    CHECK(compare(L"B", L"a", true) > 0);
    CHECK(compare(L"ab", L"abc") < 0);
    CHECK(compare(L"abc", L"ABC", true) == 0);
}

TEST_CASE("RtlPrefixUnicodeString: the first string begins the second") {
    const UNICODE_STRING prefix = unicode(L"\\DEV"), whole = unicode(L"\\Device");
    CHECK(!RtlPrefixUnicodeString(&prefix, &whole, FALSE));
    CHECK(RtlPrefixUnicodeString(&prefix, &whole, TRUE));
    CHECK(!RtlPrefixUnicodeString(&whole, &prefix, TRUE));
}

TEST_CASE("RtlCopyUnicodeString: copies what fits and terminates if there is room") {
    WCHAR buffer[4] = {L'#', L'#', L'#', L'#'};
    UNICODE_STRING to = {0, 3 * sizeof(WCHAR), buffer};
    const UNICODE_STRING two = unicode(L"ab"), five = unicode(L"vwxyz");
    RtlCopyUnicodeString(&to, &two);
    CHECK(to.Length == 4);
    CHECK(buffer[2] == 0);
    RtlCopyUnicodeString(&to, &five);
    CHECK(to.Length == 6);
    CHECK(buffer[2] == L'x');
    CHECK(buffer[3] == L'#');
    RtlCopyUnicodeString(&to, nullptr);
    CHECK(to.Length == 0);
}

TEST_CASE("RtlAppendUnicode: appends all or nothing") {
    WCHAR buffer[4] = {};
    UNICODE_STRING to = {0, sizeof buffer, buffer};
    const UNICODE_STRING part = unicode(L"bc");
    CHECK(RtlAppendUnicodeToString(&to, L"a") == STATUS_SUCCESS);
    CHECK(RtlAppendUnicodeStringToString(&to, &part) == STATUS_SUCCESS);
    CHECK(to.Length == 6);
    CHECK(RtlAppendUnicodeToString(&to, L"de") == STATUS_BUFFER_TOO_SMALL);
    CHECK(to.Length == 6);
    CHECK(RtlAppendUnicodeToString(&to, nullptr) == STATUS_SUCCESS);
    CHECK(RtlUpcaseUnicodeChar(L'q') == L'Q');
}
