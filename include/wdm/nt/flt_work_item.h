/* The filter manager's work items.  They run on the same worker threads as all others. */
#ifndef WDM_EMU_NT_FLT_WORK_ITEM_H
#define WDM_EMU_NT_FLT_WORK_ITEM_H

#include "flt_types.h"
#include "work_item.h"

WDM_EMU_BEGIN

typedef VOID FLTAPI FLT_GENERIC_WORKITEM_ROUTINE(PFLT_GENERIC_WORKITEM FltWorkItem,
                                                 PVOID FltObject, PVOID Context);
typedef FLT_GENERIC_WORKITEM_ROUTINE *PFLT_GENERIC_WORKITEM_ROUTINE;
typedef VOID FLTAPI FLT_DEFERRED_IO_WORKITEM_ROUTINE(PFLT_DEFERRED_IO_WORKITEM FltWorkItem,
                                                     PFLT_CALLBACK_DATA CallbackData,
                                                     PVOID Context);
typedef FLT_DEFERRED_IO_WORKITEM_ROUTINE *PFLT_DEFERRED_IO_WORKITEM_ROUTINE;

/** An item for FltQueueGenericWorkItem; NULL if there is no memory.  IRQL <= DISPATCH_LEVEL.
 *  Page: fltkernel/nf-fltkernel-fltallocategenericworkitem. */
FLTAPI_EXPORT PFLT_GENERIC_WORKITEM FLTAPI FltAllocateGenericWorkItem(VOID);

/** Frees an item that is not queued; its own routine may call this.  IRQL <= DISPATCH_LEVEL.
 *  Page: fltkernel/nf-fltkernel-fltfreegenericworkitem. */
FLTAPI_EXPORT VOID FLTAPI FltFreeGenericWorkItem(PFLT_GENERIC_WORKITEM FltWorkItem);

/** Queues an item for a filter or instance.  STATUS_SUCCESS.  IRQL <= DISPATCH_LEVEL.
 *  Differs: objects are never torn down, so there is no STATUS_FLT_DELETING_OBJECT.
 *  Page: fltkernel/nf-fltkernel-fltqueuegenericworkitem. */
FLTAPI_EXPORT NTSTATUS FLTAPI FltQueueGenericWorkItem(PFLT_GENERIC_WORKITEM FltWorkItem,
                                                      PVOID FltObject,
                                                      PFLT_GENERIC_WORKITEM_ROUTINE WorkerRoutine,
                                                      WORK_QUEUE_TYPE QueueType, PVOID Context);

/** An item for FltQueueDeferredIoWorkItem; NULL if there is no memory.  IRQL <= DISPATCH_LEVEL.
 *  Page: fltkernel/nf-fltkernel-fltallocatedeferredioworkitem. */
FLTAPI_EXPORT PFLT_DEFERRED_IO_WORKITEM FLTAPI FltAllocateDeferredIoWorkItem(VOID);

/** Frees an item that is not queued; its own routine may call this.  IRQL <= DISPATCH_LEVEL.
 *  Page: fltkernel/nf-fltkernel-fltfreedeferredioworkitem. */
FLTAPI_EXPORT VOID FLTAPI FltFreeDeferredIoWorkItem(PFLT_DEFERRED_IO_WORKITEM FltWorkItem);

/** Posts an IRP-based operation.  STATUS_SUCCESS; STATUS_FLT_NOT_SAFE_TO_POST_OPERATION for
 *  operations that are not IRP-based, and for paging I/O.  IRQL <= DISPATCH_LEVEL.
 *  Differs: the thread's top-level IRP is always NULL, and instances are never torn down.
 *  Page: fltkernel/nf-fltkernel-fltqueuedeferredioworkitem. */
FLTAPI_EXPORT NTSTATUS FLTAPI FltQueueDeferredIoWorkItem(
    PFLT_DEFERRED_IO_WORKITEM FltWorkItem, PFLT_CALLBACK_DATA Data,
    PFLT_DEFERRED_IO_WORKITEM_ROUTINE WorkerRoutine, WORK_QUEUE_TYPE QueueType, PVOID Context);

WDM_EMU_END

#endif
