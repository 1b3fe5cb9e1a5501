// Rules of remove locks, and the tags they are held with: evidence that the object itself has no
// room for.
//
// One host mutex guards the tags, a leaf.  They go when the lock is initialised, and at boot.
#pragma once
#include "emu/verify/judge.hpp"

namespace emu::verify {

/// At boot.
void forget_remove_locks() noexcept;

/// The lock is new: nobody holds it.
void note_remove_lock(const void *lock);

void note_remove_tag(const call &at, const void *tag);

/// A release with a tag, which is struck off; a finding if it is none that the lock is held with.
const finding *judge_remove_release(const call &at, const void *tag);

/// The bytes are those of no remove lock.
const finding *judge_remove_lock_bytes(const call &at);

/// The lock is initialised although its removal is done, in the same memory.
const finding *judge_remove_lock_again(const call &at);

/// Memory with a remove lock that is held is about to be freed.
const finding *judge_freed_remove_lock(const call &at, const void *low, std::size_t size);

}  // namespace emu::verify
