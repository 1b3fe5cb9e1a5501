// Copying and filling for drivers that are watched for races: a compiler may turn the plain kind
// into instructions that its instrumentation does not see.  Only in builds with race detection;
// see include/wdm/nt/memory.h.
#include <cstring>

#include "emu/base/nt.hpp"
#include "emu/host/happens_before.hpp"
#include "emu/nt/enter.hpp"

using namespace emu;

extern "C" {

NTKERNELAPI void *EmuCopyMemory(void *to, const void *from, SIZE_T size) {
    host::accessed_by(EMU_CALLER, from, size, false);
    host::accessed_by(EMU_CALLER, to, size, true);
    return std::memmove(to, from, size);
}

NTKERNELAPI void *EmuFillMemory(void *to, int fill, SIZE_T size) {
    host::accessed_by(EMU_CALLER, to, size, true);
    return std::memset(to, fill, size);
}

NTKERNELAPI int EmuCompareMemory(const void *first, const void *second, SIZE_T size) {
    host::accessed_by(EMU_CALLER, first, size, false);
    host::accessed_by(EMU_CALLER, second, size, false);
    return std::memcmp(first, second, size);
}

}  // extern "C"
