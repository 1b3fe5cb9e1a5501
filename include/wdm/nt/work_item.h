/* Work items: routines that a system worker thread calls at PASSIVE_LEVEL.
 *
 * Worker threads are made when items are queued and none is idle; several items run at the same
 * time, in any order.  The queue's type changes nothing here.  A routine must return at
 * PASSIVE_LEVEL, in no region, holding no lock. */
#ifndef WDM_EMU_NT_WORK_ITEM_H
#define WDM_EMU_NT_WORK_ITEM_H

#include "io.h"
#include "types.h"

WDM_EMU_BEGIN

typedef enum _WORK_QUEUE_TYPE {
    CriticalWorkQueue,
    DelayedWorkQueue,
    HyperCriticalWorkQueue,
    NormalWorkQueue,
    BackgroundWorkQueue,
    RealTimeWorkQueue,
    SuperCriticalWorkQueue,
    MaximumWorkQueue,
    CustomPriorityWorkQueue = 32
} WORK_QUEUE_TYPE;

typedef VOID NTAPI WORKER_THREAD_ROUTINE(PVOID Parameter);
typedef WORKER_THREAD_ROUTINE *PWORKER_THREAD_ROUTINE;

/* List.Flink is null while the item is not queued. */
typedef struct _WORK_QUEUE_ITEM {
    LIST_ENTRY List;
    PWORKER_THREAD_ROUTINE WorkerRoutine;
    PVOID Parameter;
} WORK_QUEUE_ITEM, *PWORK_QUEUE_ITEM;

typedef VOID NTAPI IO_WORKITEM_ROUTINE(PDEVICE_OBJECT DeviceObject, PVOID Context);
typedef IO_WORKITEM_ROUTINE *PIO_WORKITEM_ROUTINE;
typedef VOID NTAPI IO_WORKITEM_ROUTINE_EX(PVOID IoObject, PVOID Context, PIO_WORKITEM IoWorkItem);
typedef IO_WORKITEM_ROUTINE_EX *PIO_WORKITEM_ROUTINE_EX;

/** Fills in an item, which must not be queued.  Any IRQL.  A routine here, a macro on Windows.
 *  Page: wdm/nf-wdm-exinitializeworkitem. */
NTKERNELAPI VOID NTAPI ExInitializeWorkItem(PWORK_QUEUE_ITEM Item, PWORKER_THREAD_ROUTINE Routine,
                                            PVOID Context);

/** Queues an initialised item; the routine may free it.  IRQL <= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-exqueueworkitem. */
NTKERNELAPI VOID NTAPI ExQueueWorkItem(PWORK_QUEUE_ITEM WorkItem, WORK_QUEUE_TYPE QueueType);

/** A work item for a device; NULL if there is no memory.  IRQL <= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-ioallocateworkitem. */
NTKERNELAPI PIO_WORKITEM NTAPI IoAllocateWorkItem(PDEVICE_OBJECT DeviceObject);

/** Frees an item of IoAllocateWorkItem that is not queued; its own routine may call this.
 *  IRQL <= DISPATCH_LEVEL.  Page: wdm/nf-wdm-iofreeworkitem. */
NTKERNELAPI VOID NTAPI IoFreeWorkItem(PIO_WORKITEM IoWorkItem);

/** The bytes that IoInitializeWorkItem needs.  Any IRQL.  Page: wdm/nf-wdm-iosizeofworkitem. */
NTKERNELAPI ULONG NTAPI IoSizeofWorkItem(VOID);

/** Makes memory of the driver an item for a device or driver object.  Any IRQL.
 *  Page: wdm/nf-wdm-ioinitializeworkitem. */
NTKERNELAPI VOID NTAPI IoInitializeWorkItem(PVOID IoObject, PIO_WORKITEM IoWorkItem);

/** Ends what IoInitializeWorkItem began; the item must not be queued.  Any IRQL.
 *  Page: wdm/nf-wdm-iouninitializeworkitem. */
NTKERNELAPI VOID NTAPI IoUninitializeWorkItem(PIO_WORKITEM IoWorkItem);

/** Queues the item with its routine.  IRQL <= DISPATCH_LEVEL.  Page: wdm/nf-wdm-ioqueueworkitem. */
NTKERNELAPI VOID NTAPI IoQueueWorkItem(PIO_WORKITEM IoWorkItem,
                                       PIO_WORKITEM_ROUTINE WorkerRoutine,
                                       WORK_QUEUE_TYPE QueueType, PVOID Context);

/** As IoQueueWorkItem; the routine is told its item.  IRQL <= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-ioqueueworkitemex. */
NTKERNELAPI VOID NTAPI IoQueueWorkItemEx(PIO_WORKITEM IoWorkItem,
                                         PIO_WORKITEM_ROUTINE_EX WorkerRoutine,
                                         WORK_QUEUE_TYPE QueueType, PVOID Context);

/** As IoQueueWorkItemEx, if a worker thread is free; FALSE otherwise.  IRQL <= DISPATCH_LEVEL.
 *  Page: previous-versions/windows/hardware/kernel/dn683917. */
NTKERNELAPI BOOLEAN NTAPI IoTryQueueWorkItem(PIO_WORKITEM IoWorkItem,
                                             PIO_WORKITEM_ROUTINE_EX WorkerRoutine,
                                             WORK_QUEUE_TYPE QueueType, PVOID Context);

WDM_EMU_END

#endif
