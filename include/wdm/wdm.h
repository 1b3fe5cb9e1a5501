/* <wdm.h>: what every driver may use.  An umbrella: one header per family stands in nt/. */
#ifndef WDM_EMU_WDM_H
#define WDM_EMU_WDM_H

#include "ntdef.h"
#include "ntstatus.h"
#include "nt/bugcheck.h"
#include "nt/debug.h"
#include "nt/dispatcher.h"
#include "nt/dpc.h"
#include "nt/file_flags.h"
#include "nt/file_information.h"
#include "nt/interlocked.h"
#include "nt/interrupt.h"
#include "nt/io.h"
#include "nt/irql.h"
#include "nt/memory.h"
#include "nt/object.h"
#include "nt/pool.h"
#include "nt/processor.h"
#include "nt/push_lock.h"
#include "nt/region.h"
#include "nt/rtl_string.h"
#include "nt/thread.h"
#include "nt/time.h"
#include "nt/timer.h"

#endif

/* Outside the guard, for DEFINE_GUID depends on INITGUID at each inclusion. */
#include "nt/guid.h"
