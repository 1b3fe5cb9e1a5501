// Processors and the IRQL.
//
// Below DISPATCH_LEVEL the level is the thread's alone.  Crossing DISPATCH_LEVEL takes a processor
// token {context}; nested raises change only the level.  A thread takes any free processor,
// preferring the one it had.  Nobody waits for a lock while waiting for a token: the token comes
// first.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>

#include "emu/base/context.hpp"

namespace emu::machine {

constexpr std::uint8_t apc_level = 1;
constexpr std::uint8_t dispatch_level = 2;
constexpr std::uint8_t high_level = 15;
constexpr unsigned max_processors = 64;

/// One token per processor, each on a cache line of its own: null, or the context that holds it.
struct alignas(64) processor_token {
    std::atomic<context *> holder{nullptr};
};
extern std::array<processor_token, max_processors> processor_tokens;

/// Contexts that wait for any token.
extern std::atomic<std::uint32_t> processor_waiters;

void reset_processors(unsigned count) noexcept;
unsigned processor_count() noexcept;

/// The processors there are, as bits.
std::uint64_t active_processors() noexcept;

/// Those that the context's thread may run on.
std::uint64_t allowed_processors(const context &self) noexcept;

/// The processor the context is on: below DISPATCH_LEVEL as good as any that it may run on, and
/// another one after a while.
unsigned current_processor(context &self) noexcept;

/// Takes any free processor for a context below DISPATCH_LEVEL; waits until there is one.
void take_processor(context &self);

/// As take_processor, but this one.  try_ does not wait.
void take_this_processor(context &self, unsigned wanted);
bool try_take_this_processor(context &self, unsigned wanted) noexcept;

/// Gives it back, in simulation too.
void return_processor(context &self) noexcept;

/// Gives it back on the way below DISPATCH_LEVEL: first runs what was queued for it, see dpc.hpp.
void leave_processor(context &self);

/// The thread may run on these processors only, from now on or, at DISPATCH_LEVEL and above, from
/// when the level falls.
void set_affinity(context &self, std::uint64_t processors);

/// Runs what has become deliverable to a context whose attention_pending is set, now that its
/// level is `level`.
void deliver_pending(context &self, std::uint8_t level);

/// Wakes those that wait for a token.
void wake_processor_waiters() noexcept;

/// Native fast path: the processor it had last, if that is free.
inline bool try_take_last_processor(context &self) noexcept {
    std::atomic<context *> &holder = processor_tokens[self.preferred_processor].holder;
    context *expected = nullptr;
    // acquire pairs with the release of give_back_token: per-processor data is handed over with
    // it; release with the acquire of whoever marks the holder's attention: it meets a whole
    // context
    if (!holder.compare_exchange_strong(expected, &self, std::memory_order_acq_rel,
                                        std::memory_order_relaxed)) {
        return false;
    }
    self.processor = static_cast<std::int16_t>(self.preferred_processor);
    return true;
}

/// The native half of return_processor.  The store needs no fence: whoever waits has made every
/// thread of the process pass a barrier between raising processor_waiters and looking at the
/// tokens.
inline void give_back_token(context &self) noexcept {
    processor_tokens[static_cast<unsigned>(self.processor)].holder.store(
        nullptr, std::memory_order_release);
    self.processor = -1;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (__builtin_expect(processor_waiters.load(std::memory_order_relaxed) != 0, 0)) {
        wake_processor_waiters();
    }
}

inline bool crosses_dispatch_level(std::uint8_t from, std::uint8_t to) noexcept {
    return (from >= dispatch_level) != (to >= dispatch_level);
}

inline bool pending(const context &self) noexcept {
    return (__atomic_load_n(&self.attention, __ATOMIC_RELAXED) & attention_pending) != 0;
}

/// Sets the level, crossing DISPATCH_LEVEL in either direction as needed; the level before.
/// Interrupts and DPCs that a lower level lets in run before it returns.
inline std::uint8_t set_irql(context &self, std::uint8_t level) {
    const std::uint8_t before = self.irql;
    if (crosses_dispatch_level(before, level)) {
        level >= dispatch_level ? take_processor(self) : leave_processor(self);
    }
    self.irql = level;
    if (level < before && __builtin_expect(pending(self), 0)) {
        deliver_pending(self, level);
    }
    return before;
}

}  // namespace emu::machine
