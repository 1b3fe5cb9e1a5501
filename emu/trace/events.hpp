// What happened, in order: a ring of events, filled while tracing is on.
//
// Written by the kernel rooms, read by the reports.  In simulation the explorer replays a failing
// schedule with tracing on, so exploring itself pays nothing for it.
#pragma once
#include <cstdint>
#include <vector>

#include "emu/base/context.hpp"

namespace emu::trace {

enum class event_kind : std::uint8_t {
    call,      // a routine took effect
    acquired,  // a lock was granted
    released,
    blocked,  // the thread parked
    woke,
    started,
    ended,
    freed,
};

/// Whose column an event stands in: a thread's id, or a DPC or ISR of a processor.
constexpr std::uint64_t callback_column = std::uint64_t{1} << 63;

constexpr std::uint64_t column_of(context_kind kind, std::uint64_t thread_id,
                                  std::int16_t processor) {
    return kind == context_kind::dpc || kind == context_kind::isr
               ? callback_column | static_cast<std::uint64_t>(kind) << 16 |
                     static_cast<std::uint16_t>(processor)
               : thread_id;
}

struct event {
    std::uint64_t thread_id;  // or callback column
    routine by;
    const void *object;
    const void *caller;
    event_kind kind;
};

constexpr std::size_t ring_size = 1024;

void record(const event &happened) noexcept;

inline bool recording() noexcept {
    return (attention_word.load(std::memory_order_relaxed) & attention_tracing) != 0;
}

/// The events still in the ring, oldest first.
std::vector<event> recent();

void clear() noexcept;

}  // namespace emu::trace
