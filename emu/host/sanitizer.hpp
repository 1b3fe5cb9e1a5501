// Which sanitizer this build has, and its hooks.
#pragma once

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EMU_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define EMU_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(EMU_ASAN)
#define EMU_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__) && !defined(EMU_TSAN)
#define EMU_TSAN 1
#endif

#ifdef EMU_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif
// EMU_RACES, from the build: race detection in simulation.  The library itself is not instrumented
// then, its drivers are, so the hooks are needed without the compiler saying so.
#if defined(EMU_TSAN) || defined(EMU_RACES)
#define EMU_TSAN_HOOKS 1
#include <sanitizer/tsan_interface.h>
#endif

#ifdef EMU_TSAN
constexpr bool thread_sanitizer_build = true;
#define EMU_UNORDERED_READ __attribute__((no_sanitize("thread"), noinline))
#else
constexpr bool thread_sanitizer_build = false;
/// A function that may read while others write, as it makes nothing of it that they change.
#define EMU_UNORDERED_READ
#endif

#if defined(EMU_ASAN) || defined(EMU_TSAN_HOOKS)
constexpr bool sanitizer_build = true;
#else
constexpr bool sanitizer_build = false;
#endif
