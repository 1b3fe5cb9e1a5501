#include "emu/host/mutex.hpp"

namespace emu::host {

bool single_threaded = false;

}  // namespace emu::host
