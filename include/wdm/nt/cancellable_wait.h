/* Waits that the cancellation of an IRP ends. */
#ifndef WDM_EMU_NT_CANCELLABLE_WAIT_H
#define WDM_EMU_NT_CANCELLABLE_WAIT_H

#include "dispatcher.h"
#include "io_objects.h"

WDM_EMU_BEGIN

/** Waits as KeWaitForSingleObject in kernel mode, not alertably, but not for an IRP (NULL for none)
 *  that is cancelled.  The IRP is the caller's and has no cancel routine.  Special kernel APCs must
 *  be enabled: not in a guarded region.  IRQL = PASSIVE_LEVEL with an IRP, else <= APC_LEVEL.
 *  STATUS_SUCCESS, STATUS_TIMEOUT, STATUS_ABANDONED_WAIT_0, STATUS_CANCELLED.  Here Irp->Cancel is
 *  read when the wait begins: nothing cancels an IRP later; and no thread is terminated from
 *  outside, so STATUS_THREAD_IS_TERMINATING never comes.
 *  Page: ntifs/nf-ntifs-fsrtlcancellablewaitforsingleobject. */
NTKERNELAPI NTSTATUS NTAPI FsRtlCancellableWaitForSingleObject(PVOID Object,
                                                               PLARGE_INTEGER Timeout, PIRP Irp);

/** The same for several objects: Count and WaitBlockArray as in KeWaitForMultipleObjects, too many
 *  are bug check 0xC.  Page: ntifs/nf-ntifs-fsrtlcancellablewaitformultipleobjects. */
NTKERNELAPI NTSTATUS NTAPI FsRtlCancellableWaitForMultipleObjects(
    ULONG Count, PVOID ObjectArray[], WAIT_TYPE WaitType, PLARGE_INTEGER Timeout,
    PKWAIT_BLOCK WaitBlockArray, PIRP Irp);

WDM_EMU_END

#endif
