// Return addresses, and what they are called.  Slow: for reports only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace emu::host {

/// Fills `frames` with the return addresses of the running stack, innermost first; how many.
std::size_t capture_frames(std::span<const void *> frames, std::size_t skip) noexcept;

struct source_line {
    std::string symbol;    // of the function whose code it is, with its namespaces; empty if unknown
    std::string function;  // of the innermost function inlined there, by its plain name
    std::string file;
    int line = 0;
};

/// What stands at a return address, as far as the debug information tells.
source_line describe_address(const void *return_address);

}  // namespace emu::host
