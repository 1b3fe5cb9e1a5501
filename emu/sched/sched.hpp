// Who runs, who waits, and what time it is: the only room that knows whether the world is real.
//
// A lock or a wait calls point() where another thread may interfere, park() when it has nothing to
// do and unpark() for another.  Natively a point is nothing, park is a futex wait and time is the
// clock's; in simulation a point asks the strategy, park switches fibers and time jumps to the
// next alarm when nobody can run.  No caller may hold a lock of the library's own across any of
// these.
#pragma once
#include "emu/sched/actor.hpp"

namespace emu::sched {

/// Spin iterations before a park: zero in simulation and on a single processor.
extern unsigned spin_limit;

inline bool simulating() noexcept {
    return (attention_word.load(std::memory_order_relaxed) & attention_simulating) != 0;
}

/// Blocks the running actor until an unpark() or until now_ns() reaches the deadline.  False if
/// the deadline passed.  An unpark() that came first is consumed at once.  May return true for no
/// reason: callers re-check their condition.  Does not return once the machine is dead.
bool park(actor &self, std::uint64_t deadline_ns);

/// Lets `other` return from its park(), or from its next one.
void unpark(actor &other) noexcept;

/// Makes a parked actor notice the machine's death.  In simulation nothing: the execution ends
/// anyway.
void interrupt(actor &other) noexcept;

/// Nanoseconds since the machine booted: virtual in simulation.
std::uint64_t now_ns() noexcept;

/// Starts an actor that calls entry(argument) and ends when it returns; `at_work` becomes its
/// context.
void start(actor &made, context &at_work, void (*entry)(void *), void *argument);

/// Ends the running actor from wherever it is, without running destructors.  Not for adopted
/// threads.
[[noreturn]] void finish(actor &self);

/// Sets the clock and the spin limit of a native machine.
void native_boot() noexcept;

/// Takes the running host thread in as an actor (native only).
void adopt(actor &made);

/// Called in simulation where a driver's operation on an object may interleave with others; null:
/// it may touch anything.
void simulated_point(point_kind kind, const void *object, code_point at);

inline void point(point_kind kind, const void *object, code_point at) {
    if (__builtin_expect(simulating(), 0)) {
        simulated_point(kind, object, at);
    }
}

void simulated_touch(const void *object, access how) noexcept;

/// Tells strategies that see every step what the running actor's step touches besides the object
/// of its scheduling point; null for "anything".
inline void note_touch(const void *object, access how = access::write) noexcept {
    if (__builtin_expect(simulating(), 0)) {
        simulated_touch(object, how);
    }
}

void simulated_yield(actor &self, code_point at);

/// A turn of a loop that waits for others without saying for what.  In simulation the actor goes
/// on once another has taken a step, or when nobody else can.
inline void yield(actor &self, code_point at) {
    if (__builtin_expect(simulating(), 0)) {
        simulated_yield(self, at);
    }
}

std::uint32_t simulated_pick(std::uint32_t alternatives);

/// What Windows leaves open: one of `alternatives`, numbered from 0.  The strategy's in
/// simulation, 0 natively.
inline std::uint32_t pick(std::uint32_t alternatives) {
    return __builtin_expect(simulating(), 0) && alternatives > 1 ? simulated_pick(alternatives)
                                                                 : 0;
}

/// The strategy's word on whether the call fails.  In simulation only.
bool simulated_fault(code_point at, fault_odds odds);

void simulated_note_processor(actor &self, unsigned processor, bool holds) noexcept;

/// The actor took, or gave back, a processor by crossing DISPATCH_LEVEL.
inline void note_processor(actor &self, unsigned processor, bool holds) noexcept {
    if (__builtin_expect(simulating(), 0)) {
        simulated_note_processor(self, processor, holds);
    }
}

/// The actor, just started, serves the processors given.  In simulation it is a candidate only
/// while it has work (see set_work) or its alarm has rung and a processor of its is free; it
/// keeps no execution alive.  Natively nothing: it parks while it has no work.
void make_daemon(actor &served_by, std::uint64_t processors);

/// How much is queued for a daemon now.
void set_work(actor &daemon, std::uint32_t count) noexcept;

/// A daemon begins, or ends, a piece of work.
void note_serving(actor &daemon, bool begins) noexcept;

/// Gives a parked daemon another deadline.  Natively it returns from its park() and sees for
/// itself.
void set_alarm(actor &daemon, std::uint64_t deadline_ns);

/// The running actor may use these processors only: it goes on when one of them is free.
void allow_processors(actor &self, std::uint64_t processors);

/// A daemon that runs when `ready` says so, whatever processors are free.
void make_daemon(actor &served_by, bool (*ready)(const actor &));

/// An actor runs on top of whoever holds its processor, or no more: see machine/interrupt.hpp.
void note_on_top(actor &self, bool begins) noexcept;

/// So much time passes for the running actor.  Natively a busy wait.
void pass_time(std::uint64_t ns);

/// The actor that the running one took over from, if that could have gone on; null natively.
actor *interrupted_actor() noexcept;

/// An actor that a DPC or ISR interrupts cannot go on before that has returned.  Natively nothing:
/// no thread can be stopped there.
void freeze(actor &interrupted, bool begins) noexcept;
inline bool can_freeze() noexcept { return simulating(); }

/// Runs body(argument) on a further stack as part of the same actor.  True if it returned, false
/// if abandon_second_stack() cut it short; its frames are then gone without running destructors.
bool call_on_second_stack(actor &self, void (*body)(void *), void *argument);

/// Leaves the actor's stacks above and including `down_to` for good.
[[noreturn]] void abandon_second_stack(actor &self, second_stack &down_to);

/// What a thread does that meets the machine's death while parked; set by machine at boot.
extern void (*stopped_handler)(actor &self);

/// What a host thread does at each turn of a poll, natively: nothing else can interrupt it; set by
/// machine.
extern void (*spinning_handler)(actor &self);

/// Host threads that start() made and that have not gone yet (native only).
std::uint32_t host_threads_alive() noexcept;

/// Waits until only so many are left, none or one; how many there are then, or at the deadline on
/// host::clock_ns()'s scale.  What the others did happened before.
std::uint32_t wait_for_host_threads(std::uint32_t but, std::uint64_t deadline_ns) noexcept;

/// What a host thread does last that ran an actor started natively; set by machine.
extern void (*gone_handler)(actor &self);

}  // namespace emu::sched
