/* Reader/writer spin locks: EX_SPIN_LOCK.
 *
 * A 32-bit value in non-paged memory that starts as zero; there is no initialising routine.
 * Exclusive or shared, neither is recursive; a waiting writer keeps new readers out. */
#ifndef WDM_EMU_NT_RW_SPIN_LOCK_H
#define WDM_EMU_NT_RW_SPIN_LOCK_H

#include "irql.h"

WDM_EMU_BEGIN

typedef volatile LONG EX_SPIN_LOCK, *PEX_SPIN_LOCK;

/** Raises to DISPATCH_LEVEL, spins until the lock is exclusively this thread's, returns the level
 *  before.  IRQL <= DISPATCH_LEVEL.  Hangs if the thread already holds the lock.
 *  Page: wdm/nf-wdm-exacquirespinlockexclusive. */
NTKERNELAPI KIRQL NTAPI ExAcquireSpinLockExclusive(PEX_SPIN_LOCK SpinLock);

/** As ExAcquireSpinLockExclusive, leaving the level.  IRQL >= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-exacquirespinlockexclusiveatdpclevel. */
NTKERNELAPI VOID NTAPI ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock);

/** Raises to DISPATCH_LEVEL, spins until the lock is held shared, returns the level before.
 *  IRQL <= DISPATCH_LEVEL.  Not recursive; while a writer waits no new reader gets in.
 *  Page: wdm/nf-wdm-exacquirespinlockshared. */
NTKERNELAPI KIRQL NTAPI ExAcquireSpinLockShared(PEX_SPIN_LOCK SpinLock);

/** As ExAcquireSpinLockShared, leaving the level.  IRQL >= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-exacquirespinlocksharedatdpclevel. */
NTKERNELAPI VOID NTAPI ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock);

/** Gives an exclusive hold back and lowers to what its acquire returned.  IRQL = DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-exreleasespinlockexclusive. */
NTKERNELAPI VOID NTAPI ExReleaseSpinLockExclusive(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql);

/** As ExReleaseSpinLockExclusive, leaving the level.  IRQL >= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-exreleasespinlockexclusivefromdpclevel. */
NTKERNELAPI VOID NTAPI ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK SpinLock);

/** Gives a shared hold back and lowers to what its acquire returned.  IRQL = DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-exreleasespinlockshared. */
NTKERNELAPI VOID NTAPI ExReleaseSpinLockShared(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql);

/** As ExReleaseSpinLockShared, leaving the level.  IRQL >= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-exreleasespinlocksharedfromdpclevel. */
NTKERNELAPI VOID NTAPI ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK SpinLock);

/** Makes this thread's shared hold exclusive if it is the only one and no writer waits; never
 *  spins.  FALSE: the shared hold remains.  IRQL >= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-extryconvertsharedspinlockexclusive. */
NTKERNELAPI LOGICAL NTAPI ExTryConvertSharedSpinLockExclusive(PEX_SPIN_LOCK SpinLock);

WDM_EMU_END

#endif
