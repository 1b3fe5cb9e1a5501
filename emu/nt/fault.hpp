// Memory faults in emulated threads become findings.
#pragma once

namespace emu::nt {

/// Called at each boot.
void watch_faults();

}  // namespace emu::nt
