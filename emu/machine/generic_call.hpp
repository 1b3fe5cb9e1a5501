// One routine as a DPC on every processor at once, with a barrier between them: KeGenericCallDpc.
//
// The caller queues a DPC of high importance to each processor and waits for all to be done.  Two
// such calls at once would wait for each other's barriers, so a second caller waits first.
#pragma once
#include "emu/base/nt.hpp"
#include "emu/base/context.hpp"

namespace emu::machine {

/// Runs it and returns when all are done.  Below DISPATCH_LEVEL.
void call_on_all_processors(context &self, PKDEFERRED_ROUTINE routine, void *argument);

/// SystemArgument1 of the routine: this processor's is done.
void generic_call_done(void *system_argument_1);

/// SystemArgument2 of the routine: waits for the others; true on the last to come.
bool generic_call_synchronize(context &self, void *system_argument_2);

/// Boot: a call that the last machine did not end is forgotten.
void reset_generic_calls() noexcept;

}  // namespace emu::machine
