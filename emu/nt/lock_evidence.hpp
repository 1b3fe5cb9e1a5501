// What a lock routine leaves behind: its held-lock record and its events.
#pragma once
#include "emu/nt/enter.hpp"
#include "emu/trace/events.hpp"
#include "emu/verify/held.hpp"

namespace emu::nt {

/// The lock is the context's.  `irql_before`: the level its release goes back to, or
/// level_untouched.
inline void note_held(const verify::call &at, lock_family family, lock_mode mode,
                      std::uint8_t irql_before) {
    if (!verify::room_to_hold(at.self)) {
        verify::grow_held(at.self);
    }
    verify::note_acquired(at.self, {at.object, at.caller, {family, mode, at.by}, irql_before});
    trace_event(at, trace::event_kind::acquired);
}

template <std::size_t Alignment>
inline void require_object(const verify::call &at) {
    if (__builtin_expect(!address_ok<Alignment>(at.object), 0)) {
        bad_address(at, Alignment);
    }
}

}  // namespace emu::nt
