/* The flag macros of file systems. */
#ifndef WDM_EMU_NT_FLAGS_H
#define WDM_EMU_NT_FLAGS_H

#include "types.h"

#define FlagOn(flags, single) ((flags) & (single))
#define BooleanFlagOn(flags, single) ((BOOLEAN)(((flags) & (single)) != 0))
#define SetFlag(flags, single) ((flags) |= (single))
#define ClearFlag(flags, single) ((flags) &= ~(single))

#endif
