// Events: KeInitializeEvent, KeSetEvent and their kin.
#include "emu/dispatcher/event.hpp"

#include "emu/nt/dispatcher_object.hpp"
#include "emu/nt/enter.hpp"

namespace emu::nt {

namespace {

using operation = bool (*)(KEVENT &, LONG &, dispatcher::must_be_event) noexcept;

// The usual call takes the dispatcher lock once: the operation itself looks whether it has an
// event before it.
LONG operate(const verify::call &at, operation on) {
    require_address<8>(at);
    touch<KEVENT>(at.object);
    LONG before = 0;
    if (__builtin_expect(!on(object_of<KEVENT>(at), before, dispatcher::must_be_event::yes), 0)) {
        require_event(at);
        on(object_of<KEVENT>(at), before, dispatcher::must_be_event::no);
    }
    return before;
}

LONG set_or_pulse(const verify::call &at, operation on, BOOLEAN wait) {
    if (wait && at.self.irql > APC_LEVEL) {
        stop_on(verify::judge_signal_and_wait(at, APC_LEVEL));
    }
    const LONG before = operate(at, on);
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
    return operate({self, routine::KeResetEvent, Event, EMU_CALLER}, dispatcher::reset_event);
}

VOID NTAPI KeClearEvent(PRKEVENT Event) {
    context &self = enter<routine::KeClearEvent, interferes::yes>(Event, EMU_CALLER);
    operate({self, routine::KeClearEvent, Event, EMU_CALLER}, dispatcher::reset_event);
}

LONG NTAPI KeReadStateEvent(PRKEVENT Event) {
    context &self = enter<routine::KeReadStateEvent, interferes::yes>(Event, EMU_CALLER);
    return operate({self, routine::KeReadStateEvent, Event, EMU_CALLER}, dispatcher::read_event);
}

}  // extern "C"
