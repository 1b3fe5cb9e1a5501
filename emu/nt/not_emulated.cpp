// Loud stubs: every routine of not_emulated.def stops the context that calls it.
#include "emu/nt/enter.hpp"

namespace emu::nt {

namespace {

[[noreturn]] void stop_not_emulated(const char *name, const char *why, const void *caller) {
    stop_on(verify::broken(
        {self_context(), routine::none, nullptr, caller}, rule::not_emulated, {},
        "%s is not emulated (%s); define a function of that name in the test to stand in for it",
        name, why));
    __builtin_unreachable();  // rule::not_emulated is enforced in every fidelity
}

}  // namespace

}  // namespace emu::nt

// Weak, so that a test may define its own.
#define EMU_NOT_EMULATED(returns, name, parameters, why)                     \
    extern "C" __attribute__((weak)) returns NTAPI name parameters {         \
        emu::nt::stop_not_emulated(#name, why, __builtin_return_address(0)); \
    }
#include "emu/nt/not_emulated.def"
#undef EMU_NOT_EMULATED
