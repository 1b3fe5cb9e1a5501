// The clock: a thread of the machine that sleeps until the next timer is due.
//
// What is due it does not handle itself: it marks it as work for the service of the timer's
// processor, which expires it once it has that processor.  So in simulation the time stands still
// while any thread can run, and when exactly a due timer arrives is the strategy's choice.
#pragma once
#include <cstdint>

namespace emu::machine {

/// What knows the timers; set by dispatcher.
struct timer_source {
    /// Says to set_due_timers what is due on each processor; the next deadline after that.
    std::uint64_t (*look)(std::uint64_t now_ns);
    /// Expires what is due on the processor, which the running context holds.
    void (*expire)(unsigned processor);
};
extern timer_source timers;

/// The next timer is due then; no_deadline if none is set.
void set_clock(std::uint64_t deadline_ns);

/// So many timers of the processor are due and wait for its service.
void set_due_timers(unsigned processor, std::uint32_t count);

/// Boot.
void reset_clock() noexcept;

}  // namespace emu::machine
