/* Mutexes: dispatcher objects with an owner, which may take them again.  A mutant is the same
 * without the critical region around it.  Waited for with KeWaitForSingleObject and its kin. */
#ifndef WDM_EMU_NT_MUTEX_H
#define WDM_EMU_NT_MUTEX_H

#include "dispatcher.h"

WDM_EMU_BEGIN

/** Makes a mutex that is free.  Level is reserved: zero.  Any IRQL; storage must be non-paged.
 *  Page: wdm/nf-wdm-keinitializemutex. */
NTKERNELAPI VOID NTAPI KeInitializeMutex(PRKMUTEX Mutex, ULONG Level);

/** Gives up one acquisition; the last makes the mutex free, lets a waiter have it and leaves the
 *  critical region.  Returns the state before: zero if it became free.  With Wait TRUE it returns
 *  at DISPATCH_LEVEL and the next call must be a wait, which restores the level.  Raises
 *  STATUS_MUTANT_NOT_OWNED, or STATUS_ABANDONED for an abandoned one.  IRQL <= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-kereleasemutex. */
NTKERNELAPI LONG NTAPI KeReleaseMutex(PRKMUTEX Mutex, BOOLEAN Wait);

/** One if the mutex is free, less if it is held.  IRQL <= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-kereadstatemutex. */
NTKERNELAPI LONG NTAPI KeReadStateMutex(PRKMUTEX Mutex);

/** Makes a mutant, free or owned by the caller.  Its page says only that it is reserved for
 *  system use: ntifs/nf-ntifs-keinitializemutant. */
NTKERNELAPI VOID NTAPI KeInitializeMutant(PRKMUTANT Mutant, BOOLEAN InitialOwner);

/** As KeReleaseMutex; with Abandoned TRUE whoever owns it loses it, and the next to take it is
 *  told.  Page (reserved for system use): ntifs/nf-ntifs-kereleasemutant. */
NTKERNELAPI LONG NTAPI KeReleaseMutant(PRKMUTANT Mutant, KPRIORITY Increment, BOOLEAN Abandoned,
                                       BOOLEAN Wait);

/** As KeReadStateMutex.  Page (reserved for system use): ntifs/nf-ntifs-kereadstatemutant. */
NTKERNELAPI LONG NTAPI KeReadStateMutant(PRKMUTANT Mutant);

WDM_EMU_END

#endif
