#include "emu/host/fiber.hpp"

#include <boost/context/detail/fcontext.hpp>

#include <cinttypes>
#include <cstdio>
#include <utility>
#include <vector>

#include "emu/base/invariant.hpp"
#include "emu/host/happens_before.hpp"
#include "emu/host/mutex.hpp"
#include "emu/host/sanitizer.hpp"

namespace emu::host {

namespace context = boost::context::detail;

namespace {

#ifdef EMU_RACES
// A switch is no ordering between emulated threads; what is says so, see happens_before.hpp.
constexpr unsigned switch_flags = __tsan_switch_to_fiber_no_sync;
constexpr char all_fibers = 0;  // what discarded fibers did, handed over

// The runtime's fibers are dear (half a megabyte, mapped and unmapped); those whose frames have
// all returned serve again.  Leaked on purpose, like the stacks.
struct idle_fibers {
    mutex guard;
    std::vector<void *> list;
};
idle_fibers &idle() {
    static idle_fibers *const made = new idle_fibers;
    return *made;
}

void *take_sanitizer_fiber() {
    const std::lock_guard held(idle().guard);
    if (idle().list.empty()) {
        return __tsan_create_fiber(0);
    }
    void *const taken = idle().list.back();
    idle().list.pop_back();
    return taken;
}

void return_sanitizer_fiber(const fiber &old) {
    if (!old.unwound) {
        return __tsan_destroy_fiber(old.sanitizer_fiber);
    }
    const std::lock_guard held(idle().guard);
    idle().list.push_back(old.sanitizer_fiber);
}

void name_by_label(const fiber &made) {
    char name[24];
    std::snprintf(name, sizeof name, "%" PRIu64, made.label);
    __tsan_set_fiber_name(made.sanitizer_fiber, name);
}

// What the fiber did happened before whatever the running one does next.  Only it can say so: for
// a moment we are it.
void absorb(const fiber &old) noexcept {
    void *const self = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(old.sanitizer_fiber, switch_flags);
    handed_over(&all_fibers);
    __tsan_switch_to_fiber(self, switch_flags);
    taken_over(&all_fibers);
}
#elif defined(EMU_TSAN)
constexpr unsigned switch_flags = 0;
void *take_sanitizer_fiber() { return __tsan_create_fiber(0); }
void return_sanitizer_fiber(const fiber &old) { __tsan_destroy_fiber(old.sanitizer_fiber); }
#endif

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
    taken_over(self);
    self->entry(self->argument);
    EMU_INVARIANT(!"a fiber's entry returned");
}

}  // namespace

const void *outermost_function() noexcept { return reinterpret_cast<const void *>(&first_steps); }

void prepare(fiber &made, stack on, void (*entry)(void *), void *argument) {
    made.bounds = on;
    made.entry = entry;
    made.argument = argument;
    made.registers = context::make_fcontext(on.low + on.size, on.size, first_steps);
    made.sanitizer_stack = nullptr;
    made.unwound = false;
#ifdef EMU_TSAN_HOOKS
    made.sanitizer_fiber = take_sanitizer_fiber();
#endif
#ifdef EMU_RACES
    name_by_label(made);
#endif
    handed_over(&made);
}

void adopt_host_stack(fiber &made) {
    made.bounds = {};  // not asked for: that takes a system call or more
#ifdef EMU_ASAN
    made.bounds = host_thread_stack();
#endif
#ifdef EMU_TSAN_HOOKS
    made.sanitizer_fiber = __tsan_get_current_fiber();
#endif
}

// Never inlined: a caller could keep the address of a thread-local across the switch.
__attribute__((noinline)) void switch_fiber(fiber &from, fiber &to) noexcept {
#ifdef EMU_ASAN
    __sanitizer_start_switch_fiber(&from.sanitizer_stack, to.bounds.low, to.bounds.size);
#endif
#ifdef EMU_TSAN_HOOKS
    __tsan_switch_to_fiber(to.sanitizer_fiber, switch_flags);
#endif
    starting = &to;
    arrived(context::jump_fcontext(to.registers, &from), from.sanitizer_stack);
}

__attribute__((noinline)) void leave_fiber(fiber &from, fiber &to) noexcept {
#ifdef EMU_ASAN
    __sanitizer_start_switch_fiber(nullptr, to.bounds.low, to.bounds.size);
#endif
#ifdef EMU_TSAN_HOOKS
    __tsan_switch_to_fiber(to.sanitizer_fiber, switch_flags);
#endif
    starting = &to;
    context::jump_fcontext(to.registers, &from);
    __builtin_unreachable();
}

void discard(fiber &old) noexcept {
#ifdef EMU_TSAN_HOOKS
    if (old.sanitizer_fiber != nullptr) {
#ifdef EMU_RACES
        absorb(old);
#endif
        return_sanitizer_fiber(old);
    }
#endif
    old.sanitizer_fiber = nullptr;
}

#ifdef EMU_RACES
namespace {

// `on` has the other identity meanwhile, so that it comes back with it if it is switched away.
void swap_identities(fiber &on, fiber &as) {
    std::swap(on.sanitizer_fiber, as.sanitizer_fiber);
    __tsan_switch_to_fiber(on.sanitizer_fiber, switch_flags);
}

}  // namespace

void run_as(fiber &on, fiber &as, void (*body)(void *), void *argument) {
    if (as.sanitizer_fiber == nullptr) {
        as.sanitizer_fiber = take_sanitizer_fiber();
        name_by_label(as);
    }
    as.unwound = false;
    swap_identities(on, as);
    body(argument);
    swap_identities(on, as);
    as.unwound = true;
}
#else
void run_as(fiber &, fiber &, void (*body)(void *), void *argument) { body(argument); }
#endif

}  // namespace emu::host
