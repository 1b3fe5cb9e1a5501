/* Queue objects: entries that a bounded number of threads work on. */
#ifndef WDM_EMU_NT_QUEUE_H
#define WDM_EMU_NT_QUEUE_H

#include "dispatcher.h"

WDM_EMU_BEGIN

/** Makes an empty queue whose entries no more than Count threads work on at a time, zero for the
 *  number of processors.  IRQL <= DISPATCH_LEVEL.  Page: ntifs/nf-ntifs-keinitializequeue. */
NTKERNELAPI VOID NTAPI KeInitializeQueue(PRKQUEUE Queue, ULONG Count);

/** Hands the entry to a thread that waits for the queue, or appends it; returns how many entries
 *  were queued before.  IRQL <= DISPATCH_LEVEL.  Page: ntifs/nf-ntifs-keinsertqueue. */
NTKERNELAPI LONG NTAPI KeInsertQueue(PRKQUEUE Queue, PLIST_ENTRY Entry);

/** As KeInsertQueue, but before the other entries.  Page: ntifs/nf-ntifs-keinsertheadqueue. */
NTKERNELAPI LONG NTAPI KeInsertHeadQueue(PRKQUEUE Queue, PLIST_ENTRY Entry);

/** Waits for an entry and takes it.  Returns it, or STATUS_TIMEOUT, STATUS_USER_APC (user mode)
 *  or STATUS_ABANDONED (run down) cast to a pointer; never NULL.  IRQL <= DISPATCH_LEVEL with a
 *  zero timeout, else <= APC_LEVEL.  Page: ntifs/nf-ntifs-keremovequeue. */
NTKERNELAPI PLIST_ENTRY NTAPI KeRemoveQueue(PRKQUEUE Queue, KPROCESSOR_MODE WaitMode,
                                            PLARGE_INTEGER Timeout);

/** Waits as KeRemoveQueue does, alertable if asked to, and takes as many entries as there are, up
 *  to Count, into EntryArray.  Returns how many.  No page says what happens when the wait ends
 *  without an entry (timeout, alert, rundown): that stops loudly.  IRQL as KeRemoveQueue. */
NTKERNELAPI ULONG NTAPI KeRemoveQueueEx(PKQUEUE Queue, KPROCESSOR_MODE WaitMode,
                                        BOOLEAN Alertable, PLARGE_INTEGER Timeout,
                                        PLIST_ENTRY *EntryArray, ULONG Count);

/** Ends the queue: threads that wait for it, now or later, get STATUS_ABANDONED.  Returns the
 *  first of its entries, linked to the others in a ring without a head, or NULL.
 *  IRQL <= DISPATCH_LEVEL.  Page: ntifs/nf-ntifs-kerundownqueue. */
NTKERNELAPI PLIST_ENTRY NTAPI KeRundownQueue(PRKQUEUE Queue);

/** How many entries are queued.  Page (reserved for system use): ntifs/nf-ntifs-kereadstatequeue.
 */
NTKERNELAPI LONG NTAPI KeReadStateQueue(PRKQUEUE Queue);

WDM_EMU_END

#endif
