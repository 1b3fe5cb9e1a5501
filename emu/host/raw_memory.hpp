// Copies and comparisons that no sanitizer looks at: images have redzones between their variables.
#pragma once
#include <cstddef>

namespace emu::host {

bool same_bytes(const std::byte *left, const std::byte *right, std::size_t size) noexcept;
void copy_bytes(std::byte *to, const std::byte *from, std::size_t size) noexcept;

/// The same from memory that may be unmapped: false then.  Takes a system call.
bool try_copy_bytes(std::byte *to, const std::byte *from, std::size_t size) noexcept;

/// The first byte in which the two differ; `size` if none does.
std::size_t first_difference(const std::byte *left, const std::byte *right,
                             std::size_t size) noexcept;

}  // namespace emu::host
