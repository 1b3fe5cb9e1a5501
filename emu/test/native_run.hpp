// emu::run on real threads.
#pragma once
#include "emu/test/execution.hpp"

namespace emu::test {

/// Boots a native machine, runs body in the calling thread, waits for the machine's threads to
/// end.
void run_natively(const body &given, const machine_options &with);

}  // namespace emu::test
