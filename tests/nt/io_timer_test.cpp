// IoInitializeTimer, IoStartTimer, IoStopTimer.
#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

struct ticking {
    DEVICE_OBJECT device{};
    int ticks = 0;
    KIRQL level = 0;
};

VOID NTAPI tick(PDEVICE_OBJECT device, PVOID context) {
    auto &of = *static_cast<ticking *>(context);
    CHECK(device == &of.device);
    ++of.ticks;
    of.level = KeGetCurrentIrql();
}

void sleep_ms(LONGLONG ms) {
    LARGE_INTEGER time;
    time.QuadPart = -10'000 * ms;
    KeDelayExecutionThread(KernelMode, FALSE, &time);
}

emu::machine_options simulated() {
    emu::machine_options with = emu::default_options();
    with.on = emu::backend::simulated;
    return with;
}

}  // namespace

TEST_CASE("io timer: ticks once a second from its start to its stop") {
    emu::run(
        [] {
            ticking of;
            REQUIRE(IoInitializeTimer(&of.device, tick, &of) == STATUS_SUCCESS);
            CHECK(of.device.Timer != nullptr);
            sleep_ms(3000);
            CHECK(of.ticks == 0);
            IoStartTimer(&of.device);
            sleep_ms(3500);
            CHECK(of.ticks == 3);
            CHECK(of.level == DISPATCH_LEVEL);
            IoStopTimer(&of.device);
            sleep_ms(3000);
            CHECK(of.ticks == 3);
            IoStartTimer(&of.device);
            sleep_ms(1500);
            CHECK(of.ticks == 4);
            IoStopTimer(&of.device);
        },
        simulated());
}

TEST_BOTH("io timer: starting one that was never initialised is reported") {
    static DEVICE_OBJECT device{};
    EMU_EXPECT_VIOLATION(rule::uninitialised_object, IoStartTimer(&device));
}

TEST_BOTH("io timer: another IoInitializeTimer replaces the routine, not the timer") {
    ticking of;
    IoInitializeTimer(&of.device, tick, nullptr);
    struct _IO_TIMER *const first = of.device.Timer;
    CHECK(IoInitializeTimer(&of.device, tick, &of) == STATUS_SUCCESS);
    CHECK(of.device.Timer == first);
    IoStartTimer(&of.device);
    IoStopTimer(&of.device);
}
