// Memory faults in emulated threads become findings.
#pragma once

namespace emu::nt {

/// Called at each native boot, and before a run of simulations.
void watch_faults();

}  // namespace emu::nt
