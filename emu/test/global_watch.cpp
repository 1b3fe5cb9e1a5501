#include "emu/test/global_watch.hpp"

#include <algorithm>
#include <bit>
#include <cctype>
#include <cstdio>
#include <string>

#include "emu/host/image.hpp"
#include "emu/host/raw_memory.hpp"
#include "emu/machine/driver_image.hpp"
#include "emu/machine/machine.hpp"
#include "emu/verify/judge.hpp"

namespace emu::test {

namespace {

const char in_the_library = 0;

using host::image;
using host::variable;

// Names that the C library, the compiler and this library keep for themselves.
bool is_the_implementations(const variable &each) {
    static constexpr const char *of_libc[] = {"environ", "stdin",  "stdout", "stderr",
                                              "optarg",  "optind", "opterr", "optopt"};
    const std::string &name = each.symbol;
    return name.starts_with("__") || name.starts_with("DW.ref.") ||
           name.starts_with("completed.") || name.starts_with("Emu") ||
           name.find('@') != std::string::npos ||
           std::find(std::begin(of_libc), std::end(of_libc), name) != std::end(of_libc);
}

// Objects of libraries that the loader copied into the executable, if the library is no driver.
bool is_a_librarys(const variable &each, const std::vector<image> &all) {
    const std::vector<std::string> &copied = all.front().copied;
    if (std::find(copied.begin(), copied.end(), each.symbol) == copied.end()) {
        return false;
    }
    return std::none_of(all.begin() + 1, all.end(), [&](const image &module) {
        return std::any_of(module.variables.begin(), module.variables.end(),
                           [&](const variable &own) { return own.symbol == each.symbol; });
    });
}

void add_watched(std::vector<variable> &to, const image &from, const std::vector<image> &all) {
    const bool registered =
        !from.writable.empty() && machine::in_driver_image(from.writable.front().low);
    if (registered) {
        return;
    }
    if (!from.fault.empty()) {
        std::fprintf(stderr,
                     "wdm-emu: whether global variables of C code in %s outlive an execution "
                     "cannot be watched: %s\n",
                     from.name().c_str(), from.fault.c_str());
    }
    for (const variable &each : from.variables) {
        if (!each.has_c_name() || is_the_implementations(each) || is_a_librarys(each, all)) {
            continue;
        }
        const bool alias =
            !to.empty() && each.at.low < to.back().at.high() && each.at.low >= to.back().at.low;
        if (!alias) {
            to.push_back(each);
            if (!from.executable) {
                to.back().file += (each.file.empty() ? "" : " of ") + from.name();
            }
        }
    }
}

// A symbol that only a driver takes from elsewhere: one of our NT routines.
bool is_nt_routine(const std::string &name) {
    if (std::isupper(static_cast<unsigned char>(name[0])) == 0) {
        return false;
    }
    const std::byte *found = host::global_symbol(name.c_str());
    return found != nullptr && host::same_image(&in_the_library, found);
}

// Once per process: files are read.  Modules that are loaded later are not watched.
const std::vector<variable> &watched() {
    static const std::vector<variable> found = [] {
        std::vector<variable> all;
        const std::vector<image> images = host::images_that_import(is_nt_routine);
        for (const image &each : images) {
            add_watched(all, each, images);
        }
        return all;
    }();
    return found;
}

// "Count, Table (cache.c), Limit and 3 more": neighbours of one file share its name.
std::string list_of(const std::vector<const variable *> &changed) {
    constexpr std::size_t longest = 150;  // the finding's sentence has its limit
    std::string text;
    for (std::size_t i = 0; i < changed.size(); ++i) {
        if (text.size() + changed[i]->symbol.size() > longest) {
            return text + " and " + std::to_string(changed.size() - i) + " more";
        }
        const bool last_of_file =
            i + 1 == changed.size() || changed[i + 1]->file != changed[i]->file;
        text += i == 0 ? "" : ", ";
        text += last_of_file ? changed[i]->in_words() : changed[i]->name();
    }
    return text;
}

}  // namespace

global_watch::global_watch(bool keep) {
    if (keep) {
        return;
    }
    machine::note_driver_images();
    std::size_t total = 0;
    for (const variable &each : watched()) {
        total += each.at.size;
    }
    first_.resize(total);
    std::byte *to = first_.data();
    for (const variable &each : watched()) {
        host::copy_bytes(to, each.at.low, each.at.size);
        to += each.at.size;
    }
}

const finding *global_watch::judge_after(std::uint64_t number, bool look) const {
    if (first_.empty() || !(std::has_single_bit(number) || look)) {
        return nullptr;
    }
    std::vector<const variable *> changed;
    const std::byte *before = first_.data();
    for (const variable &each : watched()) {
        if (!host::same_bytes(before, each.at.low, each.at.size)) {
            changed.push_back(&each);
        }
        before += each.at.size;
    }
    if (changed.empty()) {
        return nullptr;
    }
    verify::call at{machine::thread_at(0)->own, routine::none, changed.front()->at.low, nullptr};
    return verify::broken(
        at, rule::unrestored_global, {},
        "after execution %llu the next one would not begin as the first did; changed: %s",
        static_cast<unsigned long long>(number), list_of(changed).c_str());
}

}  // namespace emu::test
