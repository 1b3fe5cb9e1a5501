/* Deferred procedure calls: routines that run at DISPATCH_LEVEL on a processor of choice.
 *
 * The KDPC is the driver's, has the size and the fields of x64 and is linked into its processor's
 * queue through DpcListEntry; DpcData is NULL exactly while it is not queued. */
#ifndef WDM_EMU_NT_DPC_H
#define WDM_EMU_NT_DPC_H

#include "io.h"
#include "types.h"

WDM_EMU_BEGIN

struct _KDPC;

typedef VOID NTAPI KDEFERRED_ROUTINE(struct _KDPC *Dpc, PVOID DeferredContext,
                                     PVOID SystemArgument1, PVOID SystemArgument2);
typedef KDEFERRED_ROUTINE *PKDEFERRED_ROUTINE;

typedef VOID NTAPI IO_DPC_ROUTINE(struct _KDPC *Dpc, struct _DEVICE_OBJECT *DeviceObject,
                                  struct _IRP *Irp, PVOID Context);
typedef IO_DPC_ROUTINE *PIO_DPC_ROUTINE;

typedef enum _KDPC_IMPORTANCE {
    LowImportance,
    MediumImportance,
    HighImportance,
    MediumHighImportance
} KDPC_IMPORTANCE;

typedef struct _KDPC {
    UCHAR Type;
    UCHAR Importance;
    volatile USHORT Number;
    LIST_ENTRY DpcListEntry;
    PKDEFERRED_ROUTINE DeferredRoutine;
    PVOID DeferredContext;
    PVOID SystemArgument1;
    PVOID SystemArgument2;
    PVOID DpcData;
} KDPC, *PKDPC, *PRKDPC;

typedef struct _KDPC_WATCHDOG_INFORMATION {
    ULONG DpcTimeLimit;
    ULONG DpcTimeCount;
    ULONG DpcWatchdogLimit;
    ULONG DpcWatchdogCount;
    ULONG Reserved;
} KDPC_WATCHDOG_INFORMATION, *PKDPC_WATCHDOG_INFORMATION;

/** Makes a DPC of medium importance for the processor that will queue it.  DpcListEntry and the
 *  system arguments are left as they are.  Any IRQL; storage must be non-paged.
 *  Page: wdm/nf-wdm-keinitializedpc. */
NTKERNELAPI VOID NTAPI KeInitializeDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine,
                                       PVOID DeferredContext);

/** As KeInitializeDpc, for a routine that runs in a thread at PASSIVE_LEVEL.  Any IRQL.
 *  Page: wdm/nf-wdm-keinitializethreadeddpc. */
NTKERNELAPI VOID NTAPI KeInitializeThreadedDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine,
                                               PVOID DeferredContext);

/** Queues a DPC; FALSE, and the first arguments stay, if it is queued already.  On the current
 *  processor, unless of low importance, it runs before this returns below DISPATCH_LEVEL, else when
 *  the level falls below that.  Any IRQL.  Page: wdm/nf-wdm-keinsertqueuedpc. */
NTKERNELAPI BOOLEAN NTAPI KeInsertQueueDpc(PRKDPC Dpc, PVOID SystemArgument1,
                                           PVOID SystemArgument2);

/** Takes a DPC off its queue; FALSE if it is on none: it may be running.  Any IRQL.
 *  Page: wdm/nf-wdm-keremovequeuedpc. */
NTKERNELAPI BOOLEAN NTAPI KeRemoveQueueDpc(PRKDPC Dpc);

/** Waits until every DPC queued before the call has run.  IRQL = PASSIVE_LEVEL.
 *  Page: wdm/nf-wdm-keflushqueueddpcs. */
NTKERNELAPI VOID NTAPI KeFlushQueuedDpcs(VOID);

/** Low: runs later.  High: runs before those queued.  Medium on another processor: runs when that
 *  gets to it; MediumHigh and High: soon.  Any IRQL, before queueing.
 *  Page: wdm/nf-wdm-kesetimportancedpc. */
NTKERNELAPI VOID NTAPI KeSetImportanceDpc(PRKDPC Dpc, KDPC_IMPORTANCE Importance);

/** The processor (of group 0) that runs it.  A number that is none: bug check 0xC7/3.  Any IRQL,
 *  before queueing.  Page: wdm/nf-wdm-kesettargetprocessordpc. */
NTKERNELAPI VOID NTAPI KeSetTargetProcessorDpc(PRKDPC Dpc, CCHAR Number);

/** As KeSetTargetProcessorDpc; STATUS_INVALID_PARAMETER for a processor that is none.  Any IRQL.
 *  Page: wdm/nf-wdm-kesettargetprocessordpcex. */
NTKERNELAPI NTSTATUS NTAPI KeSetTargetProcessorDpcEx(PKDPC Dpc, PPROCESSOR_NUMBER ProcNumber);

/** Whether a DPC's routine runs on this processor.  IRQL >= DISPATCH_LEVEL for a useful answer.
 *  Page: wdm/nf-wdm-keisexecutingdpc. */
NTKERNELAPI LOGICAL NTAPI KeIsExecutingDpc(VOID);

/** Whether a long DPC should end and queue itself again: never here, time stands still while it
 *  runs.  IRQL >= DISPATCH_LEVEL.  Page: wdm/nf-wdm-keshouldyieldprocessor. */
NTKERNELAPI LOGICAL NTAPI KeShouldYieldProcessor(VOID);

/** The time a DPC may take and has taken.  IRQL >= DISPATCH_LEVEL.  STATUS_SUCCESS,
 *  STATUS_UNSUCCESSFUL outside of a DPC.  Page: wdm/nf-wdm-kequerydpcwatchdoginformation. */
NTKERNELAPI NTSTATUS NTAPI
KeQueryDpcWatchdogInformation(PKDPC_WATCHDOG_INFORMATION WatchdogInformation);

typedef ULONG_PTR NTAPI KIPI_BROADCAST_WORKER(ULONG_PTR Argument);
typedef KIPI_BROADCAST_WORKER *PKIPI_BROADCAST_WORKER;

/** Interrupts every processor and runs the routine at IPI_LEVEL on all of them at once: none begins
 *  before all are interrupted.  Returns, when all are done, what it returned on the caller's
 *  processor.  IRQL < IPI_LEVEL.  Page: wdm/nf-wdm-keipigenericcall. */
NTKERNELAPI ULONG_PTR NTAPI KeIpiGenericCall(PKIPI_BROADCAST_WORKER BroadcastFunction,
                                             ULONG_PTR Context);

/** Runs the routine as a DPC on every processor at once, with its system arguments for the two
 *  routines below, and returns when all are done.  IRQL = PASSIVE_LEVEL.  Has no page; after
 *  KeIpiGenericCall, which has. */
NTKERNELAPI VOID NTAPI KeGenericCallDpc(PKDEFERRED_ROUTINE Routine, PVOID Context);

/** Says that this processor's routine is done: the last thing it does.  SystemArgument1 of the
 *  routine.  Has no page. */
NTKERNELAPI VOID NTAPI KeSignalCallDpcDone(PVOID SystemArgument1);

/** Waits until the routines of all processors are here; TRUE on one of them.  SystemArgument2 of
 *  the routine.  Has no page. */
NTKERNELAPI LOGICAL NTAPI KeSignalCallDpcSynchronize(PVOID SystemArgument2);

WDM_EMU_END

#endif
