// Events.  State of KEVENT: Header.SignalState, 1 while signalled.
//
// The operations look at the header under the same lock: false, and nothing done, if it is no
// event's and `must_be` asks; so that the usual call takes the lock once.
#pragma once
#include "emu/dispatcher/wait.hpp"

namespace emu::dispatcher {

enum class must_be_event : bool { no, yes };

void initialize_event(KEVENT &event, object_kind kind, bool signaled) noexcept;

bool set_event(KEVENT &event, LONG &before, must_be_event test = must_be_event::no) noexcept;
bool reset_event(KEVENT &event, LONG &before, must_be_event test = must_be_event::no) noexcept;
bool pulse_event(KEVENT &event, LONG &before, must_be_event test = must_be_event::no) noexcept;
bool read_event(KEVENT &event, LONG &before, must_be_event test = must_be_event::no) noexcept;

}  // namespace emu::dispatcher
