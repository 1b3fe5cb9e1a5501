// Events: KeInitializeEvent, KeSetEvent and their kin.
#include "emu/dispatcher/wait.hpp"
#include "emu/machine/processor.hpp"
#include "emu/nt/dispatcher_object.hpp"
#include "emu/nt/enter.hpp"

namespace emu::nt {

namespace {

// KeSetEvent and KePulseEvent with Wait = TRUE return at DISPATCH_LEVEL; the next wait restores.
void stay_raised_for_wait(context &self) {
    self.thread->level_after_set = machine::set_irql(self, machine::dispatch_level);
}

LONG set_or_pulse(const verify::call &at, LONG (*core)(KEVENT &) noexcept, BOOLEAN wait) {
    require_event(at);
    if (wait && at.self.irql > APC_LEVEL) {
        stop_on(verify::judge_set_and_wait(at));
    }
    const LONG before = core(*static_cast<KEVENT *>(const_cast<void *>(at.object)));
    if (wait) {
        stay_raised_for_wait(at.self);
    }
    return before;
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

VOID NTAPI KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State) {
    const verify::call at{enter<routine::KeInitializeEvent>(Event, EMU_CALLER),
                          routine::KeInitializeEvent, Event, EMU_CALLER};
    require_address<8>(at);
    if (Type != NotificationEvent && Type != SynchronizationEvent) {
        stop_on(
            verify::broken(at, rule::invalid_parameter, {},
                           "event type %d is neither NotificationEvent nor SynchronizationEvent",
                           static_cast<int>(Type)));
    }
    dispatcher::initialize_event(*Event, static_cast<dispatcher::object_kind>(Type),
                                 State != FALSE);
}

LONG NTAPI KeSetEvent(PRKEVENT Event, KPRIORITY, BOOLEAN Wait) {
    context &self = enter<routine::KeSetEvent, interferes::yes>(Event, EMU_CALLER);
    return set_or_pulse({self, routine::KeSetEvent, Event, EMU_CALLER}, dispatcher::set_event,
                        Wait);
}

LONG NTAPI KePulseEvent(PRKEVENT Event, KPRIORITY, BOOLEAN Wait) {
    context &self = enter<routine::KePulseEvent, interferes::yes>(Event, EMU_CALLER);
    return set_or_pulse({self, routine::KePulseEvent, Event, EMU_CALLER}, dispatcher::pulse_event,
                        Wait);
}

LONG NTAPI KeResetEvent(PRKEVENT Event) {
    context &self = enter<routine::KeResetEvent, interferes::yes>(Event, EMU_CALLER);
    require_event({self, routine::KeResetEvent, Event, EMU_CALLER});
    return dispatcher::reset_event(*Event);
}

VOID NTAPI KeClearEvent(PRKEVENT Event) {
    context &self = enter<routine::KeClearEvent, interferes::yes>(Event, EMU_CALLER);
    require_event({self, routine::KeClearEvent, Event, EMU_CALLER});
    dispatcher::reset_event(*Event);
}

LONG NTAPI KeReadStateEvent(PRKEVENT Event) {
    context &self = enter<routine::KeReadStateEvent, interferes::yes>(Event, EMU_CALLER);
    require_event({self, routine::KeReadStateEvent, Event, EMU_CALLER});
    return dispatcher::read_event(*Event);
}

}  // extern "C"
