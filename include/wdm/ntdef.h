/* The base types, annotations and lists without any routine of the kernel. */
#ifndef WDM_EMU_NTDEF_H
#define WDM_EMU_NTDEF_H

#include "nt/compiler.h"
#include "nt/sal.h"
#include "nt/types.h"
#include "nt/guid.h"
#include "nt/list.h"

#endif
