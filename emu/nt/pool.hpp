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
    bool raises = false;  // POOL_RAISE_IF_ALLOCATION_FAILURE, POOL_FLAG_RAISE_ON_FAILURE
    fault as = fault::pool_allocation;  // what a test calls its failure
};

/// Checks the request against level and arguments, and allocates.  If there is no memory it is
/// null, or raises STATUS_INSUFFICIENT_RESOURCES.
void *allocate_pool(const verify::call &at, const pool_request &wanted);

/// Checks and frees; tag 0 fits any allocation.
void free_pool(const verify::call &at, std::uint32_t tag);

}  // namespace emu::nt
