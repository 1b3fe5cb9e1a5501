// ProbeForRead and ProbeForWrite: what they check they raise.
//
// The process has one address space, so every address that could be a user's counts as one.
#include "emu/nt/enter.hpp"
#include "emu/nt/raise.hpp"

namespace emu::nt {

namespace {

constexpr std::uintptr_t first_system_address = 0x00007FFFFFFF0000;
constexpr std::uintptr_t page = 4096;

void check_range(std::uintptr_t from, std::size_t length, std::uint32_t alignment,
                 const void *caller, routine by) {
    if ((from & (alignment - 1)) != 0) {
        raise_status(STATUS_DATATYPE_MISALIGNMENT, caller, by);
    }
    const std::uintptr_t end = from + length;
    if (end < from || end > first_system_address) {
        raise_status(STATUS_ACCESS_VIOLATION, caller, by);
    }
}

void check_alignment(const verify::call &at, std::uint32_t alignment) {
    const bool documented =
        alignment == 1 || alignment == 2 || alignment == 4 || alignment == 8 || alignment == 16;
    if (!documented) {
        stop_on(verify::broken(at, rule::invalid_parameter, {},
                               "Alignment is %u, not 1, 2, 4, 8 or 16", alignment));
    }
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

PVOID MmHighestUserAddress = reinterpret_cast<PVOID>(first_system_address - 1);
PVOID MmSystemRangeStart = reinterpret_cast<PVOID>(0xFFFF800000000000);
ULONG_PTR MmUserProbeAddress = first_system_address;

VOID NTAPI ProbeForRead(const volatile VOID *Address, SIZE_T Length, ULONG Alignment) {
    const auto from = reinterpret_cast<std::uintptr_t>(Address);
    context &self = enter<routine::ProbeForRead>(reinterpret_cast<const void *>(from), EMU_CALLER);
    check_alignment({self, routine::ProbeForRead, nullptr, EMU_CALLER}, Alignment);
    if (Length != 0) {
        check_range(from, Length, Alignment, EMU_CALLER, routine::ProbeForRead);
    }
}

VOID NTAPI ProbeForWrite(volatile VOID *Address, SIZE_T Length, ULONG Alignment) {
    const auto from = reinterpret_cast<std::uintptr_t>(Address);
    context &self =
        enter<routine::ProbeForWrite>(reinterpret_cast<const void *>(from), EMU_CALLER);
    check_alignment({self, routine::ProbeForWrite, nullptr, EMU_CALLER}, Alignment);
    if (Length == 0) {
        return;
    }
    check_range(from, Length, Alignment, EMU_CALLER, routine::ProbeForWrite);
    for (std::uintptr_t each = from; each < from + Length; each = (each | (page - 1)) + 1) {
        const auto byte = reinterpret_cast<volatile std::uint8_t *>(each);
        *byte = *byte;
    }
}

}  // extern "C"
