/* Fast mutex routines that kernels export and no page describes.  The first two are emulated as
 * the two documented routines that their names join; calling another stops the test. */
#ifndef WDM_EMU_NT_FAST_MUTEX_UNDOCUMENTED_H
#define WDM_EMU_NT_FAST_MUTEX_UNDOCUMENTED_H

#include "fast_mutex.h"

WDM_EMU_BEGIN

/** KeEnterCriticalRegion, then ExAcquireFastMutexUnsafe. */
NTKERNELAPI VOID FASTCALL ExEnterCriticalRegionAndAcquireFastMutexUnsafe(PFAST_MUTEX FastMutex);

/** ExReleaseFastMutexUnsafe, then KeLeaveCriticalRegion. */
NTKERNELAPI VOID FASTCALL ExReleaseFastMutexUnsafeAndLeaveCriticalRegion(PFAST_MUTEX FastMutex);

/* Not emulated: names under the macros of x86. */
NTKERNELAPI VOID FASTCALL ExiAcquireFastMutex(PFAST_MUTEX FastMutex);
NTKERNELAPI VOID FASTCALL ExiReleaseFastMutex(PFAST_MUTEX FastMutex);
NTKERNELAPI BOOLEAN FASTCALL ExiTryToAcquireFastMutex(PFAST_MUTEX FastMutex);

WDM_EMU_END

#endif
