// Without a test framework: a driver in a shared library begins each execution with its globals as
// they were loaded.
#include <cstdio>
#include <emu/test.hpp>

extern "C" {
#include "../images/driver.h"
}

int main() {
    emu::exploration how;
    how.schedules = 100;
    const emu::exploration_result result = emu::search(
        [] {
            EMU_CHECK(DriverIsClean());
            DriverEntry(nullptr, nullptr);
            DriverOperate(OperationLimit);
            DriverUnload(nullptr);
        },
        how);
    std::fputs(result.report.c_str(), stdout);
    std::printf("%s: 100 executions begin clean\n", result.failed ? "FAILED" : "ok");
    return result.failed ? 1 : 0;
}
