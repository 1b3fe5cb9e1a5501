// Return addresses, and what they are called.  Slow: for reports only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace emu::host {

/// Fills `frames` with the return addresses of the running stack, innermost first; how many.
std::size_t capture_frames(std::span<const void *> frames, std::size_t skip) noexcept;

struct source_line {
    std::string function;  // plain name
    std::string file;
    int line = 0;
};

struct described_address {
    std::string symbol;  // of the function whose code it is, with its namespaces
    std::vector<source_line>
        inlined;  // the innermost inlined call first, that function itself last
};

/// What stands at a return address, as far as symbols and debug information tell.
described_address describe_address(const void *return_address);

/// The name of the global or static variable at an address; empty if there is none.
std::string variable_at(const void *address);

}  // namespace emu::host
