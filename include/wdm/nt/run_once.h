/* One-time initialisation.  Zero is initialised; any storage. */
#ifndef WDM_EMU_NT_RUN_ONCE_H
#define WDM_EMU_NT_RUN_ONCE_H

#include "types.h"

WDM_EMU_BEGIN

typedef union _RTL_RUN_ONCE {
    PVOID Ptr;
} RTL_RUN_ONCE, *PRTL_RUN_ONCE;

#define RTL_RUN_ONCE_INIT {0}

#define RTL_RUN_ONCE_CHECK_ONLY 0x00000001UL
#define RTL_RUN_ONCE_ASYNC 0x00000002UL
#define RTL_RUN_ONCE_INIT_FAILED 0x00000004UL

/* The low bits of a context, which must be zero. */
#define RTL_RUN_ONCE_CTX_RESERVED_BITS 2

/* Initialises; zero says that it failed. */
typedef ULONG NTAPI RTL_RUN_ONCE_INIT_FN(PRTL_RUN_ONCE RunOnce, PVOID Parameter, PVOID *Context);
typedef RTL_RUN_ONCE_INIT_FN *PRTL_RUN_ONCE_INIT_FN;

/** Makes a structure whose initialisation has not begun.  IRQL <= APC_LEVEL.
 *  Page: ntddk/nf-ntddk-rtlrunonceinitialize. */
NTSYSAPI VOID NTAPI RtlRunOnceInitialize(PRTL_RUN_ONCE RunOnce);

/** Calls InitFn once, with normal kernel APCs disabled; others wait until it is done.  Context
 *  receives what InitFn put there.  STATUS_SUCCESS; STATUS_UNSUCCESSFUL if InitFn failed, then the
 *  next call tries again.  IRQL <= APC_LEVEL.  Page: ntddk/nf-ntddk-rtlrunonceexecuteonce. */
NTSYSAPI NTSTATUS NTAPI RtlRunOnceExecuteOnce(PRTL_RUN_ONCE RunOnce, PRTL_RUN_ONCE_INIT_FN InitFn,
                                              PVOID Parameter, PVOID *Context);

/** STATUS_SUCCESS and the context if it is done; STATUS_PENDING if the caller must initialise and
 *  call RtlRunOnceComplete; STATUS_UNSUCCESSFUL with RTL_RUN_ONCE_CHECK_ONLY if it is not done;
 *  STATUS_INVALID_PARAMETER if modes are mixed.  Waits while another thread initialises, but with
 *  RTL_RUN_ONCE_ASYNC.  IRQL <= APC_LEVEL.  Page: ntddk/nf-ntddk-rtlrunoncebegininitialize. */
NTSYSAPI NTSTATUS NTAPI RtlRunOnceBeginInitialize(PRTL_RUN_ONCE RunOnce, ULONG Flags,
                                                  PVOID *Context);

/** Ends what RtlRunOnceBeginInitialize began.  STATUS_SUCCESS; STATUS_UNSUCCESSFUL if another
 *  thread was first or nothing was begun in this mode; STATUS_INVALID_PARAMETER for reserved bits
 *  in Context or flags that exclude each other.  IRQL <= APC_LEVEL.
 *  Page: ntddk/nf-ntddk-rtlrunoncecomplete. */
NTSYSAPI NTSTATUS NTAPI RtlRunOnceComplete(PRTL_RUN_ONCE RunOnce, ULONG Flags, PVOID Context);

WDM_EMU_END

#endif
