// The held locks of a context: a small stack of records, last acquired last.
//
// Only the context's own host thread writes; other threads that free memory look through the
// records for locks in it.  Hence the relaxed atomic stores, which cost nothing, and arrays that
// are never freed while the thread object is in use.
#pragma once
#include "emu/base/context.hpp"
#include "emu/host/happens_before.hpp"

namespace emu::verify {

/// True where the race detector sees the algorithm's own atomic operations, which then speak for
/// themselves (meson -Draces=locks).
constexpr bool instrumented(lock_family family) noexcept {
#ifdef EMU_RACES_IN_LOCKS
    return family == lock_family::push_lock;
#else
    return static_cast<void>(family), false;
#endif
}

// A lock orders its holders: a writer comes after all before it, a reader after the writers only.
// Two addresses keep that apart.

/// Tells the race detector that the context has acquired a lock.
[[gnu::always_inline]] inline void tell_taken(const held_lock &record) noexcept {
    if (!instrumented(record.how.family)) {
        host::taken_over(record.object);
        if (record.how.mode == lock_mode::exclusive) {
            host::taken_over(static_cast<const char *>(record.object) + 1);
        }
    }
}

/// Tells it that the context is about to release the lock.
[[gnu::always_inline]] inline void tell_given(const held_lock &record) noexcept {
    if (!instrumented(record.how.family)) {
        host::handed_over(static_cast<const char *>(record.object) +
                          (record.how.mode == lock_mode::exclusive ? 0 : 1));
    }
}

void grow_held(context &self);

/// True if one more record fits without grow_held().
inline bool room_to_hold(const context &self) noexcept {
    return self.held_count < self.held_capacity;
}

/// Records a lock that the context has just acquired, and for which there is room.
inline void note_acquired(context &self, const held_lock &record) noexcept {
    held_lock &slot = self.held[self.held_count];
    slot.return_address = record.return_address;
    slot.how = record.how;
    slot.irql_before = record.irql_before;
    __atomic_store_n(&slot.object, record.object, __ATOMIC_RELAXED);
    __atomic_store_n(&self.held_count, self.held_count + 1, __ATOMIC_RELEASE);
    tell_taken(record);
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
    tell_given(newest);
    __atomic_store_n(&self.held_count, self.held_count - 1, __ATOMIC_RELAXED);
    return true;
}

/// As above, for locks that set the level: the record must also be of that family and go back to
/// that level.
inline bool note_released(context &self, const void *lock, lock_family family,
                          std::uint8_t to) noexcept {
    if (__builtin_expect(self.held_count == 0, 0)) {
        return false;
    }
    const held_lock &newest = self.held[self.held_count - 1];
    if (__builtin_expect(newest.object != lock || newest.irql_before != to ||
                             newest.how.family != family ||
                             newest.how.mode != lock_mode::exclusive,
                         0)) {
        return false;
    }
    __atomic_store_n(&self.held_count, self.held_count - 1, __ATOMIC_RELAXED);
    return true;
}

/// Families whose holders spin at DISPATCH_LEVEL or above.
constexpr bool is_spin_lock(lock_family family) noexcept {
    return family == lock_family::spin_lock || family == lock_family::queued_spin_lock ||
           family == lock_family::rw_spin_lock || family == lock_family::cancel_spin_lock;
}

constexpr bool is_fast_mutex(lock_family family) noexcept {
    return family == lock_family::fast_mutex || family == lock_family::guarded_mutex;
}

/// Those that Driver Verifier's deadlock detection knows: its bug checks are 0xC4/0x1000 to
/// 0x100B.
constexpr bool deadlock_detection_watches(lock_family family) noexcept {
    return is_spin_lock(family) || is_fast_mutex(family);
}

/// A change of a record that is not its end: a conversion, an exchange of saved levels.
inline held_lock &changeable(context &self, const held_lock &record) noexcept {
    return self.held[&record - self.held];
}

/// The newest record of a lock, or null.
const held_lock *find_held(const context &self, const void *lock) noexcept;
const held_lock *find_held(const context &self, const void *lock, lock_mode mode) noexcept;

/// True, and one such lock, if any context's records name a lock in [low, low + size).  May be
/// called for another thread's context; what it says of that may be out of date at once.
bool holds_inside(const context &other, const void *low, std::size_t size,
                  held_lock &found) noexcept;

/// A thread that holds a lock, as the records have it; thread null if nobody does.
struct lock_holder {
    const void *thread = nullptr;  // PKTHREAD
    held_lock record{};
};
lock_holder holder_of(const void *lock) noexcept;

/// Drops one record, wherever it stands.
void drop_held(context &self, const held_lock &record) noexcept;

}  // namespace emu::verify
