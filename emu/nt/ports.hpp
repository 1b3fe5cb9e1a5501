// Joins the rooms: sets the hooks that lower rooms offer and this one fills.
#pragma once
#include "emu/options.hpp"

namespace emu::nt {

/// Boots a machine with all rooms joined.
void boot_machine(const machine_options &with);

}  // namespace emu::nt
