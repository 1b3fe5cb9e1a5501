/* Exceptions: the record and the context, what raises a status, and the probes.
 *
 * __try and its companions stand in seh.h.  Raising follows Windows: filters run first, on top of
 * the code that raised, from the innermost block outwards; only when one accepts do the __finally
 * blocks in between run.  An exception that nobody accepts is a finding at the place where it was
 * raised: uncaught_exception, or access_violation for one the processor raised. */
#ifndef WDM_EMU_NT_EXCEPTION_H
#define WDM_EMU_NT_EXCEPTION_H

#include "status.h"
#include "types.h"

WDM_EMU_BEGIN

#define EXCEPTION_EXECUTE_HANDLER 1
#define EXCEPTION_CONTINUE_SEARCH 0
#define EXCEPTION_CONTINUE_EXECUTION (-1)

#define EXCEPTION_NONCONTINUABLE 0x1
#define EXCEPTION_MAXIMUM_PARAMETERS 15

typedef struct _EXCEPTION_RECORD {
    NTSTATUS ExceptionCode;
    ULONG ExceptionFlags;
    struct _EXCEPTION_RECORD *ExceptionRecord;
    PVOID ExceptionAddress;
    ULONG NumberParameters;
    ULONG_PTR ExceptionInformation[EXCEPTION_MAXIMUM_PARAMETERS];
} EXCEPTION_RECORD, *PEXCEPTION_RECORD;

typedef struct DECLSPEC_ALIGN(16) _M128A {
    ULONGLONG Low;
    LONGLONG High;
} M128A, *PM128A;

typedef struct DECLSPEC_ALIGN(16) _XSAVE_FORMAT {
    USHORT ControlWord;
    USHORT StatusWord;
    UCHAR TagWord;
    UCHAR Reserved1;
    USHORT ErrorOpcode;
    ULONG ErrorOffset;
    USHORT ErrorSelector;
    USHORT Reserved2;
    ULONG DataOffset;
    USHORT DataSelector;
    USHORT Reserved3;
    ULONG MxCsr;
    ULONG MxCsr_Mask;
    M128A FloatRegisters[8];
    M128A XmmRegisters[16];
    UCHAR Reserved4[96];
} XSAVE_FORMAT, *PXSAVE_FORMAT;
typedef XSAVE_FORMAT XMM_SAVE_AREA32, *PXMM_SAVE_AREA32;

#define CONTEXT_AMD64 0x00100000
#define CONTEXT_CONTROL (CONTEXT_AMD64 | 0x00000001)
#define CONTEXT_INTEGER (CONTEXT_AMD64 | 0x00000002)

/* Of an exception only Rip, Rsp and Rbp are filled in: ContextFlags says CONTEXT_CONTROL. */
typedef struct DECLSPEC_ALIGN(16) _CONTEXT {
    ULONGLONG P1Home, P2Home, P3Home, P4Home, P5Home, P6Home;
    ULONG ContextFlags;
    ULONG MxCsr;
    USHORT SegCs, SegDs, SegEs, SegFs, SegGs, SegSs;
    ULONG EFlags;
    ULONGLONG Dr0, Dr1, Dr2, Dr3, Dr6, Dr7;
    ULONGLONG Rax, Rcx, Rdx, Rbx, Rsp, Rbp, Rsi, Rdi, R8, R9, R10, R11, R12, R13, R14, R15;
    ULONGLONG Rip;
    __extension__ union {
        XMM_SAVE_AREA32 FltSave;
        __extension__ struct {
            M128A Header[2];
            M128A Legacy[8];
            M128A Xmm0, Xmm1, Xmm2, Xmm3, Xmm4, Xmm5, Xmm6, Xmm7;
            M128A Xmm8, Xmm9, Xmm10, Xmm11, Xmm12, Xmm13, Xmm14, Xmm15;
        };
    };
    M128A VectorRegister[26];
    ULONGLONG VectorControl;
    ULONGLONG DebugControl;
    ULONGLONG LastBranchToRip;
    ULONGLONG LastBranchFromRip;
    ULONGLONG LastExceptionToRip;
    ULONGLONG LastExceptionFromRip;
} CONTEXT, *PCONTEXT;

typedef struct _EXCEPTION_POINTERS {
    PEXCEPTION_RECORD ExceptionRecord;
    PCONTEXT ContextRecord;
} EXCEPTION_POINTERS, *PEXCEPTION_POINTERS;

