#include <algorithm>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "emu/host/image.hpp"

// Of the sanitizers' runtimes, where there is one: true for what their malloc gave out.
extern "C" __attribute__((weak)) int __sanitizer_get_ownership(const volatile void *);

namespace emu::host {

namespace {

struct map_line {
    std::uintptr_t low = 0;
    std::uintptr_t high = 0;
    char access[5] = {};
    bool named = false;  // of a file, a stack or the kernel
};

bool read_line(const char *text, map_line &into) {
    char name[32] = {};
    const int fields = std::sscanf(text, "%" SCNxPTR "-%" SCNxPTR " %4s %*x %*s %*u %31s",
                                   &into.low, &into.high, into.access, name);
    into.named = fields == 4 && std::strcmp(name, "[heap]") != 0;
    return fields >= 3;
}

}  // namespace

// The zero data of a module has no name either; it is told apart by asking the loader.
heap_finder::heap_finder() {
    std::FILE *maps = std::fopen("/proc/self/maps", "re");
    if (maps == nullptr) {
        return;
    }
    char text[4096];
    while (std::fgets(text, sizeof text, maps) != nullptr) {
        map_line line;
        if (read_line(text, line) && !line.named && line.access[0] == 'r' &&
            line.access[1] == 'w') {
            anonymous_.push_back({reinterpret_cast<std::byte *>(line.low), line.high - line.low});
        }
    }
    std::fclose(maps);
}

bool heap_finder::owns(const void *address) const noexcept {
    if (__sanitizer_get_ownership != nullptr) {
        return __sanitizer_get_ownership(address) != 0;
    }
    const auto *wanted = static_cast<const std::byte *>(address);
    const bool anonymous = std::any_of(
        anonymous_.begin(), anonymous_.end(),
        [&](const memory_range &each) { return wanted >= each.low && wanted < each.high(); });
    return anonymous && !same_image(address, address);
}

}  // namespace emu::host
