/* The filter manager's waits that the cancellation of an operation ends. */
#ifndef WDM_EMU_NT_FLT_CANCELLABLE_WAIT_H
#define WDM_EMU_NT_FLT_CANCELLABLE_WAIT_H

#include "dispatcher.h"
#include "flt_types.h"

WDM_EMU_BEGIN

/** As FsRtlCancellableWaitForSingleObject, for an operation (NULL for none) instead of an IRP.
 *  Nothing cancels an operation here, so STATUS_CANCELLED never comes.
 *  Page: fltkernel/nf-fltkernel-fltcancellablewaitforsingleobject. */
FLTAPI_EXPORT NTSTATUS FLTAPI FltCancellableWaitForSingleObject(PVOID Object,
                                                                PLARGE_INTEGER Timeout,
                                                                PFLT_CALLBACK_DATA CallbackData);

/** As FsRtlCancellableWaitForMultipleObjects, for an operation.
 *  Page: fltkernel/nf-fltkernel-fltcancellablewaitformultipleobjects. */
FLTAPI_EXPORT NTSTATUS FLTAPI FltCancellableWaitForMultipleObjects(
    ULONG Count, PVOID ObjectArray[], WAIT_TYPE WaitType, PLARGE_INTEGER Timeout,
    PKWAIT_BLOCK WaitBlockArray, PFLT_CALLBACK_DATA CallbackData);

WDM_EMU_END

#endif
