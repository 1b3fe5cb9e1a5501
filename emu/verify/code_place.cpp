#include "emu/verify/code_place.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <string_view>

#include "emu/host/backtrace.hpp"

namespace emu::verify {

namespace {

// Where the library was compiled: this file's name without "emu/verify/code_place.cpp".
std::string_view source_root() {
    constexpr std::string_view here = __FILE__;
    return here.substr(0, here.size() - std::string_view("emu/verify/code_place.cpp").size());
}

bool is_library_file(std::string_view file) {
    if (!file.starts_with(source_root())) {
        return false;
    }
    file.remove_prefix(source_root().size());
    return file.starts_with("emu/") || file.starts_with("include/");
}

bool has_prefix_of(std::string_view symbol, std::initializer_list<std::string_view> prefixes) {
    for (const std::string_view each : prefixes) {
        if (symbol.starts_with(each)) {
            return true;
        }
    }
    return false;
}

// Template instances are demangled with their return type in front.
bool is_internal_symbol(std::string_view symbol) {
    return has_prefix_of(symbol, {"emu::", "std::", "boost::", "make_fcontext"}) ||
           symbol.find(" emu::") != std::string_view::npos ||
           symbol.find(" std::") != std::string_view::npos;
}

bool is_framework_symbol(std::string_view symbol) {
    return has_prefix_of(symbol, {"doctest::", "testing::", "Catch::", "__libc_start", "start_thread"});
}

}  // namespace

code_place place_of(const void *return_address) {
    const host::source_line line = host::describe_address(return_address);
    code_place at;
    at.file = line.file;
    at.line = line.line;
    at.below_the_test = is_framework_symbol(line.symbol);
    // A driver's lambda inlined into our wrapper has our symbol and its own file; an NT routine has a
    // plain C name and our file, and is what the reader called.
    const bool ours = is_internal_symbol(line.symbol);
    const bool library_file = line.file.empty() || is_library_file(line.file);
    at.inside_library = ours && library_file;
    at.function = ours || line.symbol.empty() ? line.function : line.symbol;
    if (library_file) {
        at.file.clear();
    }
    return at;
}

std::string code_place::where() const {
    return file.empty() ? "" : fmt::format("{}:{}", std::filesystem::path(file).filename().string(), line);
}

std::string in_words(const void *return_address) {
    const code_place at = place_of(return_address);
    if (at.file.empty()) {
        return at.function.empty() ? fmt::format("{}", return_address) : at.function;
    }
    return fmt::format("{} in {}", at.where(), at.function);
}

}  // namespace emu::verify
