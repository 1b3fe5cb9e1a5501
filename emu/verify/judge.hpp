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
#include "emu/base/observer.hpp"

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
bool is_free_fidelity() noexcept;

/// A finding with everything filled in that does not depend on the rule; null if the rule is
/// silent in this fidelity.  `detail` is printf-like.
const finding *broken(const call &at, rule which, const bug_check &check, const char *detail, ...)
    __attribute__((format(printf, 4, 5)));

/// The entry check of a contract failed: which part, with the documented bug check.
const finding *judge_contract(const call &at);

/// The object pointer itself; `misaligned` is the bug check for one that is not aligned.
const finding *judge_object_address(const call &at, std::size_t alignment,
                                    const bug_check &misaligned = {});

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
/// A routine with Wait = TRUE above the level that this allows.
const finding *judge_signal_and_wait(const call &at, std::uint8_t highest);

/// Another routine than a wait after one with Wait = TRUE.
const finding *judge_wait_due(const call &at);

/// A wait in user mode for this object.
const finding *judge_user_mode_wait(const call &at, bool is_mutex);

/// KeReleaseMutex by the owner, at the level `acquired_at` or another.
const finding *judge_mutex_level(const call &at, std::uint8_t acquired_at);

const finding *judge_region_leave(const call &at, bool guarded);
/// A wait above DISPATCH_LEVEL, or a blocking one at it; timeout null for none.
const finding *judge_wait_level(const call &at, const void *timeout);
const finding *judge_thread_end(const call &at);
/// Mutexes and queues that the end of the thread is about to touch and whose memory has died.
const finding *judge_lost_objects(const call &at);

/// What the driver asked a worker thread to call.
struct worker_call {
    const void *routine;
    const void *parameter;
};

/// An item that is not queued is about to be: its routine and its List.Flink; null if all is well.
const finding *judge_work_item(const call &at, const void *routine_of_item, const void *link,
                               std::uint32_t queue_type);
const finding *judge_work_queue_type(const call &at, std::uint32_t queue_type);
const finding *judge_queued_twice(const call &at, std::uint32_t queue_type);
/// Memory [low, low + size) with a queued item in it is about to be freed.
const finding *judge_work_item_free(const call &at, const void *item, const void *low,
                                    std::size_t size);
const finding *judge_work_item_links(const call &at, const void *queue,
                                     const void *routine_of_item);
/// A worker routine returned; null if it left nothing behind.
const finding *judge_worker_return(const call &at, const worker_call &ran);
/// PsTerminateSystemThread in a worker thread.
const finding *judge_worker_end(const call &at);
/// What the routine of a DPC, timer, interrupt or APC left behind.  In at: the KDPC or its like,
/// and the routine.
const finding *judge_callback_end(const call &at, const callback_entry &began);

/// KeLowerIrql inside a DPC or ISR below the level it began at.
const finding *judge_lower_in_callback(const call &at, std::uint8_t to);

const finding *judge_target_processor(const call &at, unsigned number, unsigned count);

/// A KDPC or KTIMER whose Type byte is none.
const finding *judge_dpc_type(const call &at, unsigned type);

/// Initialised anew while it is queued or set.
const finding *judge_initialise(const call &at, const char *what);

/// Nothing can run any more: a circle of waits is a deadlock, else a wake-up was lost.
const finding *judge_stuck();

/// Memory [low, low + size) is about to be freed.
const finding *judge_free(const call &at, const void *low, std::size_t size);

/// The same, for a queued DPC or a set timer in it.
const finding *judge_free_of_queued(const call &at, const void *low, std::size_t size);
/// A race that the detector noted in the running execution; only in builds that have one.
const finding *judge_race(const call &at, const host::race &found);

/// An interlocked operation of the driver on an address (simulation only).
const finding *judge_interlocked(const call &at);

}  // namespace emu::verify
