/* APC routines: no page and no public header of Microsoft's has them.  Drivers that use them
 * declare them themselves, as here; so no umbrella includes this file.
 *
 * A kernel APC without NormalRoutine is special: it runs at APC_LEVEL, also in critical regions.
 * One with a NormalRoutine runs its KernelRoutine at APC_LEVEL, then the other at PASSIVE_LEVEL,
 * outside critical regions only.  User APCs end alertable user-mode waits and never run, as user
 * mode is not emulated. */
#ifndef WDM_EMU_NT_APC_UNDOCUMENTED_H
#define WDM_EMU_NT_APC_UNDOCUMENTED_H

#include "apc.h"

WDM_EMU_BEGIN

typedef enum _KAPC_ENVIRONMENT {
    OriginalApcEnvironment,
    AttachedApcEnvironment,
    CurrentApcEnvironment,
    InsertApcEnvironment
} KAPC_ENVIRONMENT;

typedef VOID(NTAPI *PKNORMAL_ROUTINE)(PVOID NormalContext, PVOID SystemArgument1,
                                      PVOID SystemArgument2);
typedef VOID(NTAPI *PKKERNEL_ROUTINE)(PRKAPC Apc, PKNORMAL_ROUTINE *NormalRoutine,
                                      PVOID *NormalContext, PVOID *SystemArgument1,
                                      PVOID *SystemArgument2);
typedef VOID(NTAPI *PKRUNDOWN_ROUTINE)(PRKAPC Apc);

/** Makes an APC for a thread.  Without NormalRoutine it is a special kernel APC, whatever
 *  ProcessorMode and NormalContext say. */
NTKERNELAPI VOID NTAPI KeInitializeApc(PRKAPC Apc, PRKTHREAD Thread, KAPC_ENVIRONMENT Environment,
                                       PKKERNEL_ROUTINE KernelRoutine,
                                       PKRUNDOWN_ROUTINE RundownRoutine,
                                       PKNORMAL_ROUTINE NormalRoutine,
                                       KPROCESSOR_MODE ProcessorMode, PVOID NormalContext);

/** Queues it; FALSE if it is queued already or the thread is ending.  IRQL <= DISPATCH_LEVEL. */
NTKERNELAPI BOOLEAN NTAPI KeInsertQueueApc(PRKAPC Apc, PVOID SystemArgument1,
                                           PVOID SystemArgument2, KPRIORITY Increment);

/** Takes it out of the queue; FALSE if it was in none.  IRQL <= DISPATCH_LEVEL. */
NTKERNELAPI BOOLEAN NTAPI KeRemoveQueueApc(PRKAPC Apc);

/** Alerts the thread in a mode: ends its alertable wait with STATUS_ALERTED, or its next one.
 *  Returns whether it was alerted already.  IRQL <= DISPATCH_LEVEL. */
NTKERNELAPI BOOLEAN NTAPI KeAlertThread(PRKTHREAD Thread, KPROCESSOR_MODE AlertMode);

/** Whether the current thread is alerted in a mode, and takes the alert away.
 *  IRQL <= DISPATCH_LEVEL. */
NTKERNELAPI BOOLEAN NTAPI KeTestAlertThread(KPROCESSOR_MODE AlertMode);

WDM_EMU_END

#endif
