/* <fltKernel.h>, also spelled <fltkernel.h>: <ntifs.h> and what minifilters use.  The two files
 * hold the same text, so that a file system that ignores case may keep either. */
#ifndef WDM_EMU_FLTKERNEL_H
#define WDM_EMU_FLTKERNEL_H

#include "ntifs.h"
#include "nt/flt_cancellable_wait.h"
#include "nt/flt_push_lock.h"
#include "nt/flt_resource.h"
#include "nt/flt_types.h"
#include "nt/flt_work_item.h"

#endif
