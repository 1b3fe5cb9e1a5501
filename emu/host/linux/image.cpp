#include "emu/host/image.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <iterator>

#include "emu/host/linux/elf_file.hpp"

namespace emu::host {

namespace {

struct loaded {
    ElfW(Addr) bias = 0;
    std::string path;
    std::vector<ElfW(Phdr)> segments;
    bool executable = false;
};

bool contains(const loaded &module, const void *address) {
    const auto wanted = reinterpret_cast<ElfW(Addr)>(address) - module.bias;
    return std::any_of(module.segments.begin(), module.segments.end(), [&](const auto &each) {
        return each.p_type == PT_LOAD && wanted - each.p_vaddr < each.p_memsz;
    });
}

std::vector<loaded> loaded_modules() {
    std::vector<loaded> all;
    dl_iterate_phdr(
        [](dl_phdr_info *info, std::size_t, void *into) {
            auto &modules = *static_cast<std::vector<loaded> *>(into);
            const bool first = modules.empty();
            modules.push_back({info->dlpi_addr,
                               first ? "/proc/self/exe" : info->dlpi_name,
                               {info->dlpi_phdr, info->dlpi_phdr + info->dlpi_phnum},
                               first});
            return 0;
        },
        &all);
    return all;
}

bool starts_with_any(std::string_view name, std::initializer_list<std::string_view> prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&](std::string_view each) { return name.starts_with(each); });
}

// Sections that somebody else writes: the loader, coverage, sanitizers.
bool section_is_not_the_programs(std::string_view name) {
    return starts_with_any(
        name, {".got", ".dynamic", ".init_array", ".fini_array", ".preinit_array", ".ctors",
               ".dtors", ".jcr", ".tm_clone_table", ".data.rel.ro", ".eh_frame", "__llvm_",
               "__sancov_", "asan_globals", "hwasan_globals", "__asan", "__xray"});
}

// Between the program's variables lie the counters of --coverage, and what belongs to them.
bool belongs_to_a_runtime(const variable &each) {
    return starts_with_any(
               each.symbol,
               {"__gcov", "__llvm_", "__prof", "lprof", "writeout_fn_list", "reset_fn_list",
                "CurrentVNode", "EndVNode", "__asan", "__odr_asan", "__sancov", "__ubsan"}) ||
           starts_with_any(each.file, {"_gcov", "GCDAProfiling.", "InstrProfiling"});
}

using hole = std::pair<std::byte *, std::byte *>;

// `from` without the holes.
void cut(std::vector<memory_range> &from, const hole &out) {
    std::vector<memory_range> left;
    for (const memory_range &each : from) {
        std::byte *const low = std::clamp(out.first, each.low, each.high());
        std::byte *const high = std::clamp(out.second, each.low, each.high());
        if (low >= high) {
            left.push_back(each);
            continue;
        }
        if (low > each.low) {
            left.push_back({each.low, static_cast<std::size_t>(low - each.low)});
        }
        if (each.high() > high) {
            left.push_back({high, static_cast<std::size_t>(each.high() - high)});
        }
    }
    from = std::move(left);
}

// Neighbours that only alignment separates become one.
void join_neighbours(std::vector<memory_range> &ranges) {
    constexpr std::ptrdiff_t most_alignment = 64;
    std::vector<memory_range> joined;
    for (const memory_range &each : ranges) {
        if (!joined.empty() && each.low - joined.back().high() < most_alignment &&
            each.low >= joined.back().high()) {
            joined.back().size = static_cast<std::size_t>(each.high() - joined.back().low);
        } else {
            joined.push_back(each);
        }
    }
    ranges = std::move(joined);
}

class reader {
public:
    reader(const loaded &module, const elf_file &file) : module_(module), file_(file) {}

    void read(image &into) {
        read_sections(into);
        read_symbols(into);
        read_bindings(into);
    }

private:
    std::byte *address(ElfW(Addr) in_file) const {
        return reinterpret_cast<std::byte *>(module_.bias + in_file);
    }

    void read_sections(image &into) {
        for (const ElfW(Shdr) & each : file_.sections()) {
            const bool data =
                (each.sh_flags & (SHF_ALLOC | SHF_WRITE | SHF_TLS)) == (SHF_ALLOC | SHF_WRITE);
            if (data && each.sh_size != 0 && !section_is_not_the_programs(file_.name_of(each))) {
                into.writable.push_back({address(each.sh_addr), each.sh_size});
            }
        }
        std::sort(into.writable.begin(), into.writable.end(),
                  [](const auto &a, const auto &b) { return a.low < b.low; });
        join_neighbours(into.writable);
        for (const ElfW(Phdr) & each : module_.segments) {
            if (each.p_type == PT_GNU_RELRO) {
                cut(into.writable, {address(each.p_vaddr), address(each.p_vaddr + each.p_memsz)});
            }
        }
    }

