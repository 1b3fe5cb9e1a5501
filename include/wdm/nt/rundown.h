/* Rundown protection: a count of those who use an object, and a way to wait until it is zero and
 * to keep it there.
 *
 * Zero is initialised.  An acquire never waits; it fails once the rundown has begun. */
#ifndef WDM_EMU_NT_RUNDOWN_H
#define WDM_EMU_NT_RUNDOWN_H

#include "pool.h"

WDM_EMU_BEGIN

#define EX_RUNDOWN_ACTIVE 0x1
#define EX_RUNDOWN_COUNT_SHIFT 0x1
#define EX_RUNDOWN_COUNT_INC (1 << EX_RUNDOWN_COUNT_SHIFT)

typedef struct _EX_RUNDOWN_REF {
    __extension__ union {
        volatile ULONG_PTR Count;
        PVOID volatile Ptr;
    };
} EX_RUNDOWN_REF, *PEX_RUNDOWN_REF;

typedef struct _EX_RUNDOWN_REF_CACHE_AWARE *PEX_RUNDOWN_REF_CACHE_AWARE;

/** Makes protection that nobody uses.  IRQL <= APC_LEVEL.
 *  Page: wdm/nf-wdm-exinitializerundownprotection. */
NTKERNELAPI VOID FASTCALL ExInitializeRundownProtection(PEX_RUNDOWN_REF RunRef);

/** Makes protection usable again after its rundown.  IRQL <= APC_LEVEL.
 *  Page: wdm/nf-wdm-exreinitializerundownprotection. */
NTKERNELAPI VOID FASTCALL ExReInitializeRundownProtection(PEX_RUNDOWN_REF RunRef);

/** One more user; FALSE once the rundown has begun.  IRQL <= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-exacquirerundownprotection. */
NTKERNELAPI BOOLEAN FASTCALL ExAcquireRundownProtection(PEX_RUNDOWN_REF RunRef);

/** Count more users, all or none.  IRQL <= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-exacquirerundownprotectionex. */
NTKERNELAPI BOOLEAN FASTCALL ExAcquireRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count);

/** One user less, from any thread.  IRQL <= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-exreleaserundownprotection. */
NTKERNELAPI VOID FASTCALL ExReleaseRundownProtection(PEX_RUNDOWN_REF RunRef);

/** Count users less.  IRQL <= DISPATCH_LEVEL.  Page: wdm/nf-wdm-exreleaserundownprotectionex. */
NTKERNELAPI VOID FASTCALL ExReleaseRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count);

/** Lets no new user in and waits until all have gone; at once if that has been done.  IRQL <=
 *  APC_LEVEL.  Page: wdm/nf-wdm-exwaitforrundownprotectionrelease. */
NTKERNELAPI VOID FASTCALL ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF RunRef);

/** Says that the rundown is complete, after the wait.  IRQL <= APC_LEVEL.
 *  Page: wdm/nf-wdm-exrundowncompleted. */
NTKERNELAPI VOID FASTCALL ExRundownCompleted(PEX_RUNDOWN_REF RunRef);

/* The cache-aware variants: as their namesakes above, for storage of a size of its own.  Pages:
 * wdm/nf-wdm-exallocatecacheawarerundownprotection and siblings. */

/** Allocates and initialises; NULL without memory.  IRQL <= APC_LEVEL. */
NTKERNELAPI PEX_RUNDOWN_REF_CACHE_AWARE NTAPI
ExAllocateCacheAwareRundownProtection(POOL_TYPE PoolType, ULONG PoolTag);

/** Frees what ExAllocateCacheAwareRundownProtection returned.  IRQL <= APC_LEVEL. */
NTKERNELAPI VOID NTAPI
ExFreeCacheAwareRundownProtection(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware);

/** Bytes that ExInitializeRundownProtectionCacheAware needs.  IRQL <= APC_LEVEL. */
NTKERNELAPI SIZE_T NTAPI ExSizeOfRundownProtectionCacheAware(VOID);

NTKERNELAPI VOID NTAPI ExInitializeRundownProtectionCacheAware(
    PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware, SIZE_T RunRefSize);

/** Reserved; flags other than 0 are bug check 0x16C. */
NTKERNELAPI VOID NTAPI ExInitializeRundownProtectionCacheAwareEx(
    PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware, ULONG Flags);

/** The end of what ExInitializeRundownProtectionCacheAwareEx began; has no page. */
NTKERNELAPI VOID NTAPI
ExCleanupRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware);

NTKERNELAPI VOID NTAPI
ExReInitializeRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware);
NTKERNELAPI BOOLEAN FASTCALL
ExAcquireRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware);
NTKERNELAPI BOOLEAN FASTCALL ExAcquireRundownProtectionCacheAwareEx(
    PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware, ULONG Count);
NTKERNELAPI VOID FASTCALL
ExReleaseRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware);
NTKERNELAPI VOID FASTCALL
ExReleaseRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE RunRef, ULONG Count);
NTKERNELAPI VOID FASTCALL
ExWaitForRundownProtectionReleaseCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRef);
NTKERNELAPI VOID FASTCALL
ExRundownCompletedCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware);

WDM_EMU_END

#endif
