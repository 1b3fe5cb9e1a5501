// A DPC or ISR at work: a context on top of the one that it interrupts.
//
// It holds the processor, its own level and its own locks; the thread below stands still until it
// ends.  Each processor has one for DPCs, which do not nest, and a stack of them for interrupts.
// They are type-stable, so that a late look at an attention byte touches a context.
#pragma once
#include <array>

#include "emu/base/observer.hpp"
#include "emu/machine/thread.hpp"

namespace emu::machine {

struct interruption {
    context inner;
    std::array<held_lock, 8> held_storage;
    context *below = nullptr;
    callback_entry began;
};

/// Begins it on top of the running context, which holds a processor; the running context from
/// then on.
void begin_interruption(interruption &made, context_kind kind, std::uint8_t level,
                        const callback_entry &what);

/// Ends it: asks the observer, which may end the context, then goes back to the one below with
/// the level and the processor that had.
void end_interruption(interruption &ended);

/// The same for a callback that runs in the context that calls it: fills in what it begins with,
/// and asks the observer at its end.
void note_callback_begin(const context &self, callback_entry &began);
void report_callback_end(context &self, const callback_entry &began);

/// Runs routine(argument), which may be C++, with nothing above it to catch what it throws; set by
/// nt.
extern void (*call_driver)(void (*routine)(void *), void *argument);

/// Sets bits in the attention of all that are at work.
void tell_interrupting_contexts(std::uint8_t bits);

/// Those that have been at work, by index; `below` says which still are.
const interruption *interruption_at(std::size_t index) noexcept;

}  // namespace emu::machine
