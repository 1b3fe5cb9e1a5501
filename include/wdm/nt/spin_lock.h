/* Spin locks: the ordinary KSPIN_LOCK.
 *
 * One pointer-sized word in non-paged memory, 0 is free and 1 is held; made by
 * KeInitializeSpinLock, not recursive, released by the thread that acquired it.  The holder runs
 * at DISPATCH_LEVEL or above.  A lock is used through these routines or through those of
 * queued_spin_lock.h, never both. */
#ifndef WDM_EMU_NT_SPIN_LOCK_H
#define WDM_EMU_NT_SPIN_LOCK_H

#include "irql.h"

WDM_EMU_BEGIN

typedef ULONG_PTR KSPIN_LOCK, *PKSPIN_LOCK;

/** Makes a free spin lock.  Any IRQL.  Page: wdm/nf-wdm-keinitializespinlock. */
NTKERNELAPI VOID NTAPI KeInitializeSpinLock(PKSPIN_LOCK SpinLock);

/** TRUE if nobody holds the lock at this moment.  Any IRQL.  Page: wdm/nf-wdm-ketestspinlock. */
NTKERNELAPI BOOLEAN FASTCALL KeTestSpinLock(PKSPIN_LOCK SpinLock);

/** Raises to DISPATCH_LEVEL, spins until the lock is this thread's, and returns the level before;
 *  the routine under KeAcquireSpinLock.  IRQL <= DISPATCH_LEVEL (else bug check 0xC4/0x42).  A
 *  second acquire by the holder is bug check 0xF (verifier) or hangs (free).
 *  Page: wdm/nf-wdm-keacquirespinlockraisetodpc. */
NTKERNELAPI KIRQL NTAPI KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock);

/** As KeAcquireSpinLockRaiseToDpc, storing the level before.
 *  Page: wdm/nf-wdm-keacquirespinlock. */
#define KeAcquireSpinLock(SpinLock, OldIrql) (*(OldIrql) = KeAcquireSpinLockRaiseToDpc(SpinLock))

/** Gives the lock back and lowers to the level that the acquire found.  IRQL = DISPATCH_LEVEL
 *  (else bug check 0xC4/0x32).  Page: wdm/nf-wdm-kereleasespinlock. */
NTKERNELAPI VOID NTAPI KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql);

/** Acquires without touching the level.  IRQL >= DISPATCH_LEVEL (else bug check 0xC4/0x40).
 *  Page: wdm/nf-wdm-keacquirespinlockatdpclevel. */
NTKERNELAPI VOID NTAPI KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock);

/** Takes the lock if it is free; FALSE if not.  IRQL = DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-ketrytoacquirespinlockatdpclevel. */
NTKERNELAPI BOOLEAN FASTCALL KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock);

/** Gives back what KeAcquireSpinLockAtDpcLevel took, and leaves the level.  IRQL >= DISPATCH_LEVEL
 *  (else bug check 0xC4/0x41).  Page: wdm/nf-wdm-kereleasespinlockfromdpclevel. */
NTKERNELAPI VOID NTAPI KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock);

/** Same as KeReleaseSpinLockFromDpcLevel.  Page: wdm/nf-wdm-kefreleasespinlockfromdpclevel. */
NTKERNELAPI VOID FASTCALL KefReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock);

/** Acquires in a DPC routine that may run as a threaded DPC: raises to DISPATCH_LEVEL if below.
 *  IRQL <= DISPATCH_LEVEL.  Page: wdm/nf-wdm-keacquirespinlockfordpc. */
NTKERNELAPI KIRQL FASTCALL KeAcquireSpinLockForDpc(PKSPIN_LOCK SpinLock);

/** Gives back what KeAcquireSpinLockForDpc took, with the level that it returned.
 *  IRQL = DISPATCH_LEVEL.  Page: wdm/nf-wdm-kereleasespinlockfordpc. */
NTKERNELAPI VOID FASTCALL KeReleaseSpinLockForDpc(PKSPIN_LOCK SpinLock, KIRQL OldIrql);

WDM_EMU_END

#endif