    void read_symbols(image &into) {
        std::vector<variable> all;
        file_.each_symbol(SHT_SYMTAB, [&](const ElfW(Sym) & symbol, std::string_view name,
                                          std::string_view source) {
            const unsigned type = ELF64_ST_TYPE(symbol.st_info);
            if (symbol.st_shndx == SHN_UNDEF || symbol.st_size == 0) {
                return;
            }
            if (type == STT_TLS) {
                into.thread_locals.emplace_back(name);
            } else if (type == STT_OBJECT) {
                all.push_back({std::string(name),
                               std::string(source),
                               {address(symbol.st_value), symbol.st_size},
                               is_exported(symbol)});
            } else if (type == STT_FUNC && name.starts_with("_GLOBAL__sub_I_")) {
                into.runs_initialisers = true;
            }
        });
        for (const variable &each : all) {
            if (belongs_to_a_runtime(each)) {
                cut(into.writable, {each.at.low, each.at.high()});
            }
        }
        std::sort(all.begin(), all.end(), [](const variable &a, const variable &b) {
            return std::tie(a.at.low, a.symbol) < std::tie(b.at.low, b.symbol);
        });
        std::copy_if(all.begin(), all.end(), std::back_inserter(into.variables),
                     [&](const variable &each) { return is_inside(into.writable, each.at.low); });
    }

    static bool is_exported(const ElfW(Sym) & symbol) {
        const unsigned visibility = ELF64_ST_VISIBILITY(symbol.st_other);
        return ELF64_ST_BIND(symbol.st_info) != STB_LOCAL &&
               (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
    }

    static bool is_inside(const std::vector<memory_range> &ranges, const std::byte *wanted) {
        return std::any_of(ranges.begin(), ranges.end(), [&](const memory_range &each) {
            return wanted >= each.low && wanted < each.high();
        });
    }

    void read_bindings(image &into) {
        file_.each_copied([&](std::string_view name) { into.copied.emplace_back(name); });
        for (const ElfW(Phdr) & each : module_.segments) {
            if (each.p_type == PT_DYNAMIC) {
                const auto *entry =
                    reinterpret_cast<const ElfW(Dyn) *>(module_.bias + each.p_vaddr);
                for (; entry->d_tag != DT_NULL; ++entry) {
                    into.symbolic =
                        into.symbolic || entry->d_tag == DT_SYMBOLIC ||
                        (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_SYMBOLIC) != 0);
                }
            }
        }
    }

    const loaded &module_;
    const elf_file &file_;
};

bool same_segments(const loaded &module, const elf_file &file) {
    const auto on_disk = file.segments();
    return on_disk.size() == module.segments.size() &&
           std::memcmp(on_disk.data(), module.segments.data(), on_disk.size_bytes()) == 0;
}

image read_image(const loaded &module) {
    image made;
    made.path = module.path;
    made.executable = module.executable;
    const elf_file file(module.path.c_str());
    if (!file.readable()) {
        made.fault = "its file cannot be read";
    } else if (!same_segments(module, file)) {
        made.fault = "its file is not the one that was loaded";
    } else if (!file.has_table(SHT_SYMTAB)) {
        made.fault = "it has no symbol table: it was stripped";
    } else {
        reader(module, file).read(made);
    }
    return made;
}

bool imports(const loaded &module, const std::function<bool(const std::string &)> &wanted) {
    const elf_file file(module.path.c_str());
    bool found = false;
    if (file.readable()) {
        file.each_symbol(
            SHT_DYNSYM, [&](const ElfW(Sym) & symbol, std::string_view name, std::string_view) {
                found = found || (symbol.st_shndx == SHN_UNDEF && wanted(std::string(name)));
            });
    }
    return found;
}

std::optional<loaded> loaded_around(const void *address) {
    for (const loaded &each : loaded_modules()) {
        if (contains(each, address)) {
            return each;
        }
    }
    return std::nullopt;
}

}  // namespace

bool variable::has_c_name() const noexcept { return !symbol.starts_with("_Z"); }

std::string variable::name() const {
    std::string name = plain_name(symbol.c_str());
    // The compiler numbers the static locals of C: "Count.0".
    const std::size_t dot = name.find_last_not_of("0123456789");
    if (has_c_name() && dot != std::string::npos && dot > 0 && name[dot] == '.') {
        name.resize(dot);
    }
    return name;
}

std::string variable::in_words() const {
    return file.empty() ? name() : name() + " (" + file + ")";
}

std::string image::name() const {
    return executable ? "the executable" : std::filesystem::path(path).filename().string();
}

const variable *image::at(const std::byte *address) const noexcept {
    auto after = std::upper_bound(
        variables.begin(), variables.end(), address,
        [](const std::byte *wanted, const variable &each) { return wanted < each.at.low; });
    while (after != variables.begin()) {
        --after;
        if (address < after->at.high()) {
            return &*after;
        }
    }
    return nullptr;
}

std::optional<image> image_around(const void *address) {
    const auto found = loaded_around(address);
    return found ? std::optional(read_image(*found)) : std::nullopt;
}

std::vector<image> images_that_import(const std::function<bool(const std::string &)> &wanted) {
    std::vector<image> found;
    for (const loaded &each : loaded_modules()) {
        if (each.executable || imports(each, wanted)) {
            found.push_back(read_image(each));
        }
    }
    return found;
}

bool same_image(const void *one, const void *other) noexcept {
    const auto found = loaded_around(one);
    return found && contains(*found, other);
}

const std::byte *global_symbol(const char *name) noexcept {
    return static_cast<const std::byte *>(dlsym(RTLD_DEFAULT, name));
}

std::string plain_name(const char *symbol) {
    int status = 0;
    char *plain = abi::__cxa_demangle(symbol, nullptr, nullptr, &status);
    std::string text = status == 0 && plain != nullptr ? plain : symbol;
    std::free(plain);
    return text;
}

}  // namespace emu::host
