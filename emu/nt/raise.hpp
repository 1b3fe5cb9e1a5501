// Raising a status from within the library: what mutexes and semaphores do when misused.
#pragma once
#include "emu/base/nt.hpp"
#include "emu/base/routine.hpp"
#include "emu/machine/exceptions.hpp"

namespace emu::nt {

/// Raises an exception that cannot be continued from, as ExRaiseStatus does, on behalf of the
/// driver's call at `caller`.  If no __except block of the running context accepts it, it is the
/// finding uncaught_exception.  Library frames in between are left without running destructors:
/// hold nothing when you call it.
[[noreturn]] void raise_status(NTSTATUS status, const void *caller);

/// As above; the report names the routine.
[[noreturn]] void raise_status(NTSTATUS status, const void *caller, routine by);

/// The processor's exceptions enter here: returns if no filter accepts.
void offer_to_handlers(EXCEPTION_RECORD &record, CONTEXT &at);

}  // namespace emu::nt
