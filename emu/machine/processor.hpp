// Processors and the IRQL.
//
// Below DISPATCH_LEVEL the level is the thread's alone.  Crossing DISPATCH_LEVEL takes a processor
// token {context}; nested raises change only the level.  A thread takes any free processor, preferring
// the one it had.  Nobody waits for a lock while waiting for a token: the token comes first.
#pragma once
#include <atomic>
#include <cstdint>

#include "emu/base/context.hpp"

namespace emu::machine {

constexpr std::uint8_t apc_level = 1;
constexpr std::uint8_t dispatch_level = 2;
constexpr std::uint8_t high_level = 15;
constexpr unsigned max_processors = 64;

void reset_processors(unsigned count) noexcept;
unsigned processor_count() noexcept;

/// Takes a processor for a context below DISPATCH_LEVEL; waits until one is free.
void take_processor(context &self) noexcept;

/// Gives it back.
void return_processor(context &self) noexcept;

/// Sets the level, crossing DISPATCH_LEVEL in either direction as needed; the level before.
inline std::uint8_t set_irql(context &self, std::uint8_t level) noexcept {
    const std::uint8_t before = self.irql;
    if (__builtin_expect((before >= dispatch_level) != (level >= dispatch_level), 0)) {
        level >= dispatch_level ? take_processor(self) : return_processor(self);
    }
    self.irql = level;
    return before;
}

}  // namespace emu::machine
