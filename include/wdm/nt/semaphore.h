/* Semaphores: dispatcher objects with a count, signalled while it is above zero. */
#ifndef WDM_EMU_NT_SEMAPHORE_H
#define WDM_EMU_NT_SEMAPHORE_H

#include "dispatcher.h"

WDM_EMU_BEGIN

/** Makes a semaphore with a count and the limit of it.  IRQL <= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-keinitializesemaphore. */
NTKERNELAPI VOID NTAPI KeInitializeSemaphore(PRKSEMAPHORE Semaphore, LONG Count, LONG Limit);

/** Adds to the count, lets as many waiters go and returns the count before.  With Wait TRUE it
 *  returns at DISPATCH_LEVEL and the next call must be a wait, which restores the level.  Raises
 *  STATUS_SEMAPHORE_LIMIT_EXCEEDED, the count unchanged.  IRQL <= DISPATCH_LEVEL; PASSIVE_LEVEL
 *  with Wait.  Page: wdm/nf-wdm-kereleasesemaphore. */
NTKERNELAPI LONG NTAPI KeReleaseSemaphore(PRKSEMAPHORE Semaphore, KPRIORITY Increment,
                                          LONG Adjustment, BOOLEAN Wait);

/** The count.  Any IRQL.  Page: wdm/nf-wdm-kereadstatesemaphore. */
NTKERNELAPI LONG NTAPI KeReadStateSemaphore(PRKSEMAPHORE Semaphore);

WDM_EMU_END

#endif
