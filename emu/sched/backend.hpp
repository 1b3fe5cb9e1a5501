// The two worlds behind sched.hpp.  Private to this room.
#pragma once
#include "emu/sched/sched.hpp"

namespace emu::sched {

bool native_park(actor &self, std::uint64_t deadline_ns);
void native_unpark(actor &other) noexcept;
std::uint64_t native_now_ns() noexcept;
void native_start(actor &made);
[[noreturn]] void native_finish(actor &self);

void native_poll(actor &self, const void *word, std::uint64_t seen, unsigned turn);
void simulated_poll(actor &self, const void *word, std::size_t size, std::uint64_t seen);

bool simulated_park(actor &self, std::uint64_t deadline_ns);
void simulated_unpark(actor &other) noexcept;
std::uint64_t simulated_now_ns() noexcept;
void simulated_start(actor &made);
void simulated_pass_time(std::uint64_t ns);
void simulated_set_alarm(actor &parked, std::uint64_t deadline_ns);
void simulated_allow(actor &self, std::uint64_t processors);
[[noreturn]] void simulated_finish(actor &self);

}  // namespace emu::sched
