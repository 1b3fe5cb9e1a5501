// Tests of dispatcher-object arguments, shared by the routines that signal and wait.
#pragma once
#include "emu/host/sanitizer.hpp"
#include "emu/nt/enter.hpp"

namespace emu::nt {

template <std::size_t Alignment>
inline void require_address(const verify::call &at) {
    if (__builtin_expect(!address_ok<Alignment>(at.object), 0)) {
        bad_address(at, Alignment);
    }
}

/// Touches both ends of the object: a wild pointer faults here, before any lock of ours is held.
/// Only the access counts: the thread sanitizer need not order it with whoever works on the
/// object.
template <class Object>
EMU_UNORDERED_READ inline void touch(const void *object) {
    static_cast<void>(*static_cast<const volatile UCHAR *>(object));
    static_cast<void>(*(static_cast<const volatile UCHAR *>(object) + sizeof(Object) - 1));
}

/// Ends the context unless the object is live and initialised, and of a kind from `first` to
/// `last`; `words` says what those are.
void require_kind(const verify::call &at, UCHAR first, UCHAR last, const char *words);

/// Ends the context unless the object is a live, initialised event.
void require_event(const verify::call &at);

/// Ends the context unless the object is one that can be waited for; its type byte.
UCHAR require_waitable(const verify::call &at);

/// The object behind a call, for the core operation.
template <class Object>
inline Object &object_of(const verify::call &at) {
    return *static_cast<Object *>(const_cast<void *>(at.object));
}

/// Ends the context unless the object is an initialised KTIMER.
void require_timer(const verify::call &at);

/// Ends the context unless the object is an initialised KDPC.
void require_dpc(const verify::call &at);

}  // namespace emu::nt
