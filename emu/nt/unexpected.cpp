#include "emu/nt/unexpected.hpp"

#include <exception>

#include "emu/nt/enter.hpp"

namespace emu::nt {

namespace {

void report(const char *what) {
    // SYSTEM_THREAD_EXCEPTION_NOT_HANDLED: what Windows says of a thread that nobody caught
    constexpr std::uint64_t cxx_exception = 0xE06D7363;
    stop_on(verify::broken({self_context(), routine::none, nullptr, EMU_CALLER},
                           rule::uncaught_exception, {0x7E, {cxx_exception, 0, 0, 0}},
                           "a C++ exception left the thread: %s", what));
}

}  // namespace

void report_exception() {
    try {
        throw;
    } catch (const std::exception &thrown) {
        report(thrown.what());
    } catch (...) {
        report("not a std::exception");
    }
    __builtin_unreachable();  // has a bug check of retail Windows: enforced in every fidelity
}

}  // namespace emu::nt
