#include "emu/dispatcher/event.hpp"

#include "emu/dispatcher/core.hpp"
#include "emu/host/happens_before.hpp"

namespace emu::dispatcher {

namespace {

template <class Change>
bool operate(KEVENT &event, LONG &before, must_be_event test, const Change &change) noexcept {
    const guard held(the_dispatcher_lock);
    const bool sound =
        event.Header.Type <= synchronization_event && event.Header.WaitListHead.Flink != nullptr;
    if (__builtin_expect(test == must_be_event::yes && !sound, 0)) {
        return false;
    }
    before = event.Header.SignalState;
    if (before != 0) {
        host::taken_over(&event);  // whoever is told that it is set may rely on what came before
    }
    change();
    return true;
}

void signal_and_release(KEVENT &event) noexcept {
    host::handed_over(&event);
    event.Header.SignalState = 1;
    if (!IsListEmpty(&event.Header.WaitListHead)) {
        release_waiters(event.Header);
    }
}

}  // namespace

void initialize_event(KEVENT &event, object_kind kind, bool signaled) noexcept {
    event.Header.Type = kind;
    event.Header.Size = sizeof(KEVENT) / sizeof(LONG);
    event.Header.SignalState = signaled ? 1 : 0;
    InitializeListHead(&event.Header.WaitListHead);
}

bool set_event(KEVENT &event, LONG &before, must_be_event test) noexcept {
    return operate(event, before, test, [&] { signal_and_release(event); });
}

bool reset_event(KEVENT &event, LONG &before, must_be_event test) noexcept {
    return operate(event, before, test, [&] { event.Header.SignalState = 0; });
}

bool pulse_event(KEVENT &event, LONG &before, must_be_event test) noexcept {
    return operate(event, before, test, [&] {
        signal_and_release(event);
        event.Header.SignalState = 0;
    });
}

bool read_event(KEVENT &event, LONG &before, must_be_event test) noexcept {
    return operate(event, before, test, [] {});
}

}  // namespace emu::dispatcher
