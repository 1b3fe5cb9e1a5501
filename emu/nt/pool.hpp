// Pool requests, as all allocating routines make them.
#pragma once
#include <cstddef>

#include "emu/nt/enter.hpp"

namespace emu::nt {

struct pool_request {
    std::size_t size;
    std::uint32_t tag;
    std::uint32_t type;  // POOL_TYPE
    bool zeroed;
};

/// Checks the request against level and arguments, and allocates; null if there is no memory.
void *allocate_pool(const verify::call &at, const pool_request &wanted);

/// Checks and frees; tag 0 fits any allocation.
void free_pool(const verify::call &at, std::uint32_t tag);

}  // namespace emu::nt
