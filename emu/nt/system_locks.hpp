// The spin locks that the system owns.
#pragma once

namespace emu::nt {

/// At boot: all are free.
void reset_system_locks() noexcept;

}  // namespace emu::nt
