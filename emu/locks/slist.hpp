// Sequenced lists: SLIST_HEADER.
//
// Second word: 0 or the address of the first entry, and in bit 0 a guard that is set for the few
// stores of a change.  With a guard instead of a 16-byte compare-exchange nobody reads the link of
// an entry that another thread has popped and freed meanwhile, and race detectors see the order
// of things.  First word: depth in 16 bits, sequence in 48, changed under the guard.
#pragma once
#include <cstdint>

#include "emu/base/nt.hpp"
#include "emu/sched/actor.hpp"

namespace emu::locks::slist {

/// Puts an entry in front; the one that was there.
SLIST_ENTRY *push(SLIST_HEADER &head, SLIST_ENTRY &entry, sched::actor &self) noexcept;

/// Takes the first off; null if there is none.
SLIST_ENTRY *pop(SLIST_HEADER &head, sched::actor &self) noexcept;

/// Takes all off; the first.
SLIST_ENTRY *flush(SLIST_HEADER &head, sched::actor &self) noexcept;

SLIST_ENTRY *first(const SLIST_HEADER &head) noexcept;
std::uint16_t depth(const SLIST_HEADER &head) noexcept;

}  // namespace emu::locks::slist
