// A context is what runs and what holds locks: a thread, a DPC, an ISR or an APC at work.
//
// The IRQL, the held locks and the call counts are a context's, so that the fast path of every routine
// reads one object through one thread-local pointer.  A DPC borrows the thread it interrupts but
// brings a context of its own.  This room owns the data; who fills it is said at each field.
#pragma once
#include <atomic>
#include <cstdint>

#include "emu/base/routine.hpp"

namespace emu {

namespace machine {
struct thread;
}

enum class lock_family : std::uint8_t { push_lock };
enum class lock_mode : std::uint8_t { exclusive, shared };
enum class context_kind : std::uint8_t { thread, dpc, isr, apc };

/// One lock that a context holds: written by verify, read by it and by reports.
struct held_lock {
    const void *object;
    const void *return_address;  // where it was acquired
    struct kind {
        lock_family family;
        lock_mode mode;
        routine by;
        bool operator==(const kind &) const = default;
    } how;
};

struct context {
    std::uint8_t irql = 0;                           // machine/irql.cpp
    context_kind kind = context_kind::thread;        // fixed
    std::int16_t processor = -1;                     // held token, or -1 below DISPATCH_LEVEL
    std::uint32_t held_count = 0;                    // verify/held.hpp
    std::uint32_t held_capacity = 0;
    held_lock *held = nullptr;
    machine::thread *thread = nullptr;               // the thread whose identity it has
    std::uint64_t *call_counts = nullptr;            // of the host thread; never null
    const void *waits_for = nullptr;                 // the object it is parked on, for reports
    const void *waits_at = nullptr;                  // the driver's call that parked it
    routine waits_in = routine::none;                // the routine that parked it
};

/// The context at work on this host thread; null on a host thread the machine has not met yet.
/// initial-exec: in a shared library the default model doubles the cost of a checked acquire.
extern thread_local constinit context *current_context __attribute__((tls_model("initial-exec")));

/// Bits of the word that every routine tests once: zero means the plain native path.
enum attention : std::uint32_t {
    attention_simulating = 1,  // calls are scheduling points
    attention_stopped = 2,     // the machine is dead: calls are refused
    attention_tracing = 4,     // calls leave an event
};
extern std::atomic<std::uint32_t> attention_word;

inline bool attention_wanted() noexcept {
    return __builtin_expect(attention_word.load(std::memory_order_relaxed) != 0, 0);
}

}  // namespace emu
