// Modules: the executable and its shared libraries as they lie in memory, and what in them a
// program writes.  Slow: files are read.  For the first boot of a machine and for explorations.
#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace emu::host {

struct memory_range {
    std::byte *low = nullptr;
    std::size_t size = 0;

    std::byte *high() const noexcept { return low + size; }
};

/// An object of static storage duration.
struct variable {
    std::string symbol;
    std::string file;  // that defines it, where the symbol table tells: for static ones
    memory_range at;
    bool exported = false;  // other modules can see it

    bool has_c_name() const noexcept;  // C, or an unmangled global of C++
    std::string name() const;          // "Count", "cache::names"
    std::string in_words() const;      // "Count (cache.c)"
};

struct image {
    std::string path;
    std::string fault;        // why its file does not tell what follows; empty if it does
    bool executable = false;  // the program itself
    bool symbolic = false;  // linked with -Bsymbolic: uses its own variables, whoever else has one
    /// What the module's code writes, ascending: no relocations, no tables of the loader, no
    /// coverage counters, no metadata of sanitizers.
    std::vector<memory_range> writable;
    std::vector<variable> variables;         // in `writable`, ascending; several may share a place
    std::vector<std::string> thread_locals;  // symbols
    std::vector<std::string> copied;         // symbols whose objects the loader copied into it
    bool runs_initialisers = false;          // C++ objects that are constructed as it is loaded

    /// For sentences: "the executable", or the file's name without its folders.
    std::string name() const;

    /// The variable that an address lies in; null if the symbols name none.
    const variable *at(const std::byte *address) const noexcept;
};

/// The module that an address lies in; none if it is in no module.
std::optional<image> image_around(const void *address);

/// The executable, and then the modules that take a symbol from elsewhere for which `wanted` is
/// true, in the loader's order.
std::vector<image> images_that_import(const std::function<bool(const std::string &)> &wanted);

/// True if both lie in the same module.
bool same_image(const void *one, const void *other) noexcept;

/// What a symbol means to the program as a whole; null if nothing.
const std::byte *global_symbol(const char *name) noexcept;

/// The C++ symbol as written in source; C symbols as they are.
std::string plain_name(const char *symbol);

/// Answers whether an address lies in memory that malloc gave out or could have: memory of the
/// process that belongs to no module and no stack.  Looks at the process once, when made.
class heap_finder {
public:
    heap_finder();
    bool owns(const void *address) const noexcept;

private:
    std::vector<memory_range> anonymous_;
};

}  // namespace emu::host
