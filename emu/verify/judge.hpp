// The rules: each function looks at one situation and returns the finding, or null.
//
// They run on the cold path only, read what they judge through views, keep nothing and change
// nothing but the held-lock records.  The finding lives in storage of the running host thread
// until the next judgement.  In free fidelity a rule is silent unless retail Windows bug-checks
// there.
#pragma once
#include <cstddef>
#include <cstdint>

#include "emu/base/finding.hpp"

namespace emu::host {
struct race;
}

namespace emu::verify {

/// Where a routine was called: what every judgement needs to know.
struct call {
    context &self;
    routine by;
    const void *object;  // what the routine was given, or null
    const void *caller;  // return address
};

/// verifier: every rule.  free: those that bug-check on retail Windows, and the test's own.
void set_free_fidelity(bool on) noexcept;

/// A finding with everything filled in that does not depend on the rule; null if the rule is
/// silent in this fidelity.  `detail` is printf-like.
const finding *broken(const call &at, rule which, const bug_check &check, const char *detail, ...)
    __attribute__((format(printf, 4, 5)));

/// The entry check of a contract failed: which part, with the documented bug check.
const finding *judge_contract(const call &at);

/// The object pointer itself.
const finding *judge_object_address(const call &at, std::size_t alignment);

const finding *judge_push_lock_flags(const call &at, std::uint32_t flags);

/// A push lock acquire that could not be granted at once.
const finding *judge_push_lock_wait(const call &at, lock_mode mode);

/// A push lock whose bytes are no state that a push lock has; in both fidelities, as going on
/// would follow a garbage pointer.
const finding *judge_push_lock_word(const call &at);

/// A push lock release whose record is not the newest.  Drops the record when all is well.
/// `generic`: the routine takes either mode.
const finding *judge_push_lock_release(const call &at, lock_mode mode, bool generic);

const finding *judge_raise(const call &at, std::uint8_t to);
const finding *judge_lower(const call &at, std::uint8_t to);
/// KeSetEvent or KePulseEvent with Wait = TRUE above APC_LEVEL.
const finding *judge_set_and_wait(const call &at);

const finding *judge_region_leave(const call &at, bool guarded);
/// A wait above DISPATCH_LEVEL, or a blocking one at it; timeout null for none.
const finding *judge_wait_level(const call &at, const void *timeout);
const finding *judge_thread_end(const call &at);

/// Nothing can run any more: a circle of waits is a deadlock, else a wake-up was lost.
const finding *judge_stuck();

/// Memory [low, low + size) is about to be freed.
const finding *judge_free(const call &at, const void *low, std::size_t size);

/// A race that the detector noted in the running execution; only in builds that have one.
const finding *judge_race(const call &at, const host::race &found);

/// An interlocked operation of the driver on an address (simulation only).
const finding *judge_interlocked(const call &at);

}  // namespace emu::verify
