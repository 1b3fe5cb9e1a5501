// The global variables of drivers that are shared libraries of their own: noted once, restored
// between executions.
//
// An image is noted after its constructors have run: at the first boot or test after it was
// loaded. Restoring compares in blocks and writes those that differ.  What cannot be restored is
// refused with a sentence: the process ends.  Guarded by a host mutex, which is a leaf but for the
// loader's lock.
#pragma once

namespace emu::machine {

/// Notes the images that were loaded since the last call.
void note_driver_images();

/// Gives all noted images their first contents back.  No thread may be in a driver.
void restore_driver_images() noexcept;

/// True if the address lies in a registered driver image.
bool in_driver_image(const void *address) noexcept;

}  // namespace emu::machine
