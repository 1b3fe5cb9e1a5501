// Which Windows this is: the one that the options ask for.
#include "both_backends.hpp"

namespace {

struct row {
    std::uint16_t target;
    ULONG major, minor, build;
};

constexpr row rows[] = {{0x0A00, 10, 0, 19045}, {0x0603, 6, 3, 9600}, {0x0602, 6, 2, 9200},
                        {0x0601, 6, 1, 7601},   {0x0600, 6, 0, 6003}, {0x0502, 5, 2, 3790},
                        {0x0501, 5, 1, 2600}};

void check_version(const row &wanted) {
    RTL_OSVERSIONINFOEXW larger;
    RtlFillMemory(&larger, sizeof larger, 0x55);
    larger.dwOSVersionInfoSize = sizeof larger;
    CHECK(RtlGetVersion(reinterpret_cast<PRTL_OSVERSIONINFOW>(&larger)) == STATUS_SUCCESS);
    CHECK(larger.dwMajorVersion == wanted.major);
    CHECK(larger.dwMinorVersion == wanted.minor);
    CHECK(larger.dwBuildNumber == wanted.build);
    CHECK(larger.dwPlatformId == VER_PLATFORM_WIN32_NT);
    CHECK(larger.szCSDVersion[0] == 0);
    CHECK(larger.wServicePackMajor == 0);
    CHECK(larger.wProductType == VER_NT_WORKSTATION);
    ULONG major = 0, minor = 99, build = 0;
    CHECK_FALSE(PsGetVersion(&major, &minor, &build, nullptr));
    CHECK(major == wanted.major);
    CHECK(minor == wanted.minor);
    CHECK(build == wanted.build);
}

}  // namespace

TEST_CASE("version: every routine tells the target's") {
    for (const row &each : rows) {
        CAPTURE(each.target);
        emu::machine_options with = emu::default_options();
        with.target = each.target;
        emu::run([&] { check_version(each); }, with);
    }
}

TEST_BOTH("version: the smaller structure is filled and nothing behind it") {
    RTL_OSVERSIONINFOEXW larger;
    RtlFillMemory(&larger, sizeof larger, 0x55);
    larger.dwOSVersionInfoSize = sizeof(RTL_OSVERSIONINFOW);
    CHECK(RtlGetVersion(reinterpret_cast<PRTL_OSVERSIONINFOW>(&larger)) == STATUS_SUCCESS);
    CHECK(larger.dwMajorVersion == 10);
    CHECK(larger.wProductType == 0x55);
}

TEST_CASE("version: an NTDDI version is available from its Windows on") {
    emu::machine_options with = emu::default_options();
    with.target = 0x0601;
    emu::run(
        [] {
            CHECK(RtlIsNtDdiVersionAvailable(NTDDI_VISTA));
            CHECK(RtlIsNtDdiVersionAvailable(NTDDI_WIN7));
            CHECK_FALSE(RtlIsNtDdiVersionAvailable(NTDDI_WIN8));
        },
        with);
}
