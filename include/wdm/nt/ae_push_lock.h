/* Auto-expand push locks as <ntifs.h> declares them: allocation only.  The routines that acquire
 * them have no page; see push_lock_undocumented.h. */
#ifndef WDM_EMU_NT_AE_PUSH_LOCK_H
#define WDM_EMU_NT_AE_PUSH_LOCK_H

#include "pool.h"

WDM_EMU_BEGIN

/** Allocates and initialises an auto-expand push lock; NULL without memory, unless PoolType has
 *  POOL_RAISE_IF_ALLOCATION_FAILURE.  IRQL <= APC_LEVEL.
 *  Page: ntifs/nf-ntifs-fsrtlallocateaepushlock. */
NTKERNELAPI PVOID NTAPI FsRtlAllocateAePushLock(POOL_TYPE PoolType, ULONG Tag);

/** Frees what FsRtlAllocateAePushLock returned.  IRQL <= APC_LEVEL.
 *  Page: ntifs/nf-ntifs-fsrtlfreeaepushlock. */
NTKERNELAPI VOID NTAPI FsRtlFreeAePushLock(PVOID AePushLock);

WDM_EMU_END

#endif
