/* <ntddk.h>: <wdm.h> and what only non-WDM drivers use. */
#ifndef WDM_EMU_NTDDK_H
#define WDM_EMU_NTDDK_H

#include "wdm.h"
#include "nt/generic_table.h"
#include "nt/process_notify.h"
#include "nt/run_once.h"

#endif
