// What the machine keeps of its resources: which are initialised, their owner tables, and the
// owner pointers in use.
//
// The list that SystemResourcesList forms in Windows runs through memory of drivers that may be
// long gone; here it is this table, forgotten at boot without a look at the old links.  One host
// mutex guards it, a leaf.
#pragma once
#include <cstddef>
#include <cstdint>

#include "emu/base/nt.hpp"

namespace emu::locks::resource {

/// At boot: everything belongs to a machine that is gone.
void reset(std::uint32_t generation) noexcept;

void enlist(const ERESOURCE &of) noexcept;
void forget(const ERESOURCE &of) noexcept;
bool enlisted(const ERESOURCE &of) noexcept;

/// A table with room for one owner more than `old`, whose owners it takes over.
OWNER_ENTRY *grown_table(OWNER_ENTRY *old) noexcept;
void free_table(OWNER_ENTRY *table) noexcept;

/// Owner pointers, so that a rule can tell when their storage goes too early.
void note_owner_pointer(std::uint64_t pointer) noexcept;
void drop_owner_pointer(std::uint64_t pointer) noexcept;

}  // namespace emu::locks::resource
