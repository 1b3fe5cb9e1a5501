/* <ntddk.h>: <wdm.h> and what only non-WDM drivers use; the families here do not differ. */
#ifndef WDM_EMU_NTDDK_H
#define WDM_EMU_NTDDK_H

#include "wdm.h"

#endif
