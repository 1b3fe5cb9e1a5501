// Rules of executive resources; see judge.hpp for what all rules have in common.
#pragma once
#include <cstdint>

#include "emu/verify/judge.hpp"

namespace emu::verify {

/// The bytes are those of no live resource: freed, overwritten, of an earlier machine, or never
/// initialised.  Null in `free` for zeroed bytes, which act as a free resource there.
const finding *judge_resource_bytes(const call &at);

/// An acquire that must wait; `behind_writers`: it queues behind exclusive waiters in any case.
const finding *judge_resource_wait(const call &at, lock_mode mode, bool behind_writers);

/// A release for an owner, the calling thread's own id or another, that was refused.
const finding *judge_resource_release(const call &at, std::uint64_t owner, bool own);

/// The resource is initialised although it has been before.
const finding *judge_resource_again(const call &at);

/// The resource lies in paged pool.
const finding *judge_resource_storage(const call &at);

/// The resource is deleted or re-initialised: is it in use?
const finding *judge_resource_end(const call &at, std::uint64_t owner);

/// A conversion, or a change of owner, by a thread that does not own it as it must.
const finding *judge_not_the_owner(const call &at, const char *as_what);

const finding *judge_owner_pointer(const call &at, const void *pointer);
const finding *judge_owner_pointer_flags(const call &at, std::uint32_t flags);

/// Memory with a live resource, or the storage of an owner pointer, is about to be freed.
const finding *judge_freed_resources(const call &at, const void *low, std::size_t size);

}  // namespace emu::verify
