// Rules of spin locks: ordinary, queued, reader/writer, and those that the system owns.
#pragma once
#include "emu/verify/judge.hpp"

namespace emu::verify {

/// A KSPIN_LOCK whose bytes are no state that one has.
const finding *judge_spin_lock_word(const call &at);

/// A KSPIN_LOCK that could not be had at once: overwritten, recursive, or held by the other kind.
const finding *judge_spin_lock_wait(const call &at, lock_family family);

/// A release of a KSPIN_LOCK that goes back to a level, or leaves it (level_untouched).  Drops the
/// record.  `readable`: the object is known to be a lock, whoever holds it.
const finding *judge_spin_lock_release(const call &at, lock_family family, std::uint8_t to,
                                       bool readable);

/// A queue handle that is about to be used, while its bytes say that it owns `other`.
const finding *judge_lock_handle(const call &at, const void *handle, const void *other);

/// A queue handle that is released and owns nothing.
const finding *judge_idle_handle(const call &at);

/// An EX_SPIN_LOCK whose bytes are no state that one has.
const finding *judge_rw_spin_lock_word(const call &at);

/// An acquire of an EX_SPIN_LOCK that the thread holds already.
const finding *judge_rw_spin_lock_recursion(const call &at, lock_mode mode);

/// As judge_spin_lock_release, for an EX_SPIN_LOCK.
const finding *judge_rw_spin_lock_release(const call &at, lock_mode mode, std::uint8_t to);

/// A conversion of an EX_SPIN_LOCK by a thread that does not hold it shared.
const finding *judge_convert(const call &at);

/// The level is about to become `to`, and the context may hold spin locks.
const finding *judge_lowering(const call &at, std::uint8_t to);

/// A lock is initialised whose bytes say that it is held: is it?
const finding *judge_reinitialised(const call &at);

}  // namespace emu::verify
