/* Counted strings: initialising, copying, comparing.
 *
 * Case folding covers ASCII and the Latin-1 letters (U+00E0..U+00FE but the division sign, and
 * U+00FF to U+0178); Windows folds by the table of its locale.  Sorting is by code unit. */
#ifndef WDM_EMU_NT_RTL_STRING_H
#define WDM_EMU_NT_RTL_STRING_H

#include "types.h"

WDM_EMU_BEGIN

/* An initialiser for a counted string over a literal or a constant array.  The buffer's type has
 * no const, in C++ it takes a cast to say so. */
#ifdef __cplusplus
extern "C++" {
constexpr PCHAR EmuConstantBuffer(const CHAR *text) { return const_cast<PCHAR>(text); }
constexpr PWCHAR EmuConstantBuffer(const WCHAR *text) { return const_cast<PWCHAR>(text); }
}
#else
#define EmuConstantBuffer(text) ((PVOID)(text))
#endif
#define RTL_CONSTANT_STRING(text) \
    { sizeof(text) - sizeof((text)[0]), sizeof(text), EmuConstantBuffer(text) }

#define DECLARE_CONST_UNICODE_STRING(name, text)                     \
    const WCHAR name##_buffer[] = text;                              \
    const UNICODE_STRING name = {                                    \
        sizeof(text) - sizeof(WCHAR), sizeof(text), (PWCH)name##_buffer}
#define DECLARE_GLOBAL_CONST_UNICODE_STRING(name, text) \
    extern const UNICODE_STRING name;                   \
    const UNICODE_STRING name = {sizeof(text) - sizeof(WCHAR), sizeof(text), (PWCH)(text)}
#define DECLARE_UNICODE_STRING_SIZE(name, characters) \
    WCHAR name##_buffer[characters];                  \
    UNICODE_STRING name = {0, (characters) * sizeof(WCHAR), name##_buffer}

/** Makes an empty string over a buffer.  Page: wdm/nf-wdm-rtlinitemptyunicodestring. */
EMU_INLINE VOID RtlInitEmptyUnicodeString(PUNICODE_STRING UnicodeString, PWCHAR Buffer,
                                          USHORT BufferSize) {
    UnicodeString->Length = 0;
    UnicodeString->MaximumLength = BufferSize;
    UnicodeString->Buffer = Buffer;
}

/** Makes an empty string over a buffer.  Page: wdm/nf-wdm-rtlinitemptyansistring. */
EMU_INLINE VOID RtlInitEmptyAnsiString(PANSI_STRING AnsiString, PCHAR Buffer, USHORT BufferSize) {
    AnsiString->Length = 0;
    AnsiString->MaximumLength = BufferSize;
    AnsiString->Buffer = Buffer;
}

/** Points the string at a terminated text, or at nothing; a text too long is cut.  Any IRQL.
 *  Page: wdm/nf-wdm-rtlinitunicodestring. */
NTSYSAPI VOID NTAPI RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString);

/** Points the string at a terminated text, or at nothing.  Any IRQL.
 *  Page: wdm/nf-wdm-rtlinitansistring. */
NTSYSAPI VOID NTAPI RtlInitAnsiString(PANSI_STRING DestinationString, PCSZ SourceString);

/** The same as RtlInitAnsiString.  Page: wdm/nf-wdm-rtlinitstring. */
NTSYSAPI VOID NTAPI RtlInitString(PSTRING DestinationString, PCSZ SourceString);

/** Copies as many characters as fit; a NULL source makes the destination empty.  Any IRQL.
 *  Page: wdm/nf-wdm-rtlcopyunicodestring. */
NTSYSAPI VOID NTAPI RtlCopyUnicodeString(PUNICODE_STRING DestinationString,
                                         PCUNICODE_STRING SourceString);

/** Below, at or above zero as the first sorts before, with or behind the second.  PASSIVE_LEVEL.
 *  Page: wdm/nf-wdm-rtlcompareunicodestring. */
NTSYSAPI LONG NTAPI RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                            BOOLEAN CaseInSensitive);

/** TRUE if the strings are equal.  PASSIVE_LEVEL.  Page: wdm/nf-wdm-rtlequalunicodestring. */
NTSYSAPI BOOLEAN NTAPI RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                             BOOLEAN CaseInSensitive);

/** TRUE if the first string begins the second.  PASSIVE_LEVEL.
 *  Page: ntddk/nf-ntddk-rtlprefixunicodestring. */
NTSYSAPI BOOLEAN NTAPI RtlPrefixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                              BOOLEAN CaseInSensitive);

/** The upper case of a character.  PASSIVE_LEVEL.  Page: ntifs/nf-ntifs-rtlupcaseunicodechar. */
NTSYSAPI WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR SourceCharacter);

/** Appends a string; STATUS_BUFFER_TOO_SMALL, and nothing appended, if it does not fit.  Any IRQL.
 *  Page: wdm/nf-wdm-rtlappendunicodestringtostring. */
NTSYSAPI NTSTATUS NTAPI RtlAppendUnicodeStringToString(PUNICODE_STRING Destination,
                                                       PCUNICODE_STRING Source);

/** Appends a terminated text; STATUS_BUFFER_TOO_SMALL if it does not fit.  Any IRQL.
 *  Page: wdm/nf-wdm-rtlappendunicodetostring. */
NTSYSAPI NTSTATUS NTAPI RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source);

WDM_EMU_END

#endif
