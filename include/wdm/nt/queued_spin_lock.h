/* In-stack queued spin locks: a KSPIN_LOCK whose waiters queue in order of arrival.
 *
 * Each acquisition brings a handle, usually on the stack; the release takes the handle.  The lock's
 * word is the address of the newest handle, 0 when free; bit 1 of LockQueue.Lock is set while the
 * handle owns the lock.  Never mixed with the ordinary routines on one lock. */
#ifndef WDM_EMU_NT_QUEUED_SPIN_LOCK_H
#define WDM_EMU_NT_QUEUED_SPIN_LOCK_H

#include "spin_lock.h"

WDM_EMU_BEGIN

typedef struct _KSPIN_LOCK_QUEUE {
    struct _KSPIN_LOCK_QUEUE *volatile Next;
    PKSPIN_LOCK volatile Lock;
} KSPIN_LOCK_QUEUE, *PKSPIN_LOCK_QUEUE;

/* Bits of Lock. */
#define LOCK_QUEUE_WAIT 1
#define LOCK_QUEUE_WAIT_BIT 0
#define LOCK_QUEUE_OWNER 2
#define LOCK_QUEUE_OWNER_BIT 1

typedef struct _KLOCK_QUEUE_HANDLE {
    KSPIN_LOCK_QUEUE LockQueue;
    KIRQL OldIrql;
} KLOCK_QUEUE_HANDLE, *PKLOCK_QUEUE_HANDLE;

/** Raises to DISPATCH_LEVEL, queues, spins until the lock is this thread's; the level before goes
 *  into the handle.  IRQL <= DISPATCH_LEVEL.  A second acquire by the holder is bug check 0xF
 *  (verifier) or hangs (free).  Page: wdm/nf-wdm-keacquireinstackqueuedspinlock. */
NTKERNELAPI VOID FASTCALL KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK SpinLock,
                                                         PKLOCK_QUEUE_HANDLE LockHandle);

/** Gives the lock back and lowers to the level in the handle.  IRQL = DISPATCH_LEVEL (else bug
 *  check 0xC4/0x36).  Page: wdm/nf-wdm-kereleaseinstackqueuedspinlock. */
NTKERNELAPI VOID FASTCALL KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE LockHandle);

/** Acquires without touching the level.  IRQL >= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-keacquireinstackqueuedspinlockatdpclevel. */
NTKERNELAPI VOID FASTCALL KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock,
                                                                   PKLOCK_QUEUE_HANDLE LockHandle);

/** Gives back what the AtDpcLevel acquire took.  IRQL >= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-kereleaseinstackqueuedspinlockfromdpclevel. */
NTKERNELAPI VOID FASTCALL KeReleaseInStackQueuedSpinLockFromDpcLevel(
    PKLOCK_QUEUE_HANDLE LockHandle);

/** Acquires in a DPC routine that may run as a threaded DPC: raises to DISPATCH_LEVEL if below.
 *  IRQL <= DISPATCH_LEVEL.  Page: wdm/nf-wdm-keacquireinstackqueuedspinlockfordpc. */
NTKERNELAPI VOID FASTCALL KeAcquireInStackQueuedSpinLockForDpc(PKSPIN_LOCK SpinLock,
                                                               PKLOCK_QUEUE_HANDLE LockHandle);

/** Gives back what the ForDpc acquire took.  IRQL = DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-kereleaseinstackqueuedspinlockfordpc. */
NTKERNELAPI VOID FASTCALL KeReleaseInStackQueuedSpinLockForDpc(PKLOCK_QUEUE_HANDLE LockHandle);

WDM_EMU_END

#endif
