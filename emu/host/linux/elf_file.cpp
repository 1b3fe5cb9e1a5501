#include "emu/host/linux/elf_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

namespace emu::host {

namespace {

#if defined(__aarch64__)
constexpr unsigned copy_relocation = R_AARCH64_COPY;
#else
constexpr unsigned copy_relocation = R_X86_64_COPY;
#endif

#if __ELF_NATIVE_CLASS == 64
constexpr unsigned char native_class = ELFCLASS64;
constexpr unsigned type_of(std::size_t info) { return static_cast<unsigned>(ELF64_R_TYPE(info)); }
constexpr std::size_t symbol_of(std::size_t info) { return ELF64_R_SYM(info); }
#else
#error "images are read for 64-bit ELF only"
#endif

}  // namespace

elf_file::elf_file(const char *path) {
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return;
    }
    struct stat about{};
    if (fstat(file, &about) == 0 && about.st_size > static_cast<off_t>(sizeof *header_)) {
        const auto size = static_cast<std::size_t>(about.st_size);
        void *map = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
        if (map != MAP_FAILED) {
            map_ = static_cast<const std::byte *>(map);
            size_ = size;
        }
    }
    close(file);
    const auto *header = reinterpret_cast<const ElfW(Ehdr) *>(map_);
    if (header != nullptr && std::memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
        header->e_ident[EI_CLASS] == native_class && header->e_shentsize == sizeof(ElfW(Shdr))) {
        header_ = header;
    }
}

elf_file::~elf_file() {
    if (map_ != nullptr) {
        munmap(const_cast<std::byte *>(map_), size_);
    }
}

template <class Entry>
std::span<const Entry> elf_file::array(std::size_t offset, std::size_t count) const {
    if (offset > size_ || count > (size_ - offset) / sizeof(Entry)) {
        return {};
    }
    return {reinterpret_cast<const Entry *>(map_ + offset), count};
}

std::span<const ElfW(Phdr)> elf_file::segments() const {
    return array<ElfW(Phdr)>(header_->e_phoff, header_->e_phnum);
}

std::span<const ElfW(Shdr)> elf_file::sections() const {
    return array<ElfW(Shdr)>(header_->e_shoff, header_->e_shnum);
}

std::string_view elf_file::text(std::size_t string_section, std::size_t at) const {
    const auto all = sections();
    if (string_section >= all.size()) {
        return {};
    }
    const ElfW(Shdr) &strings = all[string_section];
    const auto bytes = array<char>(strings.sh_offset, strings.sh_size);
    if (at >= bytes.size()) {
        return {};
    }
    const auto rest = bytes.subspan(at);
    return {rest.data(), strnlen(rest.data(), rest.size())};
}

std::string_view elf_file::name_of(const ElfW(Shdr) & section) const {
    return text(header_->e_shstrndx, section.sh_name);
}

const ElfW(Shdr) * elf_file::table(unsigned type) const {
    for (const ElfW(Shdr) & each : sections()) {
        if (each.sh_type == type) {
            return &each;
        }
    }
    return nullptr;
}

void elf_file::each_symbol(unsigned table_type, const symbol_taker &take) const {
    const ElfW(Shdr) *symbols = table(table_type);
    if (symbols == nullptr) {
        return;
    }
    std::string_view file;
    for (const ElfW(Sym) & each :
         array<ElfW(Sym)>(symbols->sh_offset, symbols->sh_size / sizeof(ElfW(Sym)))) {
        const std::string_view name = text(symbols->sh_link, each.st_name);
        if (ELF64_ST_TYPE(each.st_info) == STT_FILE) {
            file = name;
        } else {
            take(each, name, ELF64_ST_BIND(each.st_info) == STB_LOCAL ? file : "");
        }
    }
}

void elf_file::each_copied(const std::function<void(std::string_view name)> &take) const {
    const ElfW(Shdr) *symbols = table(SHT_DYNSYM);
    if (symbols == nullptr) {
        return;
    }
    const auto names = array<ElfW(Sym)>(symbols->sh_offset, symbols->sh_size / sizeof(ElfW(Sym)));
    for (const ElfW(Shdr) & section : sections()) {
        if (section.sh_type != SHT_RELA || (section.sh_flags & SHF_ALLOC) == 0) {
            continue;
        }
        for (const ElfW(Rela) & each :
             array<ElfW(Rela)>(section.sh_offset, section.sh_size / sizeof(ElfW(Rela)))) {
            const std::size_t index = symbol_of(each.r_info);
            if (type_of(each.r_info) == copy_relocation && index < names.size()) {
                take(text(symbols->sh_link, names[index].st_name));
            }
        }
    }
}

}  // namespace emu::host
