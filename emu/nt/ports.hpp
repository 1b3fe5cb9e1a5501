// Joins the rooms: sets the hooks that lower rooms offer and this one fills.
#pragma once

namespace emu::nt {

/// Once per process, before the first machine boots.
void install_ports();

}  // namespace emu::nt
