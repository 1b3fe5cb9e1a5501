/* The filter manager's resource routines: they enter and leave the critical region themselves. */
#ifndef WDM_EMU_NT_FLT_RESOURCE_H
#define WDM_EMU_NT_FLT_RESOURCE_H

#include "resource.h"

WDM_EMU_BEGIN

/** Disables normal kernel APCs and waits for the resource exclusively.  IRQL <= APC_LEVEL.
 *  Page: fltkernel/nf-fltkernel-fltacquireresourceexclusive. */
FLTAPI_EXPORT VOID FLTAPI FltAcquireResourceExclusive(PERESOURCE Resource);

/** Disables normal kernel APCs and waits for the resource shared.  IRQL <= APC_LEVEL.
 *  Page: fltkernel/nf-fltkernel-fltacquireresourceshared. */
FLTAPI_EXPORT VOID FLTAPI FltAcquireResourceShared(PERESOURCE Resource);

/** Gives one hold back and enables normal kernel APCs.  IRQL <= DISPATCH_LEVEL.
 *  Page: fltkernel/nf-fltkernel-fltreleaseresource. */
FLTAPI_EXPORT VOID FLTAPI FltReleaseResource(PERESOURCE Resource);

WDM_EMU_END

#endif
