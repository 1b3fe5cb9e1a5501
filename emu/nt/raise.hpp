// Raising an exception from an NT routine.
#pragma once
#include "emu/base/nt.hpp"

namespace emu::nt {

/// Raises a status as an exception of the driver's call at `caller`; does not return there.
[[noreturn]] void raise_status(NTSTATUS status, const void *caller);

}  // namespace emu::nt
