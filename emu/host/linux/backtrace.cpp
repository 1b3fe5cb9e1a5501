#include "emu/host/backtrace.hpp"

#include "emu/host/fiber.hpp"

#include <backtrace.h>
#include <cxxabi.h>
#include <unwind.h>

#include <cstdlib>

#include "emu/host/mutex.hpp"

namespace emu::host {

namespace {

struct capture {
    std::span<const void *> frames;
    std::size_t skip;
    std::size_t count = 0;
};

_Unwind_Reason_Code take_frame(_Unwind_Context *at, void *argument) {
    auto &into = *static_cast<capture *>(argument);
    if (_Unwind_GetRegionStart(at) == reinterpret_cast<_Unwind_Ptr>(outermost_function())) {
        return _URC_END_OF_STACK;  // the stack holds what its last user left there
    }
    if (into.skip > 0) {
        --into.skip;
        return _URC_NO_REASON;
    }
    const auto address = _Unwind_GetIP(at);
    if (address == 0 || into.count == into.frames.size()) {
        return _URC_END_OF_STACK;
    }
    into.frames[into.count++] = reinterpret_cast<const void *>(address);
    return _URC_NO_REASON;
}

std::string readable(const char *symbol) {
    int status = 0;
    char *plain = abi::__cxa_demangle(symbol, nullptr, nullptr, &status);
    std::string text = status == 0 && plain != nullptr ? plain : symbol;
    std::free(plain);
    return text;
}

void ignore_error(void *, const char *, int) {}

backtrace_state *symbols() {
    static backtrace_state *const state =
        backtrace_create_state(nullptr, 1, ignore_error, nullptr);
    return state;
}

int take_line(void *argument, std::uintptr_t, const char *file, int line, const char *function) {
    if (file != nullptr && function != nullptr) {
        static_cast<described_address *>(argument)->inlined.push_back(
            {readable(function), file, line});
    }
    return 0;
}

void take_variable(void *argument, std::uintptr_t address, const char *symbol,
                   std::uintptr_t start, std::uintptr_t size) {
    if (symbol != nullptr && address - start < size) {
        *static_cast<std::string *>(argument) = readable(symbol);
    }
}

void take_symbol(void *argument, std::uintptr_t, const char *symbol, std::uintptr_t,
                 std::uintptr_t) {
    if (symbol != nullptr) {
        static_cast<described_address *>(argument)->symbol = readable(symbol);
    }
}

}  // namespace

std::size_t capture_frames(std::span<const void *> frames, std::size_t skip) noexcept {
    capture into{frames, skip + 1};
    _Unwind_Backtrace(take_frame, &into);
    return into.count;
}

// libbacktrace keeps its own lock only for its caches; one report at a time is enough.
static mutex guard;

std::string variable_at(const void *address) {
    const std::lock_guard held(guard);
    std::string name;
    backtrace_syminfo(symbols(), reinterpret_cast<std::uintptr_t>(address), take_variable,
                      ignore_error, &name);
    return name;
}

described_address describe_address(const void *return_address) {
    const std::lock_guard held(guard);
    described_address found;
    if (return_address == nullptr) {
        return found;
    }
    // One byte back: the return address belongs to the line after the call.
    const auto address = reinterpret_cast<std::uintptr_t>(return_address) - 1;
    backtrace_syminfo(symbols(), address, take_symbol, ignore_error, &found);
    backtrace_pcinfo(symbols(), address, take_line, ignore_error, &found);
    return found;
}

}  // namespace emu::host
