/* Push lock routines that kernels export and no page describes.
 *
 * The Exf routines are observed to equal their Ex analogues and are emulated.  The others are
 * declared so that a driver that names them compiles; calling one stops the test with a sentence
 * that names it.  The parameters of all but one are published nowhere, so those take a pointer
 * and anything. */
#ifndef WDM_EMU_NT_PUSH_LOCK_UNDOCUMENTED_H
#define WDM_EMU_NT_PUSH_LOCK_UNDOCUMENTED_H

#include "push_lock.h"

WDM_EMU_BEGIN

/** As ExAcquirePushLockExclusive: IRQL <= APC_LEVEL, normal kernel APCs disabled. */
NTKERNELAPI VOID FASTCALL ExfAcquirePushLockExclusive(PEX_PUSH_LOCK PushLock);

/** As ExAcquirePushLockShared. */
NTKERNELAPI VOID FASTCALL ExfAcquirePushLockShared(PEX_PUSH_LOCK PushLock);

/** As ExTryAcquirePushLockShared. */
NTKERNELAPI BOOLEAN FASTCALL ExfTryAcquirePushLockShared(PEX_PUSH_LOCK PushLock);

/** Gives a hold of either kind back. */
NTKERNELAPI VOID FASTCALL ExfReleasePushLock(PEX_PUSH_LOCK PushLock);

/** As ExReleasePushLockExclusive. */
NTKERNELAPI VOID FASTCALL ExfReleasePushLockExclusive(PEX_PUSH_LOCK PushLock);

/** As ExReleasePushLockShared. */
NTKERNELAPI VOID FASTCALL ExfReleasePushLockShared(PEX_PUSH_LOCK PushLock);

typedef struct _EX_PUSH_LOCK_WAIT_BLOCK *PEX_PUSH_LOCK_WAIT_BLOCK;

/** Wakes those that are blocked on the push lock.  The routines that block are not emulated, so for
 *  a push lock of 0 and no block nobody is: it does nothing.  Everything else stops loudly. */
NTKERNELAPI VOID FASTCALL ExfUnblockPushLock(PEX_PUSH_LOCK PushLock,
                                             PEX_PUSH_LOCK_WAIT_BLOCK WaitBlock);

/* Not emulated from here on: each stops loudly. */

/* auto-expand */
NTKERNELAPI VOID NTAPI ExAcquireAutoExpandPushLockExclusive(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExAcquireAutoExpandPushLockShared(PVOID Object, ...);
NTKERNELAPI PVOID NTAPI ExAllocateAutoExpandPushLock(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExCleanupAutoExpandPushLock(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExFreeAutoExpandPushLock(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExInitializeAutoExpandPushLock(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExReleaseAutoExpandPushLockExclusive(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExReleaseAutoExpandPushLockShared(PVOID Object, ...);
NTKERNELAPI BOOLEAN NTAPI ExTryAcquireAutoExpandPushLockExclusive(PVOID Object, ...);
NTKERNELAPI BOOLEAN NTAPI ExTryAcquireAutoExpandPushLockShared(PVOID Object, ...);

/* cache-aware */
NTKERNELAPI VOID NTAPI ExAcquireCacheAwarePushLockExclusive(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExAcquireCacheAwarePushLockExclusiveEx(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExAcquireCacheAwarePushLockShared(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExAcquireCacheAwarePushLockSharedEx(PVOID Object, ...);
NTKERNELAPI PVOID NTAPI ExAllocateCacheAwarePushLock(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExFreeCacheAwarePushLock(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExReleaseCacheAwarePushLockExclusive(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExReleaseCacheAwarePushLockExclusiveEx(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExReleaseCacheAwarePushLockShared(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExReleaseCacheAwarePushLockSharedEx(PVOID Object, ...);
NTKERNELAPI BOOLEAN NTAPI ExTryAcquireCacheAwarePushLockExclusiveEx(PVOID Object, ...);
NTKERNELAPI BOOLEAN NTAPI ExTryAcquireCacheAwarePushLockSharedEx(PVOID Object, ...);

/* conversion */
NTKERNELAPI VOID NTAPI ExConvertPushLockExclusiveToShared(PVOID Object, ...);
NTKERNELAPI BOOLEAN NTAPI ExTryConvertPushLockSharedToExclusiveEx(PVOID Object, ...);

/* block and unblock */
NTKERNELAPI VOID NTAPI ExBlockOnAddressPushLock(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExBlockPushLock(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExfTryToWakePushLock(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExTimedWaitForUnblockPushLock(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExUnblockOnAddressPushLockEx(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExUnblockPushLockEx(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExWaitForUnblockPushLock(PVOID Object, ...);

WDM_EMU_END

#endif
