// What orders emulated threads, told to the race detector: one line where a hand-over happens.
//
// In simulation all threads are fibers of one host thread, so nothing that the detector could see
// by itself orders them: a switch is no ordering.  Whoever hands an object over says
// handed_over(object) before it does, whoever receives it says taken_over(object) afterwards; all
// that happened before the former then happened before whatever follows the latter.  Any address
// that both sides know will do.  Empty in a build without race detection (meson -Draces).
#pragma once
#include <cstddef>

#include "emu/host/sanitizer.hpp"

namespace emu::host {

#ifdef EMU_RACES
constexpr bool race_detection = true;

[[gnu::always_inline]] inline void handed_over(const void *object) noexcept {
    __tsan_release(const_cast<void *>(object));
}
[[gnu::always_inline]] inline void taken_over(const void *object) noexcept {
    __tsan_acquire(const_cast<void *>(object));
}

/// The library reads or writes memory of the driver on its behalf, as ExFreePool does; `caller` is
/// the return address into the driver.
void accessed_by(const void *caller, const void *low, std::size_t size, bool write) noexcept;
#else
constexpr bool race_detection = false;

inline void handed_over(const void *) noexcept {}
inline void taken_over(const void *) noexcept {}
inline void accessed_by(const void *, const void *, std::size_t, bool) noexcept {}
#endif

}  // namespace emu::host
