// The file of a loaded module, read for what the loader does not map: sections and symbols.
//
// Owns a private mapping of the file.  Addresses are those of the file: add the module's bias.
#pragma once
#include <link.h>

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace emu::host {

class elf_file {
public:
    explicit elf_file(const char *path);
    ~elf_file();
    elf_file(const elf_file &) = delete;
    elf_file &operator=(const elf_file &) = delete;

    /// False if there is no such file, or it is not of this machine's format.
    bool readable() const noexcept { return header_ != nullptr; }

    std::span<const ElfW(Phdr)> segments() const;
    std::span<const ElfW(Shdr)> sections() const;
    std::string_view name_of(const ElfW(Shdr) & section) const;

    /// Calls `take` with each symbol of the table (SHT_SYMTAB or SHT_DYNSYM), its name, and the
    /// source file that the table gives for it, which it does for local symbols only.
    using symbol_taker = std::function<void(const ElfW(Sym) & symbol, std::string_view name,
                                            std::string_view file)>;
    void each_symbol(unsigned table_type, const symbol_taker &take) const;
    bool has_table(unsigned table_type) const { return table(table_type) != nullptr; }

    /// The names of the symbols whose objects the loader copies into this module.
    void each_copied(const std::function<void(std::string_view name)> &take) const;

private:
    const ElfW(Shdr) * table(unsigned type) const;
    std::string_view text(std::size_t string_section, std::size_t at) const;
    template <class Entry>
    std::span<const Entry> array(std::size_t offset, std::size_t count) const;

    const std::byte *map_ = nullptr;
    std::size_t size_ = 0;
    const ElfW(Ehdr) *header_ = nullptr;
};

}  // namespace emu::host
