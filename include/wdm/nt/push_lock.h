/* Push locks as <wdm.h> and <fltKernel.h> declare them.
 *
 * One pointer-sized word in any storage, zero is free; exclusive or shared, unfair, not
 * recursive.  The Ex routines need normal kernel APCs disabled (critical or guarded region, or
 * APC_LEVEL); the Flt routines disable and enable them themselves. */
#ifndef WDM_EMU_NT_PUSH_LOCK_H
#define WDM_EMU_NT_PUSH_LOCK_H

#include "types.h"

WDM_EMU_BEGIN

typedef ULONG_PTR EX_PUSH_LOCK, *PEX_PUSH_LOCK;

/* Any flag bit but the two below is bug check INVALID_PUSH_LOCK_FLAGS (0x152). */
#define EX_DEFAULT_PUSH_LOCK_FLAGS 0
#define FLT_PUSH_LOCK_ENABLE_AUTO_BOOST 0x1
#define FLT_PUSH_LOCK_DISABLE_AUTO_BOOST 0x2
#define FLT_PUSH_LOCK_VALID_FLAGS \
    (FLT_PUSH_LOCK_ENABLE_AUTO_BOOST | FLT_PUSH_LOCK_DISABLE_AUTO_BOOST)

/** Makes a free push lock.  Any IRQL.  Page: wdm/nf-wdm-exinitializepushlock. */
NTKERNELAPI VOID NTAPI ExInitializePushLock(PEX_PUSH_LOCK PushLock);

/** Waits until the lock is exclusively this thread's.  IRQL <= APC_LEVEL, normal kernel APCs
 *  disabled (else bug check 0xC4/0xEA).  A second acquire by the holder hangs. Page:
 *  wdm/nf-wdm-exacquirepushlockexclusive. */
NTKERNELAPI VOID FASTCALL ExAcquirePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags);

/** Waits until the lock is held shared.  Preconditions as the exclusive acquire; a sharer may
 *  take it again unless a writer waits, then both hang.  Page:
 *  wdm/nf-wdm-exacquirepushlockshared. */
NTKERNELAPI VOID FASTCALL ExAcquirePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags);

/** Takes the lock exclusively if that needs no wait; FALSE if not.  Preconditions as the acquire.
 *  Page: wdm/nf-wdm-extryacquirepushlockexclusiveex. */
NTKERNELAPI BOOLEAN FASTCALL ExTryAcquirePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags);

/** Takes the lock shared if that needs no wait; FALSE if not.  Preconditions as the acquire.
 *  Page: wdm/nf-wdm-extryacquirepushlocksharedex. */
NTKERNELAPI BOOLEAN FASTCALL ExTryAcquirePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags);

/** Gives an exclusively held lock back.  IRQL <= APC_LEVEL, normal kernel APCs still disabled
 *  (else bug check 0xC4/0xEB).  Page: wdm/nf-wdm-exreleasepushlockexclusive. */
NTKERNELAPI VOID FASTCALL ExReleasePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags);

/** Gives one shared hold back.  Preconditions as the exclusive release.
 *  Page: wdm/nf-wdm-exreleasepushlockshared. */
NTKERNELAPI VOID FASTCALL ExReleasePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags);

/** Gives a hold of either kind back; has no page, observed to equal the typed releases. */
NTKERNELAPI VOID FASTCALL ExReleasePushLockEx(PEX_PUSH_LOCK PushLock, ULONG Flags);

#define ExAcquirePushLockExclusive(PushLock) \
    ExAcquirePushLockExclusiveEx(PushLock, EX_DEFAULT_PUSH_LOCK_FLAGS)
#define ExAcquirePushLockShared(PushLock) \
    ExAcquirePushLockSharedEx(PushLock, EX_DEFAULT_PUSH_LOCK_FLAGS)
#define ExTryAcquirePushLockExclusive(PushLock) \
    ExTryAcquirePushLockExclusiveEx(PushLock, EX_DEFAULT_PUSH_LOCK_FLAGS)
#define ExTryAcquirePushLockShared(PushLock) \
    ExTryAcquirePushLockSharedEx(PushLock, EX_DEFAULT_PUSH_LOCK_FLAGS)
#define ExReleasePushLockExclusive(PushLock) \
    ExReleasePushLockExclusiveEx(PushLock, EX_DEFAULT_PUSH_LOCK_FLAGS)
#define ExReleasePushLockShared(PushLock) \
    ExReleasePushLockSharedEx(PushLock, EX_DEFAULT_PUSH_LOCK_FLAGS)
#define ExReleasePushLock(PushLock) ExReleasePushLockEx(PushLock, EX_DEFAULT_PUSH_LOCK_FLAGS)

WDM_EMU_END

#endif
