/* Spin locks that the system owns: the VPB spin lock, and the numbered queued spin locks, which
 * their pages reserve for system use. */
#ifndef WDM_EMU_NT_SYSTEM_SPIN_LOCK_H
#define WDM_EMU_NT_SYSTEM_SPIN_LOCK_H

#include "queued_spin_lock.h"

WDM_EMU_BEGIN

typedef enum _KSPIN_LOCK_QUEUE_NUMBER {
    LockQueueUnusedSpare0,
    LockQueueUnusedSpare1,
    LockQueueUnusedSpare2,
    LockQueueUnusedSpare3,
    LockQueueVacbLock,
    LockQueueMasterLock,
    LockQueueNonPagedPoolLock,
    LockQueueIoCancelLock,
    LockQueueUnusedSpare8,
    LockQueueIoVpbLock,
    LockQueueIoDatabaseLock,
    LockQueueIoCompletionLock,
    LockQueueNtfsStructLock,
    LockQueueAfdWorkQueueLock,
    LockQueueBcbLock,
    LockQueueUnusedSpare15,
    LockQueueUnusedSpare16,
    LockQueueMaximumLock
} KSPIN_LOCK_QUEUE_NUMBER, *PKSPIN_LOCK_QUEUE_NUMBER;

/** Acquires the VPB spin lock; the level before goes to *Irql.  IRQL <= DISPATCH_LEVEL.
 *  Page: ntifs/nf-ntifs-ioacquirevpbspinlock. */
NTKERNELAPI VOID NTAPI IoAcquireVpbSpinLock(PKIRQL Irql);

/** Gives the VPB spin lock back and lowers to Irql.  IRQL = DISPATCH_LEVEL.
 *  Page: ntifs/nf-ntifs-ioreleasevpbspinlock. */
NTKERNELAPI VOID NTAPI IoReleaseVpbSpinLock(KIRQL Irql);

/** Acquires a numbered queued spin lock, returns the level before.  IRQL <= DISPATCH_LEVEL.
 *  Page: ntifs/nf-ntifs-keacquirequeuedspinlock (reserved for system use). */
NTKERNELAPI KIRQL FASTCALL KeAcquireQueuedSpinLock(KSPIN_LOCK_QUEUE_NUMBER Number);

/** Gives a numbered queued spin lock back and lowers to OldIrql.  IRQL = DISPATCH_LEVEL.
 *  Page: ntifs/nf-ntifs-kereleasequeuedspinlock (reserved for system use). */
NTKERNELAPI VOID FASTCALL KeReleaseQueuedSpinLock(KSPIN_LOCK_QUEUE_NUMBER Number, KIRQL OldIrql);

/** Raises to DISPATCH_LEVEL and takes a numbered queued spin lock if it is free; else FALSE, and
 *  the level is as before.  IRQL <= DISPATCH_LEVEL.
 *  Page: ntifs/nf-ntifs-ketrytoacquirequeuedspinlock (reserved for system use). */
NTKERNELAPI LOGICAL FASTCALL KeTryToAcquireQueuedSpinLock(KSPIN_LOCK_QUEUE_NUMBER Number,
                                                          PKIRQL OldIrql);

WDM_EMU_END

#endif
