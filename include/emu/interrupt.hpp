// Interrupts for drivers under test: there is no device, so the test raises them.
//
//     emu::raise_interrupt(extension->InterruptObject);      // arrives when the schedule says
//     emu::interrupt_now(extension->InterruptObject);        // has been served when it returns
#pragma once
#include "emu/options.hpp"

struct _KINTERRUPT;

namespace emu {

/// Raises the interrupt on a processor, or on one of its own in turn if that is negative.  It
/// arrives when that processor's level is below its DIRQL: in an exploration at any point from now
/// on, natively soon.  False if it is pending there already: as with a device's line, the two are
/// one.
EMU_API bool raise_interrupt(_KINTERRUPT *interrupt, int processor = -1);

/// Serves the interrupt at once, on the caller's processor and on top of the caller, whose level
/// must be below its DIRQL.
EMU_API void interrupt_now(_KINTERRUPT *interrupt);

}  // namespace emu
