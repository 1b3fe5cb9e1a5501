// Emulated threads that stop the host thread of their simulation become findings.
#pragma once

namespace emu::nt {

/// Called before a run of simulations, and after it; 0 seconds: nobody watches.
void watch_stalls(unsigned seconds);
void end_watching_stalls() noexcept;

}  // namespace emu::nt
