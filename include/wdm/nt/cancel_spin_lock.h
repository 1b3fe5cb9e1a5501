/* The system-wide cancel spin lock, and the routine that is called with it held. */
#ifndef WDM_EMU_NT_CANCEL_SPIN_LOCK_H
#define WDM_EMU_NT_CANCEL_SPIN_LOCK_H

#include "io.h"
#include "irql.h"

WDM_EMU_BEGIN

/** A driver's Cancel routine: called at DISPATCH_LEVEL with the cancel spin lock held, which it
 *  releases with Irp->CancelIrql.  Page: wdm/nc-wdm-driver_cancel. */
typedef VOID NTAPI DRIVER_CANCEL(struct _DEVICE_OBJECT *DeviceObject, struct _IRP *Irp);
typedef DRIVER_CANCEL *PDRIVER_CANCEL;

/** Acquires the cancel spin lock; the level before goes to *Irql.  IRQL <= DISPATCH_LEVEL.  Not
 *  recursive: already held when a Cancel routine starts.
 *  Page: wdm/nf-wdm-ioacquirecancelspinlock. */
NTKERNELAPI VOID NTAPI IoAcquireCancelSpinLock(PKIRQL Irql);

/** Gives the cancel spin lock back and lowers to Irql.  IRQL = DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-ioreleasecancelspinlock. */
NTKERNELAPI VOID NTAPI IoReleaseCancelSpinLock(KIRQL Irql);

WDM_EMU_END

#endif
