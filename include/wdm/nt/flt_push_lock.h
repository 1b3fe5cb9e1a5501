/* The filter manager's push lock routines: they enter and leave the critical region themselves. */
#ifndef WDM_EMU_NT_FLT_PUSH_LOCK_H
#define WDM_EMU_NT_FLT_PUSH_LOCK_H

#include "push_lock.h"

WDM_EMU_BEGIN

/** Makes a free push lock.  IRQL <= APC_LEVEL.  Page:
 *  fltkernel/nf-fltkernel-fltinitializepushlock. */
FLTAPI_EXPORT VOID FLTAPI FltInitializePushLock(PEX_PUSH_LOCK PushLock);

/** Ends the use of a push lock, before its storage is freed.  IRQL <= APC_LEVEL.
 *  Page: fltkernel/nf-fltkernel-fltdeletepushlock. */
FLTAPI_EXPORT VOID FLTAPI FltDeletePushLock(PEX_PUSH_LOCK PushLock);

/** Disables normal kernel APCs and waits for the lock exclusively.  IRQL <= APC_LEVEL.
 *  Page: fltkernel/nf-fltkernel-fltacquirepushlockexclusiveex. */
FLTAPI_EXPORT VOID FLTAPI FltAcquirePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags);

/** Disables normal kernel APCs and waits for the lock shared.  IRQL <= APC_LEVEL.
 *  Page: fltkernel/nf-fltkernel-fltacquirepushlocksharedex. */
FLTAPI_EXPORT VOID FLTAPI FltAcquirePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags);

/** Gives a hold of either kind back and enables normal kernel APCs.  IRQL <= APC_LEVEL.
 *  Page: fltkernel/nf-fltkernel-fltreleasepushlockex. */
FLTAPI_EXPORT VOID FLTAPI FltReleasePushLockEx(PEX_PUSH_LOCK PushLock, ULONG Flags);

#define FltAcquirePushLockExclusive(PushLock) FltAcquirePushLockExclusiveEx(PushLock, 0)
#define FltAcquirePushLockShared(PushLock) FltAcquirePushLockSharedEx(PushLock, 0)
#define FltReleasePushLock(PushLock) FltReleasePushLockEx(PushLock, 0)

WDM_EMU_END

#endif
