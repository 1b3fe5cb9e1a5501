#include "emu/verify/advice.hpp"

namespace emu::verify {

const char *advice_for(rule which) noexcept {
    switch (which) {
#define EMU_ADVICE(name, sentence) \
    case rule::name: return sentence;
#include "emu/verify/advice.def"
#undef EMU_ADVICE
        default: return nullptr;
    }
}

const char *without_bug_check(rule which) noexcept {
    switch (which) {
        case rule::recursive_acquire:
        case rule::shared_over_exclusive:
        case rule::shared_to_exclusive_upgrade:
        case rule::shared_beside_waiting_writer:
        case rule::deadlock:
        case rule::lost_wakeup: return "hangs here";
        case rule::wrong_release_mode: return "releases the lock all the same, today";
        case rule::freed_object:
        case rule::freed_while_held:
        case rule::freed_while_waited_on:
        case rule::overwritten_object:
        case rule::pool_overrun:
        case rule::pool_write_after_free: return "corrupts memory or crashes later, elsewhere";
        case rule::assertion_failed:
        case rule::paged_code_at_raised_irql:
            return "breaks into the debugger, in checked code only";
        case rule::check_failed: return "has no say in what the test expects";
        case rule::machine_dead:
        case rule::not_emulated:
        case rule::host_thread_in_simulation:
        case rule::host_blocking:
        case rule::endless_loop:
        case rule::nondeterministic_body:
        case rule::step_limit:
        case rule::replay_diverged:
        case rule::unrestored_global: return "is not concerned";
        case rule::not_a_system_thread: return "returns STATUS_INVALID_PARAMETER";
        case rule::null_object: return "faults here";
        default: return "goes on, with undefined behaviour";
    }
}

}  // namespace emu::verify
