// Return addresses as a driver developer wants to read them.
#pragma once
#include <string>

namespace emu::verify {

struct code_place {
    std::string function;
    std::string file;
    int line = 0;
    bool inside_library = false;  // one of our own frames, which say nothing to the reader
    bool below_the_test = false;  // the test framework and what called it

    std::string where() const;  // "name_cache.c:88"
};

code_place place_of(const void *return_address);

/// "name_cache.c:88 in CacheLookup", or the bare address.
std::string in_words(const void *return_address);

}  // namespace emu::verify
