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
    if (file.ends_with("/emu/test.hpp") || file.find("/wdm/nt/") != std::string_view::npos ||
        (file.find("/include/") != std::string_view::npos &&
         file.find("/c++/") != std::string_view::npos)) {
        return true;
    }
    // Where the compiler was given a relative name, some debug information has its folder before.
    const std::string rooms = std::string(source_root()) + "emu/";
    const std::size_t at = file.find(rooms);
    return at == 0 || (at != std::string_view::npos && file[at - 1] == '/' && rooms[0] == '.');
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
    return has_prefix_of(symbol, {"emu::", "std::", "boost::", "make_fcontext", "Emu"}) ||
           symbol.find(" emu::") != std::string_view::npos ||
           symbol.find(" std::") != std::string_view::npos;
}

bool is_framework_symbol(std::string_view symbol) {
    return has_prefix_of(symbol,
                         {"doctest::", "testing::", "Catch::", "__libc_start", "start_thread"});
}

}  // namespace

code_place place_of(const void *return_address) {
    const host::described_address described = host::describe_address(return_address);
    code_place at;
    at.inside_library = is_internal_symbol(described.symbol);
    // gcc names the copies it makes of a function "f [clone .isra.0]".
    at.function = described.symbol.substr(0, described.symbol.find(" [clone"));
    // The reader's line may have been inlined into one of our wrappers, or ours into the reader's.
    for (const host::source_line &each : described.inlined) {
        if (!is_library_file(each.file)) {
            at.file = each.file;
            at.line = each.line;
            at.function = at.inside_library || at.function.empty() ? each.function : at.function;
            at.inside_library = false;
            break;
        }
    }
    at.below_the_test = is_framework_symbol(at.function);
    return at;
}

std::string code_place::where() const {
    return file.empty()
               ? ""
               : fmt::format("{}:{}", std::filesystem::path(file).filename().string(), line);
}

std::string in_words(const void *return_address) {
    const code_place at = place_of(return_address);
    if (at.file.empty()) {
        return at.function.empty() ? fmt::format("{}", return_address) : at.function;
    }
    return fmt::format("{} in {}", at.where(), at.function);
}

}  // namespace emu::verify
