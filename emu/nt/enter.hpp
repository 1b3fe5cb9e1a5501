// How every NT routine begins: who calls, is it allowed to, and may somebody else go first.
//
// enter<R>() finds the context, counts the call, tests the contract row of R against the level and
// the APC counters, and is a scheduling point in simulation if R can affect other threads.  All of
// it is a handful of instructions on the native path; everything else is out of line.
#pragma once
#include "emu/base/context.hpp"
#include "emu/host/happens_before.hpp"
#include "emu/machine/faults.hpp"
#include "emu/machine/thread.hpp"
#include "emu/trace/events.hpp"
#include "emu/verify/judge.hpp"

// The address the routine returns to: into the driver.
#define EMU_CALLER __builtin_return_address(0)

namespace emu::nt {

enum class interferes : bool { no, yes };

/// The context of a host thread that the machine has not met.  Cold.
context &meet();

/// The call is traced, refused or a scheduling point.  Cold.
void attend(const verify::call &at, interferes with_others);

/// The entry test failed: ends the context, or returns if the fidelity lets it pass.  Cold.
void contract_broken(const verify::call &at);

/// An event of the call, in the column of the thread, DPC or ISR that makes it.
inline void trace_event(const verify::call &at, trace::event_kind kind) {
    if (trace::recording()) {
        const std::uint64_t column =
            trace::column_of(at.self.kind, at.self.thread->id, at.self.processor);
        trace::record({column, at.by, at.object, at.caller, kind});
    }
}

/// Ends the context if there is a finding.
void stop_on(const finding *found);

/// With Wait = TRUE a routine returns at DISPATCH_LEVEL; the next wait restores the level.
void stay_raised_for_wait(context &self);
void restore_level_for_wait(context &self);
/// The race that the detector noted since the execution began, as a finding; null if none, and
/// always in builds without race detection.  Asked at every call in simulation, where a thread
/// ends and where an expectation or execution does.
const finding *race_found(const verify::call &at);

/// The object pointer is null or misaligned: ends the context, also in free fidelity when it is
/// null.
void bad_address(const verify::call &at, std::size_t alignment, const bug_check &misaligned = {});

/// The thread is about to park or spin for an object, and has stopped to: for reports.  `lock`:
/// what the object is, if no dispatcher object.
void note_blocked(const verify::call &at, std::optional<lock_family> lock = {});
void note_unblocked(const verify::call &at);

inline context &self_context() {
    const bool known =
        (__atomic_load_n(&current_context->attention, __ATOMIC_RELAXED) & attention_stale) == 0;
    return known ? *current_context : meet();
}

/// A test asked that this attempt on a lock find it taken.
inline bool refused_on_request(const verify::call &at) {
    return machine::fails(fault::try_acquire, {at.by, at.caller});
}

/// The common case of a routine that needs normal kernel APCs disabled: in a region, at
/// PASSIVE_LEVEL, nothing wanting attention.  Otherwise the call goes the general way, through
/// enter().
inline bool plain_call_in_region(const context &self) {
    return passive_and_plain(self) && __builtin_expect(self.apcs.disable(), 1);
}

/// The same in simulation: the general way without what only the general case needs.  Not in
/// builds with race detection, which look for races at every call.
inline bool plain_simulated_call_in_region(const context &self) {
    return !host::race_detection && passive_and_simulated(self) && self.apcs.disable();
}

inline void count_call(context &self, routine which) {
    std::uint64_t &count = self.call_counts[static_cast<std::size_t>(which)];
    if constexpr (host::race_detection) {
        // The counts are the host thread's, so that all of its fibers share them.
        __atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
    } else {
        ++count;
    }
}

inline bool apcs_enabled(const context &self) {
    return self.irql == 0 && !self.thread->own.apcs.disable();
}

inline bool some_apcs_enabled(const context &self) {
    return self.irql == 0 && self.thread->own.apcs.special == 0;
}

template <routine R, interferes With = interferes::no>
[[gnu::always_inline]] inline context &enter(const void *object, const void *caller) {
    constexpr contract row = contract_of(R);
    context &self = self_context();
    count_call(self, R);
    if (wants_attention(self)) {
        attend({self, R, object, caller}, With);
    }
    bool broken = false;
    if constexpr (row.irql_max < 15) {
        broken |= self.irql > row.irql_max;
    }
    if constexpr (row.irql_min > 0) {
        broken |= self.irql < row.irql_min;
    }
    if constexpr (row.apc == apc_requirement::normal_disabled) {
        broken |= apcs_enabled(self);
    }
    if constexpr (row.apc == apc_requirement::all_disabled) {
        broken |= some_apcs_enabled(self);
    }
    if (__builtin_expect(broken, 0)) {
        contract_broken({self, R, object, caller});
    }
    return self;
}

/// Tests an object pointer with one comparison: null, the first page and misaligned addresses all
/// become huge or tiny when the low bits are rotated to the top.
template <std::size_t Alignment>
[[gnu::always_inline]] inline bool address_ok(const void *object) {
    static_assert(Alignment == 4 || Alignment == 8);
    constexpr unsigned bits = Alignment == 8 ? 3 : 2;
    const auto value = reinterpret_cast<std::uint64_t>(object);
    const std::uint64_t rotated = value >> bits | value << (64 - bits);
    constexpr std::uint64_t first_page = 4096U >> bits;
    return rotated - first_page < (std::uint64_t{1} << (64 - bits)) - first_page;
}

}  // namespace emu::nt
