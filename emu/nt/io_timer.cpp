// The timer of a device object: a routine that is called once a second.
#include "emu/dispatcher/timer.hpp"
#include "emu/dispatcher/wait.hpp"
#include "emu/machine/dpc.hpp"
#include "emu/nt/dispatcher_object.hpp"
#include "emu/nt/enter.hpp"
#include "emu/nt/system_objects.hpp"

struct _IO_TIMER {
    KTIMER timer;
    KDPC dpc;
    PDEVICE_OBJECT device = nullptr;
    PIO_TIMER_ROUTINE routine = nullptr;
    PVOID context = nullptr;
};

namespace emu::nt {

namespace {

using verify::call;

constexpr std::uint64_t second_100ns = 10'000'000;

system_objects<_IO_TIMER> io_timers;

VOID NTAPI run_routine(PKDPC, PVOID given, PVOID, PVOID) {
    const auto &timer = *static_cast<_IO_TIMER *>(given);
    timer.routine(timer.device, timer.context);
}

_IO_TIMER &make_timer(DEVICE_OBJECT &device) {
    _IO_TIMER &made = io_timers.make();
    made.device = &device;
    dispatcher::initialize_timer(made.timer, dispatcher::notification_timer);
    machine::initialize_dpc(made.dpc, machine::dpc_object, run_routine, &made);
    device.Timer = &made;
    return made;
}

DEVICE_OBJECT &device_of(const call &at) {
    require_address<8>(at);
    touch<DEVICE_OBJECT>(at.object);
    return *static_cast<DEVICE_OBJECT *>(const_cast<void *>(at.object));
}

// Ends the context, or gives null, where there is none.
_IO_TIMER *initialised_timer(const call &at) {
    _IO_TIMER *timer = io_timers.find(device_of(at).Timer);
    if (timer == nullptr) {
        stop_on(verify::broken(at, rule::uninitialised_object, {},
                               "the device has no timer: call IoInitializeTimer first"));
    }
    return timer;
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

NTSTATUS NTAPI IoInitializeTimer(PDEVICE_OBJECT DeviceObject, PIO_TIMER_ROUTINE TimerRoutine,
                                 PVOID Context) {
    constexpr routine by = routine::IoInitializeTimer;
    const verify::call at{enter<by>(DeviceObject, EMU_CALLER), by, DeviceObject, EMU_CALLER};
    DEVICE_OBJECT &device = device_of(at);
    if (TimerRoutine == nullptr) {
        stop_on(verify::broken(at, rule::null_object, {}, "TimerRoutine is null"));
        return STATUS_INVALID_PARAMETER;
    }
    _IO_TIMER *known = io_timers.find(device.Timer);
    _IO_TIMER &timer = known != nullptr ? *known : make_timer(device);
    timer.routine = TimerRoutine;
    timer.context = Context;
    return STATUS_SUCCESS;
}

VOID NTAPI IoStartTimer(PDEVICE_OBJECT DeviceObject) {
    constexpr routine by = routine::IoStartTimer;
    const verify::call at{enter<by, interferes::yes>(DeviceObject, EMU_CALLER), by, DeviceObject,
                          EMU_CALLER};
    if (_IO_TIMER *timer = initialised_timer(at)) {
        LARGE_INTEGER due;
        due.QuadPart = -static_cast<LONGLONG>(second_100ns);
        dispatcher::set_timer(at.self, timer->timer, due, second_100ns, &timer->dpc);
    }
}

VOID NTAPI IoStopTimer(PDEVICE_OBJECT DeviceObject) {
    constexpr routine by = routine::IoStopTimer;
    const verify::call at{enter<by, interferes::yes>(DeviceObject, EMU_CALLER), by, DeviceObject,
                          EMU_CALLER};
    if (_IO_TIMER *timer = initialised_timer(at)) {
        dispatcher::cancel_timer(timer->timer);
    }
}

}  // extern "C"
