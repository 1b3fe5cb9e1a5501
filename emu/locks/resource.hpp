// Executive resources: the algorithm of ERESOURCE.
//
// All of an ERESOURCE is guarded by one small lock, the word SpinLock; what happens under it is a
// few stores, calls nothing that schedules, and so is one step to every other thread.  State:
//
//   ActiveEntries  Flag & OwnedExclusive  meaning
//   0              0                      free; then nobody waits
//   1              1                      exclusive, OwnerEntry is the owner, counted in
//   OwnerCount n > 0          0                      shared by n owners, in OwnerEntry and
//   OwnerTable
//
// An owner is the address of a thread, or an owner pointer with its two low bits set.  Waiters
// stand on their own stacks, in two rings that the words SharedWaiters and ExclusiveWaiters point
// to (the newest; its next is the oldest).  Ownership is handed over, never fought for: the last
// shared release gives it to the oldest exclusive waiter, an exclusive release to all shared
// waiters together, or if there are none to the oldest exclusive one.  Hence a free resource has
// no waiters.
//
// SpinLock is 0 or 1.  The store that makes it 0 is the last access of the resource by anybody who
// does not own it.  Wake-ups come after that store: a waiter's block lives until its state says
// so. Owner tables belong to the machine (resource_table.hpp).
#pragma once
#include <cstddef>
#include <cstdint>

#include "emu/base/context.hpp"
#include "emu/base/nt.hpp"
#include "emu/sched/actor.hpp"
#include "emu/sched/atomic.hpp"

