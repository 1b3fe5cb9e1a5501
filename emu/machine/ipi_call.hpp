// One routine at IPI_LEVEL on every processor at once: KeIpiGenericCall.
//
// Each processor gets an interrupt of the machine's own, whose routine waits at a barrier until
// all are there and then calls the driver's.  Two such calls at once would wait at each other's
// barriers, so a second caller waits first, on its processor, where it is interrupted meanwhile.
#pragma once
#include "emu/base/context.hpp"
#include "emu/base/nt.hpp"

namespace emu::machine {

/// Runs it and returns, when all are done, what it returned on the caller's processor.  Below
/// IPI_LEVEL.
ULONG_PTR interrupt_all_processors(context &self, PKIPI_BROADCAST_WORKER routine,
                                   ULONG_PTR argument);

/// Boot: a call that the last machine did not end is forgotten.
void reset_ipi_calls() noexcept;

}  // namespace emu::machine
