// A finding: one broken rule, with all that the report needs, copied at the moment it broke.
//
// verify and the kernel rooms make findings; machine/stop.hpp ends the context that made one; the
// report is rendered from it afterwards.  A finding owns its memory but for the strings, which are
// literals or names of objects that outlive the machine.
#pragma once
#include <array>
#include <cstdint>

#include "emu/base/context.hpp"
#include "emu/rules.hpp"

namespace emu {

struct bug_check {
    std::uint32_t code = 0;  // 0: none, Windows hangs or corrupts memory here
    std::array<std::uint64_t, 4> parameters{};
};

struct finding {
    // The arrays are filled as far as their counts say: an execution makes a finding each, and
    // must not pay for clearing them.
    finding() noexcept { detail[0] = other[0] = '\0'; }

    static constexpr std::size_t max_frames = 48;
    static constexpr std::size_t max_held = 16;

    rule which = rule::none;
    routine in = routine::none;
    bug_check check;
    const void *object = nullptr;  // the lock, event, memory ... it is about
    const void *return_address = nullptr;
    char detail[320];  // the sentence particular to this case

    // the context that broke the rule
    const char *thread_name = nullptr;
    std::uint64_t thread_id = 0;
    std::uint8_t irql = 0;
    context_kind kind = context_kind::thread;  // a DPC or ISR borrows the thread named
    std::int16_t processor = -1;               // held, or -1
    std::int16_t kernel_apc_disable = 0;
    std::int16_t special_apc_disable = 0;
    std::uint32_t held_count = 0;
    std::array<held_lock, max_held> held;
    std::uint32_t frame_count = 0;
    std::array<const void *, max_frames> frames;

    // data_race: the access that came first
    char other[192];
    std::uint32_t other_frame_count = 0;
    std::array<const void *, 16> other_frames;
};

}  // namespace emu
