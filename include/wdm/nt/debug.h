/* Debug output, assertions and PAGED_CODE.
 *
 * KdPrint, ASSERT, NT_ASSERT and PAGED_CODE are active if DBG is non-zero, which is the default
 * here. */
#ifndef WDM_EMU_NT_DEBUG_H
#define WDM_EMU_NT_DEBUG_H

#include "dpfltr.h"
#include "types.h"

WDM_EMU_BEGIN

/** Prints to the kernel debugger, here to the test's log; NT format, %ld is 32-bit, %wZ is a
 *  string. IRQL: any, <= DIRQL; Unicode conversions need PASSIVE_LEVEL.  STATUS_SUCCESS. Page:
 *  wdm/nf-wdm-dbgprint. */
NTSYSAPI ULONG __cdecl DbgPrint(PCSTR Format, ...);

/** DbgPrint if the component's filter mask admits the level.  Page: wdm/nf-wdm-dbgprintex. */
NTSYSAPI ULONG __cdecl DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...);

/** DbgPrintEx with an argument list.  Page: wdm/nf-wdm-vdbgprintex. */
NTSYSAPI ULONG NTAPI vDbgPrintEx(ULONG ComponentId, ULONG Level, PCCH Format, va_list arglist);

/** Reports a failed assertion; the target of ASSERT, has no page of its own.  Any IRQL. */
NTSYSAPI VOID NTAPI RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber,
                              PCHAR Message);

/** What PAGED_CODE calls: a finding if the current IRQL is above APC_LEVEL.  Not a routine of
 *  NT. */
NTKERNELAPI VOID NTAPI EmuPagedCode(const char *Function, unsigned Line);

/* A function, so that an assertion used as a statement warns of no unused value. */
EMU_INLINE BOOLEAN EmuCheckAssertion(int Holds, const char *Expression, const char *File, int Line,
                                     const char *Message) {
    if (__builtin_expect(!Holds, 0))
        RtlAssert((PVOID)Expression, (PVOID)File, (ULONG)Line, (PCHAR)Message);
    return (BOOLEAN)(Holds != 0);
}
EMU_INLINE BOOLEAN EmuVerified(int Holds) { return (BOOLEAN)Holds; }
#define EMU_ASSERT(expression, text, message) \
    EmuCheckAssertion((expression) ? 1 : 0, text, __FILE__, __LINE__, message)

#if DBG
#define KdPrint(arguments) DbgPrint arguments
#define KdPrintEx(arguments) DbgPrintEx arguments
#define vKdPrintEx(arguments) vDbgPrintEx arguments
#define ASSERT(expression) EMU_ASSERT(expression, #expression, NULL)
#define ASSERTMSG(message, expression) EMU_ASSERT(expression, #expression, (const char *)(message))
#define RTL_SOFT_ASSERT(expression) EMU_ASSERT(expression, #expression, NULL)
#define RTL_SOFT_ASSERTMSG(message, expression) ASSERTMSG(message, expression)
#define RTL_VERIFY(expression) EMU_ASSERT(expression, #expression, NULL)
#define NT_ASSERT(expression) EMU_ASSERT(expression, #expression, NULL)
#define NT_ASSERTMSG(message, expression) EMU_ASSERT(expression, #expression, message)
#define NT_ASSERTMSGW(message, expression) EMU_ASSERT(expression, #expression, NULL)
#define NT_VERIFY(expression) EMU_ASSERT(expression, #expression, NULL)
#define NT_VERIFYMSG(message, expression) EMU_ASSERT(expression, #expression, message)
#define PAGED_CODE() { EmuPagedCode(__func__, __LINE__); }
#else
#define KdPrint(arguments) ((void)0)
#define KdPrintEx(arguments) ((void)0)
#define vKdPrintEx(arguments) ((void)0)
#define ASSERT(expression) ((void)0)
#define ASSERTMSG(message, expression) ((void)0)
#define RTL_SOFT_ASSERT(expression) ((void)0)
#define RTL_SOFT_ASSERTMSG(message, expression) ((void)0)
#define RTL_VERIFY(expression) EmuVerified((expression) ? 1 : 0)
#define NT_ASSERT(expression) ((void)0)
#define NT_ASSERTMSG(message, expression) ((void)0)
#define NT_ASSERTMSGW(message, expression) ((void)0)
#define NT_VERIFY(expression) EmuVerified((expression) ? 1 : 0)
#define NT_VERIFYMSG(message, expression) EmuVerified((expression) ? 1 : 0)
#define PAGED_CODE() { }
#endif
#define NT_FRE_ASSERT(expression) EMU_ASSERT(expression, #expression, NULL)
#define NT_FRE_ASSERTMSG(message, expression) EMU_ASSERT(expression, #expression, message)
#define NT_ASSERT_ASSUME(expression) NT_ASSERT(expression)
#define NT_ANALYSIS_ASSUME(expression) ((void)0)
#define PAGED_CODE_LOCKED()


WDM_EMU_END

#endif
