// A context is what runs and what holds locks: a thread, a DPC, an ISR or an APC at work.
//
// The IRQL, the held locks and the call counts are a context's, so that the fast path of every
// routine reads one object through one thread-local pointer.  A DPC borrows the thread it
// interrupts but brings a context of its own.  This room owns the data; who fills it is said at
// each field.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "emu/base/routine.hpp"

struct wdm_emu_seh_frame;  // machine/exceptions.hpp

namespace emu {

namespace machine {
struct thread;
struct exception_search;
}  // namespace machine

enum class lock_family : std::uint8_t {
#define EMU_LOCK_FAMILY(name, words) name,
#include "emu/base/lock_families.def"
#undef EMU_LOCK_FAMILY
};

/// "push lock", as a report says it.
constexpr const char *name_of(lock_family family) {
    constexpr const char *names[] = {
#define EMU_LOCK_FAMILY(name, words) words,
#include "emu/base/lock_families.def"
#undef EMU_LOCK_FAMILY
    };
    return names[static_cast<std::uint8_t>(family)];
}

enum class lock_mode : std::uint8_t { exclusive, shared };
enum class context_kind : std::uint8_t { thread, dpc, isr, apc };

/// In held_lock::irql_before: the acquire left the level alone.
constexpr std::uint8_t level_untouched = 0xFF;

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
    std::uint8_t irql_before = level_untouched;  // what the release goes back to
    std::uint8_t level = 0;                      // of a mutex: the IRQL of the acquire
};

/// What a report calls it.
constexpr const char *name_of(context_kind kind) {
    constexpr const char *names[] = {"thread", "DPC", "ISR", "APC"};
    return names[static_cast<std::uint8_t>(kind)];
}

constexpr const char *level_name(unsigned irql) {
    constexpr const char *names[] = {"PASSIVE_LEVEL", "APC_LEVEL", "DISPATCH_LEVEL"};
    return irql < 3 ? names[irql] : irql == 15 ? "HIGH_LEVEL" : "a device level";
}

/// KernelApcDisable and SpecialApcDisable of a thread: 0 enabled, negative disabled, +1 after an
/// unpaired leave, which counts as disabled too.
struct apc_counters {
    std::int16_t kernel = 0;
    std::int16_t special = 0;
    bool disable() const noexcept { return kernel != 0 || special != 0; }
};

/// The stack of a thread that parked, innermost frame first.
struct wait_stack {
    std::uint32_t count = 0;
    std::array<const void *, 24> frames{};
};

/// A larger array of held-lock records; the smaller ones it replaced stay until the thread is
/// reset.
struct held_storage {
    held_storage *smaller;
    std::vector<held_lock> records;
};

/// The __try blocks that a context is in; see machine/exceptions.hpp.
struct exception_state {
    wdm_emu_seh_frame *innermost = nullptr;
    wdm_emu_seh_frame *handling = nullptr;        // filters and handlers of C code at work
    machine::exception_search *search = nullptr;  // the newest for which a filter runs
};

struct context {
    std::uint8_t irql = 0;                     // machine/processor.hpp
    std::uint8_t attention = 0;                // this context's copy of attention_word
    context_kind kind = context_kind::thread;  // fixed
    apc_counters apcs;                         // of a thread's own context: the thread's
    std::int16_t processor = -1;               // held token, or -1 below DISPATCH_LEVEL
    std::uint16_t preferred_processor = 0;     // the one it held last
    std::uint32_t held_count = 0;              // verify/held.hpp
    std::uint32_t held_capacity = 0;
    held_lock *held = nullptr;
    held_storage *held_arrays = nullptr;   // those that outgrew the thread's own
    machine::thread *thread = nullptr;     // the thread on whose stack it runs
    machine::thread *borrowed = nullptr;   // a DPC's or ISR's: the other thread it interrupts
    std::uint64_t *call_counts = nullptr;  // of the host thread; never null
    const void *waits_for = nullptr;       // the object it is parked on, for reports
    const void *waits_at = nullptr;        // the driver's call that parked it
    routine waits_in = routine::none;      // the routine that parked it
    wait_stack *waits_on_stack = nullptr;  // its frames, while events are traced
    std::uint8_t waits_for_lock = 0;       // what that is: see kind_waited_for
    exception_state exceptions;
};

/// Stands for "no context": wants attention for ever, so that fast paths need no test for null.
extern constinit context unmet;

/// What kind of lock a context waits for; nothing: a dispatcher object.  Others may ask meanwhile.
inline void note_kind_waited_for(context &self, std::optional<lock_family> kind) noexcept {
    const auto byte = kind ? static_cast<std::uint8_t>(*kind) + 1 : 0;
    __atomic_store_n(&self.waits_for_lock, static_cast<std::uint8_t>(byte), __ATOMIC_RELAXED);
}
inline std::optional<lock_family> kind_waited_for(const context &of) noexcept {
    const std::uint8_t byte = __atomic_load_n(&of.waits_for_lock, __ATOMIC_RELAXED);
    return byte == 0 ? std::nullopt : std::optional(static_cast<lock_family>(byte - 1));
}

/// The context at work on this host thread; &unmet on a host thread the machine has not met yet.
/// initial-exec: in a shared library the default model doubles the cost of a checked acquire.
extern thread_local constinit context *current_context __attribute__((tls_model("initial-exec")));

/// Bits that send a call off the plain native path.  Every context has a copy, so that a routine
/// tests its own cache line only.
enum attention : std::uint32_t {
    attention_simulating = 1,  // calls are scheduling points
    attention_stopped = 2,     // the machine is dead: calls are refused
    attention_tracing = 4,     // calls leave an event
    attention_stale = 8,       // the context is of an earlier machine: meet this one first
    attention_atomics = 16,  // accesses of lock words are scheduling points, see sched/atomic.hpp
    attention_thread =
        64,  // a thread's: kernel APCs are queued or a wait is due; an APC's: always
    attention_faults = 128,  // attempts on locks may fail on request, see machine/faults.hpp
    attention_pending = 32,  // a context's own: an APC, DPC or interrupt may be deliverable
};
extern std::atomic<std::uint32_t> attention_word;

inline bool wants_attention(const context &self) noexcept {
    return __builtin_expect(__atomic_load_n(&self.attention, __ATOMIC_RELAXED) != 0, 0);
}

/// Both bytes, the level the lower: atomically, as others set bits in the attention.
inline std::uint16_t level_and_attention(const context &self) noexcept {
    using both [[gnu::may_alias]] = std::uint16_t;
    static_assert(offsetof(context, irql) == 0 && offsetof(context, attention) == 1);
    static_assert(alignof(context) >= alignof(both));
    return __atomic_load_n(reinterpret_cast<const both *>(&self), __ATOMIC_RELAXED);
}

/// At PASSIVE_LEVEL with nothing wanting attention: one load and one test of both bytes.
inline bool passive_and_plain(const context &self) noexcept {
    return __builtin_expect(level_and_attention(self) == 0, 1);
}

/// The same in a simulation where nothing else is special: what is left to do is to ask the
/// strategy.
inline bool passive_and_simulated(const context &self) noexcept {
    return level_and_attention(self) == attention_simulating << 8;
}

inline bool met() noexcept { return current_context != &unmet; }

}  // namespace emu
