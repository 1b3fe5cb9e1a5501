#include "emu/machine/driver_image.hpp"

#include <cxxabi.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "emu/base/invariant.hpp"
#include "emu/driver_image.h"
#include "emu/host/image.hpp"
#include "emu/host/mutex.hpp"
#include "emu/host/raw_memory.hpp"
#include "emu/machine/machine.hpp"
#include "emu/machine/stop.hpp"

namespace emu::machine {

namespace {

constexpr std::size_t block_size = 1024;

// What a variable without a first value has, for all of them together.
alignas(64) constexpr std::array<std::byte, block_size> zeros{};

struct block {
    std::byte *live;
    const std::byte *first;  // its content when it was noted: `zeros`, or in the image's copy
    std::size_t size;
};

struct driver_image {
    const void *inside = nullptr;
    bool noted = false;
    std::vector<host::memory_range> writable;
    std::unique_ptr<std::byte[]> copy;
    std::vector<block> blocks;
};

// Leaked on purpose: libraries are unloaded while static destructors run.
struct registry {
    host::mutex guard;
    std::vector<driver_image> images;
    std::atomic<std::size_t> to_note{0};
    std::atomic<std::size_t> noted{0};
};

registry &drivers() {
    static registry *const the_drivers = new registry;
    return *the_drivers;
}

[[noreturn]] void refuse(const host::image &image, const std::string &why) {
    std::fprintf(stderr,
                 "wdm-emu: the driver image %s%s cannot be restored between executions: %s\n",
                 image.executable ? "in " : "", image.name().c_str(), why.c_str());
    std::fflush(nullptr);
    std::_Exit(violation_exit_code);
}

std::string name_at(const host::image &image, const std::byte *address) {
    const host::variable *found = image.at(address);
    return found != nullptr
               ? found->in_words()
               : fmt::format("without a name at {}", static_cast<const void *>(address));
}

void refuse_wrong_module(const host::image &image, const void *inside) {
    if (image.executable) {
        refuse(image,
               "driver_image.c belongs into a shared library that has the driver and "
               "nothing else, not into the test");
    }
    if (host::same_image(inside, &zeros)) {
        refuse(image, "the emulator is linked into it; link the driver with -lwdm-emu, shared");
    }
    if (!image.fault.empty()) {
        refuse(image, image.fault);
    }
}

void refuse_thread_locals(const host::image &image) {
    for (const std::string &each : image.thread_locals) {
        if (!each.starts_with("__")) {
            refuse(image, "its variable " + host::plain_name(each.c_str()) +
                              " is thread-local, which no driver's is");
        }
    }
}

// A variable of the driver that is used at another place than in its image.
void refuse_foreign_variables(const host::image &image) {
    const auto program = host::images_that_import([](const std::string &) { return false; });
    const std::vector<std::string> &copied = program.front().copied;
    for (const host::variable &each : image.variables) {
        if (!each.exported) {
            continue;
        }
        if (std::find(copied.begin(), copied.end(), each.symbol) != copied.end()) {
            refuse(image, "the test has a copy of its variable " + each.in_words() +
                              " (a COPY relocation); compile the test with -fPIC");
        }
        const std::byte *bound =
            image.symbolic ? nullptr : host::global_symbol(each.symbol.c_str());
        if (bound != nullptr && bound != each.at.low) {
            refuse(image, "another module has a variable " + each.in_words() +
                              " too, and the driver uses that one; link the driver with "
                              "-Wl,-Bsymbolic");
        }
    }
}

__attribute__((noinline, no_sanitize("address"))) const void *word_at(const std::byte *address) {
    return *reinterpret_cast<const void *const volatile *>(address);
}

void refuse_host_heap(const host::image &image) {
    const host::heap_finder heap;
    for (const host::memory_range &range : image.writable) {
        auto at = reinterpret_cast<std::uintptr_t>(range.low);
        at = (at + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
        for (; at + sizeof(void *) <= reinterpret_cast<std::uintptr_t>(range.high());
             at += sizeof(void *)) {
            const auto *place = reinterpret_cast<const std::byte *>(at);
            const void *value = word_at(place);
            if (value != nullptr && heap.owns(value)) {
                refuse(image, "its variable " + name_at(image, place) +
                                  " points to memory of the host's heap (malloc, new, the content "
                                  "of a container), which is not restored with it; allocate in "
                                  "DriverEntry and free when the driver is unloaded");
            }
        }
    }
}

bool all_zero(const std::byte *data, std::size_t size) {
    return host::same_bytes(data, zeros.data(), size);
}

void copy_image(driver_image &into) {
    std::size_t total = 0;
    for (const host::memory_range &each : into.writable) {
        total += each.size;
    }
    into.copy = std::make_unique<std::byte[]>(total);
    std::byte *to = into.copy.get();
    for (const host::memory_range &each : into.writable) {
        for (std::byte *live = each.low; live < each.high(); live += block_size) {
            const auto rest = static_cast<std::size_t>(each.high() - live);
            const std::size_t size = std::min(rest, block_size);
            if (all_zero(live, size)) {
                into.blocks.push_back({live, zeros.data(), size});
                continue;
            }
            host::copy_bytes(to, live, size);
            into.blocks.push_back({live, to, size});
            to += size;
        }
    }
}

host::image read_image(const void *inside) {
    auto found = host::image_around(inside);
    EMU_INVARIANT(found.has_value());
    return std::move(*found);
}

// The guard is held.
void note(registry &in, driver_image &one) {
    const host::image image = read_image(one.inside);
    refuse_wrong_module(image, one.inside);
    refuse_thread_locals(image);
    refuse_foreign_variables(image);
    refuse_host_heap(image);
    if (booted() && image.runs_initialisers) {
        refuse(image,
               "it was loaded while a machine ran, and has C++ objects with constructors; "
               "load it before");
    }
    one.writable = image.writable;
    copy_image(one);
    one.noted = true;
    --in.to_note;
    ++in.noted;
}

// A destructor was registered for an object in an image: after it was noted, that is once more in
// every execution.
[[noreturn]] void refuse_late_destructor(const void *module, const void *object) {
    const host::image image = read_image(module);
    refuse(image, "its variable " + name_at(image, static_cast<const std::byte *>(object)) +
                      " has a destructor and is constructed when its function is first called; "
                      "make it a member of something that DriverEntry makes");
}

bool lies_in(const driver_image &image, const void *address) {
    return host::same_image(image.inside, address);
}

}  // namespace

void note_driver_images() {
    registry &all = drivers();
    if (all.to_note.load(std::memory_order_relaxed) == 0) {
        return;
    }
    const std::lock_guard held(all.guard);
    for (driver_image &each : all.images) {
        if (!each.noted) {
            note(all, each);
        }
    }
}

void restore_driver_images() noexcept {
    registry &all = drivers();
    if (all.noted.load(std::memory_order_relaxed) == 0) {
        return;
    }
    const std::lock_guard held(all.guard);
    for (const driver_image &image : all.images) {
        for (const block &each : image.blocks) {
            if (!host::same_bytes(each.live, each.first, each.size)) {
                host::copy_bytes(each.live, each.first, each.size);
            }
        }
    }
}

bool in_driver_image(const void *address) noexcept {
    registry &all = drivers();
    const std::lock_guard held(all.guard);
    return std::any_of(all.images.begin(), all.images.end(),
                       [&](const driver_image &each) { return lies_in(each, address); });
}

}  // namespace emu::machine

using namespace emu::machine;

void EmuDriverImageLoaded(const void *inside) {
    auto &all = drivers();
    const std::lock_guard held(all.guard);
    driver_image &made = all.images.emplace_back();
    made.inside = inside;
    ++all.to_note;
    if (emu::machine::booted()) {
        note(all, made);
    }
}

void EmuDriverImageUnloaded(const void *inside) {
    auto &all = drivers();
    const std::lock_guard held(all.guard);
    std::erase_if(all.images, [&](const driver_image &each) {
        if (each.inside != inside) {
            return false;
        }
        --(each.noted ? all.noted : all.to_note);
        return true;
    });
}

int EmuDriverExitHandler(void (*handler)(void *), void *object, void *module) {
    auto &all = drivers();
    const std::lock_guard held(all.guard);
    for (const driver_image &each : all.images) {
        if (each.noted && lies_in(each, module)) {
            refuse_late_destructor(module, object);
        }
    }
    return abi::__cxa_atexit(handler, object, module);
}