/** Raises Status, which cannot be continued from.  Does not return.  IRQL <= APC_LEVEL.
 *  Page: wdm/nf-wdm-exraisestatus. */
NTKERNELAPI DECLSPEC_NORETURN VOID NTAPI ExRaiseStatus(NTSTATUS Status);

/** Raises STATUS_ACCESS_VIOLATION.  Does not return.  IRQL = PASSIVE_LEVEL.
 *  Page: ntddk/nf-ntddk-exraiseaccessviolation. */
NTKERNELAPI DECLSPEC_NORETURN VOID NTAPI ExRaiseAccessViolation(VOID);

/** Raises STATUS_DATATYPE_MISALIGNMENT.  Does not return.  IRQL = PASSIVE_LEVEL.
 *  Page: ntddk/nf-ntddk-exraisedatatypemisalignment. */
NTKERNELAPI DECLSPEC_NORETURN VOID NTAPI ExRaiseDatatypeMisalignment(VOID);

/** Raises Status.  Does not return.  No kernel page; ExRaiseStatus under another name. */
NTSYSAPI DECLSPEC_NORETURN VOID NTAPI RtlRaiseStatus(NTSTATUS Status);

/** Raises the record given; returns if it is continuable and a filter answers
 *  EXCEPTION_CONTINUE_EXECUTION.  No kernel page; as user mode's RaiseException describes it. */
NTSYSAPI VOID NTAPI RtlRaiseException(PEXCEPTION_RECORD ExceptionRecord);

/** Raises STATUS_DATATYPE_MISALIGNMENT if Address is not a multiple of Alignment, and
 *  STATUS_ACCESS_VIOLATION if [Address, Address + Length) does not end below
 *  MM_USER_PROBE_ADDRESS.  Does nothing for a Length of zero.  Reads nothing.  IRQL <= APC_LEVEL.
 *  Differs: all memory of the process counts as user memory.  Page: wdm/nf-wdm-probeforread. */
NTKERNELAPI VOID NTAPI ProbeForRead(const volatile VOID *Address, SIZE_T Length, ULONG Alignment);

/** As ProbeForRead; then reads and writes back one byte of each page, so that memory that is not
 *  there or not writable raises STATUS_ACCESS_VIOLATION.  Page: wdm/nf-wdm-probeforwrite. */
NTKERNELAPI VOID NTAPI ProbeForWrite(volatile VOID *Address, SIZE_T Length, ULONG Alignment);

/** The mode that the thread came from: KernelMode, as system threads have no other.
 *  IRQL <= DISPATCH_LEVEL.  Page: wdm/nf-wdm-exgetpreviousmode. */
NTKERNELAPI KPROCESSOR_MODE NTAPI ExGetPreviousMode(VOID);

/** What a filter of a system service answers: EXCEPTION_EXECUTE_HANDLER if the thread came from
 *  user mode, EXCEPTION_CONTINUE_SEARCH otherwise; here always the latter.  Undocumented. */
NTKERNELAPI LONG NTAPI ExSystemExceptionFilter(VOID);

/** FALSE for the statuses that a bug raises: STATUS_ACCESS_VIOLATION, STATUS_ILLEGAL_INSTRUCTION,
 *  STATUS_DATATYPE_MISALIGNMENT, STATUS_INSTRUCTION_MISALIGNMENT.  Any IRQL.
 *  Page: ntifs/nf-ntifs-fsrtlisntstatusexpected. */
NTKERNELAPI BOOLEAN NTAPI FsRtlIsNtstatusExpected(NTSTATUS Ntstatus);

/** Exception if FsRtlIsNtstatusExpected says so, else GenericException.  Any IRQL.
 *  Page: ntifs/nf-ntifs-fsrtlnormalizentstatus. */
NTKERNELAPI NTSTATUS NTAPI FsRtlNormalizeNtstatus(NTSTATUS Exception, NTSTATUS GenericException);

/* Where user addresses end.  The variables have the values of x64. */
extern NTKERNELAPI PVOID MmHighestUserAddress;
extern NTKERNELAPI PVOID MmSystemRangeStart;
extern NTKERNELAPI ULONG_PTR MmUserProbeAddress;
#define MM_HIGHEST_USER_ADDRESS MmHighestUserAddress
#define MM_SYSTEM_RANGE_START MmSystemRangeStart
#define MM_USER_PROBE_ADDRESS MmUserProbeAddress

WDM_EMU_END

#include "seh.h"

#endif
