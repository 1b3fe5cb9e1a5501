#include "emu/host/fiber.hpp"

#include <boost/context/detail/fcontext.hpp>

#include "emu/base/invariant.hpp"
#include "emu/host/sanitizer.hpp"

namespace emu::host {

namespace context = boost::context::detail;

namespace {

void arrived(const context::transfer_t &came, void *own_sanitizer_stack) noexcept {
    static_cast<fiber *>(came.data)->registers = came.fctx;
#ifdef EMU_ASAN
    __sanitizer_finish_switch_fiber(own_sanitizer_stack, nullptr, nullptr);
#else
    static_cast<void>(own_sanitizer_stack);
#endif
}

// The running fiber of this host thread, so that a fresh fiber finds its entry: jump_fcontext
// hands over one pointer only, and that names the fiber we came from.
thread_local fiber *starting = nullptr;

void first_steps(context::transfer_t came) {
    fiber *self = starting;
    arrived(came, nullptr);
    self->entry(self->argument);
    EMU_INVARIANT(!"a fiber's entry returned");
}

}  // namespace

void prepare(fiber &made, stack on, void (*entry)(void *), void *argument) {
    made.bounds = on;
    made.entry = entry;
    made.argument = argument;
    made.registers = context::make_fcontext(on.low + on.size, on.size, first_steps);
    made.sanitizer_stack = nullptr;
#ifdef EMU_TSAN
    made.sanitizer_fiber = __tsan_create_fiber(0);
#endif
}

void adopt_host_stack(fiber &made) {
    made.bounds = {};  // not asked for: that takes a system call or more
#ifdef EMU_ASAN
    made.bounds = host_thread_stack();
#endif
#ifdef EMU_TSAN
    made.sanitizer_fiber = __tsan_get_current_fiber();
#endif
}

// Never inlined: a caller could keep the address of a thread-local across the switch.
__attribute__((noinline)) void switch_fiber(fiber &from, fiber &to) noexcept {
#ifdef EMU_ASAN
    __sanitizer_start_switch_fiber(&from.sanitizer_stack, to.bounds.low, to.bounds.size);
#endif
#ifdef EMU_TSAN
    __tsan_switch_to_fiber(to.sanitizer_fiber, 0);
#endif
    starting = &to;
    arrived(context::jump_fcontext(to.registers, &from), from.sanitizer_stack);
}

__attribute__((noinline)) void leave_fiber(fiber &from, fiber &to) noexcept {
#ifdef EMU_ASAN
    __sanitizer_start_switch_fiber(nullptr, to.bounds.low, to.bounds.size);
#endif
#ifdef EMU_TSAN
    __tsan_switch_to_fiber(to.sanitizer_fiber, 0);
#endif
    starting = &to;
    context::jump_fcontext(to.registers, &from);
    __builtin_unreachable();
}

void discard(fiber &old) noexcept {
#ifdef EMU_TSAN
    __tsan_destroy_fiber(old.sanitizer_fiber);
#endif
    old.sanitizer_fiber = nullptr;
}

}  // namespace emu::host