namespace emu::locks::resource {

using owner_id = std::uint64_t;

constexpr owner_id pointer_bits = 3;  // of an owner pointer, as against a thread

enum class request : std::uint8_t {
    exclusive,
    shared,
    wait_for_exclusive,  // shared, behind exclusive waiters even for a sharer
    starve_exclusive,    // shared, past exclusive waiters
};

constexpr lock_mode mode_of(request how) {
    return how == request::exclusive ? lock_mode::exclusive : lock_mode::shared;
}

/// Marks a resource that this machine initialised; no other bytes are likely to.
extern std::uint32_t live_mark;

/// The mark stands in the padding after Flag, so that every field has the value that it has in
/// Windows.
inline std::uint32_t &mark_of(ERESOURCE &of) noexcept {
    constexpr std::size_t at = offsetof(ERESOURCE, Flag) + sizeof of.Flag;
    static_assert(at + sizeof(std::uint32_t) == offsetof(ERESOURCE, SharedWaiters));
    return *reinterpret_cast<std::uint32_t *>(reinterpret_cast<std::byte *>(&of) + at);
}

inline bool is_live(const ERESOURCE &of) noexcept {
    return mark_of(const_cast<ERESOURCE &>(of)) == live_mark;
}

using guard_word = sched::atomic<std::uint64_t>;

inline guard_word &guard_of(ERESOURCE &of) noexcept {
    static_assert(sizeof(guard_word) == sizeof of.SpinLock);
    void *word = reinterpret_cast<std::byte *>(&of) + offsetof(ERESOURCE, SpinLock);
    return *static_cast<guard_word *>(word);
}

/// Fields that reports and queries read without the guard are written as atomics.
template <class Field, class Value>
inline void set_field(Field &field, Value value) noexcept {
    __atomic_store_n(&field, static_cast<Field>(value), __ATOMIC_RELAXED);
}

template <class Field>
inline Field read_field(const Field &field) noexcept {
    return __atomic_load_n(&field, __ATOMIC_RELAXED);
}

inline bool owned_exclusively(const ERESOURCE &of) noexcept {
    return (of.Flag & ResourceOwnedExclusive) != 0;
}

/// The guard for those who know that nothing wants attention; false: somebody has it.
inline bool try_guard(ERESOURCE &of) noexcept {
    std::uint64_t seen = 0;
    // acquire pairs with the release in unguard: all fields are handed over with the word
    return guard_of(of).bare().compare_exchange_strong(seen, 1, std::memory_order_acquire,
                                                       std::memory_order_relaxed);
}

/// Not a scheduling point: nothing can come between the steps under the guard in simulation.
inline void unguard(ERESOURCE &of) noexcept {
    guard_of(of).bare().store(0, std::memory_order_release);
}

/// One more hold of the owner in OwnerEntry needs neither a wait nor the owner table.
inline bool owns_simply(const ERESOURCE &of, owner_id self, request how) noexcept {
    return of.OwnerEntry.OwnerThread == self &&
           (owned_exclusively(of) || how == request::shared || how == request::starve_exclusive);
}

/// The uncontended acquire: a free resource, or one more hold of the owner in OwnerEntry.  False:
/// not so simple; nothing has changed.
inline bool try_acquire_simply(ERESOURCE &of, owner_id self, request how) noexcept {
    if (__builtin_expect(!try_guard(of), 0)) {
        return false;
    }
    bool taken = of.ActiveEntries == 0;
    if (__builtin_expect(taken, 1)) {
        of.OwnerEntry.OwnerThread = self;
        of.OwnerEntry.OwnerCount = 1;
        set_field(of.ActiveEntries, 1);
        of.ActiveCount = 1;
        if (how == request::exclusive) {
            set_field(of.Flag, of.Flag | ResourceOwnedExclusive);
        }
    } else if (owns_simply(of, self, how)) {
        ++of.OwnerEntry.OwnerCount;
        taken = true;
    }
    unguard(of);
    return taken;
}

/// The uncontended release: by the owner in OwnerEntry, with nobody waiting or holds left.  False:
/// not so simple; nothing has changed.
inline bool try_release_simply(ERESOURCE &of, owner_id self) noexcept {
    if (__builtin_expect(!try_guard(of), 0)) {
        return false;
    }
    bool done = false;
    if (__builtin_expect(of.OwnerEntry.OwnerThread == self, 1)) {
        if (of.OwnerEntry.OwnerCount > 1) {
            --of.OwnerEntry.OwnerCount;
            done = true;
        } else if (of.ActiveEntries == 1 && of.SharedWaiters == nullptr &&
                   of.ExclusiveWaiters == nullptr) {
            of.OwnerEntry.OwnerThread = 0;
            of.OwnerEntry.OwnerCount = 0;
            set_field(of.ActiveEntries, 0);
            of.ActiveCount = 0;
            set_field(of.Flag, of.Flag & ~ResourceOwnedExclusive);
            done = true;
        }
    }
    unguard(of);
    return done;
}

/// Makes a free resource of this machine.
void initialize(ERESOURCE &of) noexcept;

/// As new; keeps the owner table.
void reinitialize(ERESOURCE &of) noexcept;

/// All bytes zero, the owner table given back.
void destroy(ERESOURCE &of) noexcept;

/// Takes the resource if that needs no wait.
bool try_acquire(ERESOURCE &of, sched::actor &self, owner_id owner, request how) noexcept;

/// Takes the resource, waiting as long as it takes.
void acquire(ERESOURCE &of, sched::actor &self, owner_id owner, request how) noexcept;

/// Gives one hold of the owner back; false if it has none.
bool release(ERESOURCE &of, sched::actor &self, owner_id owner) noexcept;

/// Makes an exclusive ownership shared and lets all shared waiters in; false if the owner does not
/// own it exclusively.
bool convert_to_shared(ERESOURCE &of, sched::actor &self, owner_id owner) noexcept;

/// Passes all holds of an owner to another; false if it has none.
bool change_owner(ERESOURCE &of, sched::actor &self, owner_id from, owner_id to) noexcept;

struct holding {
    std::uint32_t count = 0;
    bool exclusive = false;
};
holding holds_of(ERESOURCE &of, sched::actor &self, owner_id owner) noexcept;

}  // namespace emu::locks::resource
