// The held locks of a context: a small stack of records, last acquired last.
#pragma once
#include "emu/base/context.hpp"

namespace emu::verify {

void grow_held(context &self);

/// True if one more record fits without grow_held().
inline bool room_to_hold(const context &self) noexcept {
    return self.held_count < self.held_capacity;
}

/// Records a lock that the context has just acquired, and for which there is room.
inline void note_acquired(context &self, const held_lock &record) noexcept {
    self.held[self.held_count++] = record;
}

/// Drops the newest record if it is this lock in this mode: the usual case.  False: look further.
inline bool note_released(context &self, const void *lock, lock_mode mode) noexcept {
    if (__builtin_expect(self.held_count == 0, 0)) {
        return false;
    }
    const held_lock &newest = self.held[self.held_count - 1];
    if (__builtin_expect(newest.object != lock || newest.how.mode != mode, 0)) {
        return false;
    }
    --self.held_count;
    return true;
}

/// The newest record of a lock, or null.
const held_lock *find_held(const context &self, const void *lock) noexcept;
const held_lock *find_held(const context &self, const void *lock, lock_mode mode) noexcept;

/// Drops one record, wherever it stands.
void drop_held(context &self, const held_lock &record) noexcept;

}  // namespace emu::verify
