// Which Windows this is: RtlGetVersion and its kin, answered from the option `target`.
#include <cstddef>

#include "emu/machine/machine.hpp"
#include "emu/nt/enter.hpp"

namespace emu::nt {

namespace {

struct version {
    std::uint32_t major, minor, build;
};

// The last build of each version.
version target_version() {
    constexpr struct {
        std::uint16_t target;
        std::uint32_t build;
    } builds[] = {{0x0A00, 19045}, {0x0603, 9600}, {0x0602, 9200},
                  {0x0601, 7601},  {0x0600, 6003}, {0x0502, 3790}};
    const std::uint32_t target = machine::options().target;
    for (const auto &each : builds) {
        if (target >= each.target) {
            return {target >> 8U, target & 0xFFU, each.build};
        }
    }
    return {target >> 8U, target & 0xFFU, 2600};
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

NTSTATUS NTAPI RtlGetVersion(PRTL_OSVERSIONINFOW VersionInformation) {
    context &self = enter<routine::RtlGetVersion>(VersionInformation, EMU_CALLER);
    if (!address_ok<4>(VersionInformation)) {
        bad_address({self, routine::RtlGetVersion, VersionInformation, EMU_CALLER}, 4);
    }
    const version is = target_version();
    VersionInformation->dwMajorVersion = is.major;
    VersionInformation->dwMinorVersion = is.minor;
    VersionInformation->dwBuildNumber = is.build;
    VersionInformation->dwPlatformId = VER_PLATFORM_WIN32_NT;
    VersionInformation->szCSDVersion[0] = 0;
    if (VersionInformation->dwOSVersionInfoSize == sizeof(RTL_OSVERSIONINFOEXW)) {
        auto &larger = *reinterpret_cast<RTL_OSVERSIONINFOEXW *>(VersionInformation);
        larger.wServicePackMajor = larger.wServicePackMinor = larger.wSuiteMask = 0;
        larger.wProductType = VER_NT_WORKSTATION;
    }
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI PsGetVersion(PULONG MajorVersion, PULONG MinorVersion, PULONG BuildNumber,
                           PUNICODE_STRING CSDVersion) {
    enter<routine::PsGetVersion>(nullptr, EMU_CALLER);
    const version is = target_version();
    if (MajorVersion != nullptr) {
        *MajorVersion = is.major;
    }
    if (MinorVersion != nullptr) {
        *MinorVersion = is.minor;
    }
    if (BuildNumber != nullptr) {
        *BuildNumber = is.build;
    }
    if (CSDVersion != nullptr) {
        *CSDVersion = {};
    }
    return FALSE;
}

BOOLEAN NTAPI RtlIsNtDdiVersionAvailable(ULONG Version) {
    enter<routine::RtlIsNtDdiVersionAvailable>(nullptr, EMU_CALLER);
    return static_cast<ULONG>(machine::options().target) << 16U >= Version;
}

}  // extern "C"
