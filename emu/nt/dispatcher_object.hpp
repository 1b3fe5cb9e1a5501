// Tests of dispatcher-object arguments, shared by the event and wait routines.
#pragma once
#include "emu/nt/enter.hpp"

namespace emu::nt {

template <std::size_t Alignment>
inline void require_address(const verify::call &at) {
    if (__builtin_expect(!address_ok<Alignment>(at.object), 0)) {
        bad_address(at, Alignment);
    }
}

/// Ends the context unless the object is a live, initialised event.
void require_event(const verify::call &at);

/// Ends the context unless the object is one that can be waited for.
void require_waitable(const verify::call &at);

/// Ends the context unless the object is an initialised KTIMER.
void require_timer(const verify::call &at);

/// Ends the context unless the object is an initialised KDPC.
void require_dpc(const verify::call &at);

}  // namespace emu::nt
