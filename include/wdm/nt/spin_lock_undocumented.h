/* Spin lock routines that kernels export and no page describes.  Those that a documented analogue
 * explains are emulated; calling another stops the test with a sentence that names it. */
#ifndef WDM_EMU_NT_SPIN_LOCK_UNDOCUMENTED_H
#define WDM_EMU_NT_SPIN_LOCK_UNDOCUMENTED_H

#include "queued_spin_lock.h"
#include "rw_spin_lock.h"
#include "system_spin_lock.h"

WDM_EMU_BEGIN

/** As KeAcquireSpinLockAtDpcLevel. */
NTKERNELAPI VOID FASTCALL KefAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock);

/** As KeAcquireSpinLockRaiseToDpc. */
NTKERNELAPI KIRQL FASTCALL KfAcquireSpinLock(PKSPIN_LOCK SpinLock);

/** As KeReleaseSpinLock. */
NTKERNELAPI VOID FASTCALL KfReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql);

/** As ExAcquireSpinLockExclusiveAtDpcLevel, without spinning: FALSE if it would have to. */
NTKERNELAPI LOGICAL NTAPI ExTryAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock);

/** As ExAcquireSpinLockSharedAtDpcLevel, without spinning: FALSE if it would have to. */
NTKERNELAPI LOGICAL NTAPI ExTryAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock);

/* Not emulated from here on: each stops loudly. */
NTKERNELAPI KIRQL NTAPI KeAcquireSpinLockRaiseToSynch(PKSPIN_LOCK SpinLock);
NTKERNELAPI VOID FASTCALL KiAcquireSpinLock(PKSPIN_LOCK SpinLock);
NTKERNELAPI VOID FASTCALL KiReleaseSpinLock(PKSPIN_LOCK SpinLock);
NTKERNELAPI VOID FASTCALL KeAcquireInStackQueuedSpinLockRaiseToSynch(PVOID SpinLock, ...);
NTKERNELAPI VOID FASTCALL KeAcquireQueuedSpinLockAtDpcLevel(PVOID LockQueue, ...);
NTKERNELAPI KIRQL FASTCALL KeAcquireQueuedSpinLockRaiseToSynch(KSPIN_LOCK_QUEUE_NUMBER Number,
                                                               ...);
NTKERNELAPI VOID FASTCALL KeReleaseQueuedSpinLockFromDpcLevel(PVOID LockQueue, ...);
NTKERNELAPI LOGICAL FASTCALL KeTryToAcquireQueuedSpinLockAtRaisedIrql(PVOID LockQueue, ...);
NTKERNELAPI LOGICAL FASTCALL
KeTryToAcquireQueuedSpinLockRaiseToSynch(KSPIN_LOCK_QUEUE_NUMBER Number, ...);

WDM_EMU_END

#endif
