// Counted strings: the Rtl routines that point, copy, append and compare.
//
// Case folding: ASCII and the Latin-1 letters; everything else is its own upper case.  Windows
// takes the table of the system's locale, which agrees on these.
#include <algorithm>
#include <cstring>

#include "emu/base/nt.hpp"

namespace {

constexpr std::size_t max_ansi_bytes = 0xFFFE;  // MaximumLength must hold one more
constexpr std::size_t max_unicode_bytes = UNICODE_STRING_MAX_BYTES - sizeof(WCHAR);

char16_t upcase(WCHAR character) noexcept {
    const auto c = static_cast<char16_t>(character);
    if (c >= u'a' && c <= u'z')
        return static_cast<char16_t>(c - 0x20);
    // 0xF7 is the division sign, which has no case.
    if (c >= 0xE0 && c <= 0xFE && c != 0xF7)
        return static_cast<char16_t>(c - 0x20);
    if (c == 0xFF)
        return 0x178;
    return c;
}

char16_t fold(WCHAR c, BOOLEAN insensitive) noexcept {
    return insensitive ? upcase(c) : static_cast<char16_t>(c);
}

std::size_t count_of(PCUNICODE_STRING string) noexcept { return string->Length / sizeof(WCHAR); }

std::size_t length_of(PCWSTR text) noexcept {
    std::size_t count = 0;
    while (text[count] != 0)
        ++count;
    return count;
}

/// The first position at which they differ, at most `count`.
std::size_t mismatch(PCUNICODE_STRING a, PCUNICODE_STRING b, std::size_t count,
                     BOOLEAN insensitive) {
    std::size_t i = 0;
    while (i < count && fold(a->Buffer[i], insensitive) == fold(b->Buffer[i], insensitive))
        ++i;
    return i;
}

NTSTATUS append(PUNICODE_STRING to, const WCHAR *text, std::size_t bytes) noexcept {
    if (bytes > static_cast<std::size_t>(to->MaximumLength - to->Length)) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    WCHAR *end = to->Buffer + count_of(to);
    if (bytes != 0)
        std::memmove(end, text, bytes);
    to->Length = static_cast<USHORT>(to->Length + bytes);
    // Terminated if there is room, as NT does; callers rely on it.
    if (to->Length + sizeof(WCHAR) <= to->MaximumLength)
        to->Buffer[count_of(to)] = 0;
    return STATUS_SUCCESS;
}

}  // namespace

VOID NTAPI RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString) {
    *DestinationString = {};
    if (SourceString == nullptr)
        return;
    const std::size_t bytes = std::min(length_of(SourceString) * sizeof(WCHAR), max_unicode_bytes);
    DestinationString->Length = static_cast<USHORT>(bytes);
    DestinationString->MaximumLength = static_cast<USHORT>(bytes + sizeof(WCHAR));
    DestinationString->Buffer = const_cast<PWCH>(SourceString);
}

VOID NTAPI RtlInitAnsiString(PANSI_STRING DestinationString, PCSZ SourceString) {
    *DestinationString = {};
    if (SourceString == nullptr)
        return;
    const std::size_t bytes = std::min(std::strlen(SourceString), max_ansi_bytes);
    DestinationString->Length = static_cast<USHORT>(bytes);
    DestinationString->MaximumLength = static_cast<USHORT>(bytes + 1);
    DestinationString->Buffer = const_cast<PCHAR>(SourceString);
}

VOID NTAPI RtlInitString(PSTRING DestinationString, PCSZ SourceString) {
    RtlInitAnsiString(DestinationString, SourceString);
}

VOID NTAPI RtlCopyUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString) {
    DestinationString->Length = 0;
    if (SourceString == nullptr)
        return;
    const auto bytes = std::min(SourceString->Length, DestinationString->MaximumLength);
    append(DestinationString, SourceString->Buffer, bytes);
}

LONG NTAPI RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                   BOOLEAN CaseInSensitive) {
    const std::size_t common = std::min(count_of(String1), count_of(String2));
    const std::size_t at = mismatch(String1, String2, common, CaseInSensitive);
    if (at == common)
        return LONG{String1->Length} - LONG{String2->Length};
    return static_cast<LONG>(fold(String1->Buffer[at], CaseInSensitive)) -
           static_cast<LONG>(fold(String2->Buffer[at], CaseInSensitive));
}

BOOLEAN NTAPI RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                    BOOLEAN CaseInSensitive) {
    if (String1->Length != String2->Length)
        return FALSE;
    const std::size_t count = count_of(String1);
    return mismatch(String1, String2, count, CaseInSensitive) == count;
}

BOOLEAN NTAPI RtlPrefixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                     BOOLEAN CaseInSensitive) {
    if (String1->Length > String2->Length)
        return FALSE;
    const std::size_t count = count_of(String1);
    return mismatch(String1, String2, count, CaseInSensitive) == count;
}

WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR SourceCharacter) {
    return static_cast<WCHAR>(upcase(SourceCharacter));
}

NTSTATUS NTAPI RtlAppendUnicodeStringToString(PUNICODE_STRING Destination,
                                              PCUNICODE_STRING Source) {
    return append(Destination, Source->Buffer, Source->Length);
}

NTSTATUS NTAPI RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source) {
    if (Source == nullptr)
        return STATUS_SUCCESS;
    return append(Destination, Source, length_of(Source) * sizeof(WCHAR));
}
