#include "emu/nt/raise.hpp"

#include "emu/nt/enter.hpp"

namespace emu::nt {

void raise_status(NTSTATUS status, const void *caller) {
    const auto code = static_cast<std::uint32_t>(status);
    stop_on(verify::broken({self_context(), routine::none, nullptr, caller},
                           rule::uncaught_exception,
                           {0x7E, {code, reinterpret_cast<std::uint64_t>(caller), 0, 0}},
                           "status 0x%X was raised and nobody caught it", code));
    __builtin_unreachable();  // has a bug check of retail Windows: enforced in every fidelity
}

}  // namespace emu::nt
