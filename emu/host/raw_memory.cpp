#include "emu/host/raw_memory.hpp"

#include <cstdint>
#include <cstring>

#include "emu/host/sanitizer.hpp"

#if defined(EMU_ASAN) || defined(EMU_TSAN)
// Volatile, or the compiler makes calls of the loops that the sanitizer intercepts.
#define EMU_UNWATCHED __attribute__((noinline, no_sanitize_address, no_sanitize_thread))
#else
#define EMU_UNWATCHED
#endif

namespace emu::host {

EMU_UNWATCHED std::size_t first_difference(const std::byte *left, const std::byte *right,
                                           std::size_t size) noexcept {
    const volatile std::byte *a = left;
    const volatile std::byte *b = right;
    std::size_t at = 0;
    while (at < size && a[at] == b[at]) {
        ++at;
    }
    return at;
}

#if defined(EMU_ASAN) || defined(EMU_TSAN)

bool same_bytes(const std::byte *left, const std::byte *right, std::size_t size) noexcept {
    return first_difference(left, right, size) == size;
}

EMU_UNWATCHED void copy_bytes(std::byte *to, const std::byte *from, std::size_t size) noexcept {
    volatile std::byte *into = to;
    const volatile std::byte *source = from;
    for (std::size_t at = 0; at < size; ++at) {
        into[at] = source[at];
    }
}

#else

bool same_bytes(const std::byte *left, const std::byte *right, std::size_t size) noexcept {
    return std::memcmp(left, right, size) == 0;
}

void copy_bytes(std::byte *to, const std::byte *from, std::size_t size) noexcept {
    std::memcpy(to, from, size);
}

#endif

}  // namespace emu::host
