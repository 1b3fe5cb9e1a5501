/* What <ntifs.h> adds to executive resources, and the fast resources that no page describes.
 *
 * The parameters of the fast resource routines are published nowhere, so they take a pointer and
 * anything; calling one stops the test with a sentence that names it. */
#ifndef WDM_EMU_NT_RESOURCE_IFS_H
#define WDM_EMU_NT_RESOURCE_IFS_H

#include "io.h"
#include "resource.h"

WDM_EMU_BEGIN

/** Owners of this resource get no priority boost; the emulated scheduler has none to give.
 *  Page: ntifs/nf-ntifs-exdisableresourceboostlite. */
NTKERNELAPI VOID NTAPI ExDisableResourceBoostLite(PERESOURCE Resource);

/** One of a few resources that belong to the system and are shared by whoever asks; never to be
 *  deleted.  Obsolete.  Page: ntifs/nf-ntifs-_fsrtl_advanced_fcb_header-fsrtlallocateresource. */
NTKERNELAPI PERESOURCE NTAPI FsRtlAllocateResource(VOID);

/* Not emulated from here on: each stops loudly. */
NTKERNELAPI VOID NTAPI ExInitializeFastResource(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExReinitializeFastResource(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExDeleteFastResource(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExInitializeFastOwnerEntry(PVOID Object, ...);
NTKERNELAPI BOOLEAN NTAPI ExAcquireFastResourceExclusive(PVOID Object, ...);
NTKERNELAPI BOOLEAN NTAPI ExAcquireFastResourceShared(PVOID Object, ...);
NTKERNELAPI BOOLEAN NTAPI ExAcquireFastResourceSharedStarveExclusive(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExReleaseFastResource(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExReleaseFastResourceExclusive(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExReleaseFastResourceShared(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExDisownFastResource(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExReleaseDisownedFastResource(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExReleaseDisownedFastResourceExclusive(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExReleaseDisownedFastResourceShared(PVOID Object, ...);
NTKERNELAPI VOID NTAPI ExConvertFastResourceExclusiveToShared(PVOID Object, ...);
NTKERNELAPI BOOLEAN NTAPI ExTryToConvertFastResourceSharedToExclusive(PVOID Object, ...);
NTKERNELAPI BOOLEAN NTAPI ExIsFastResourceContended(PVOID Object, ...);
NTKERNELAPI BOOLEAN NTAPI ExIsFastResourceHeld(PVOID Object, ...);
NTKERNELAPI BOOLEAN NTAPI ExIsFastResourceHeldExclusive(PVOID Object, ...);

WDM_EMU_END

#endif
