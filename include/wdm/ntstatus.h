/* The status codes alone. */
#ifndef WDM_EMU_NTSTATUS_H
#define WDM_EMU_NTSTATUS_H

#include "nt/status.h"

#endif
