// What explorations of the driver with global variables do.
#pragma once
#include <doctest/doctest.h>

#include <emu/test.hpp>

extern "C" {
#include "driver.h"
}

namespace tests {

/// Loads the driver, operates from two threads, unloads it.
inline void load_operate_unload() {
    EMU_CHECK(DriverEntry(nullptr, nullptr) == STATUS_SUCCESS);
    emu::system_thread other{[] { DriverOperate(2); }};
    DriverOperate(1);
    DriverOperate(3);
    other.join();
    DriverUnload(nullptr);
}

inline emu::exploration schedules(std::uint64_t count) {
    emu::exploration how;
    how.schedules = count;
    return how;
}

}  // namespace tests
