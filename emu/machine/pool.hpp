// Pool memory: tags, and a quarantine for what was freed.
//
// A freed block is filled with freed_fill and stays mapped until the machine ends (simulation) or
// until the quarantine overflows (native).  The fill is chosen so that a lock word in it looks
// like no state that any fast path expects: the check for freed objects therefore costs the fast
// path nothing.
#pragma once
#include <cstddef>
#include <cstdint>

namespace emu::machine {

/// Every 8-byte word of freed memory: all four flag bits of a push lock set, not a canonical
/// pointer.
constexpr std::uint8_t freed_fill = 0xDF;
constexpr std::uint64_t freed_word = 0xDFDFDFDFDFDFDFDF;

struct pool_block {
    std::size_t size;
    std::uint32_t tag;
    std::uint32_t type;        // POOL_TYPE, or what the flags of ExAllocatePool2 amount to
    const void *allocated_by;  // return address
    const void *freed_by;      // null while live
    pool_block *next;          // in the list of live blocks, or in the quarantine
    pool_block *previous;
    std::byte *data() noexcept { return reinterpret_cast<std::byte *>(this + 1); }
};

enum class free_result : std::uint8_t { freed, bad_address, double_free };

/// Uninitialised memory, 16-byte aligned, page-aligned from a page up; null if the host has none.
void *allocate(std::size_t size, std::uint32_t tag, std::uint32_t type, const void *caller);

/// The block that starts at an address, live or in quarantine; null if none does.
pool_block *block_at(const void *data) noexcept;

/// The block that contains an address, live or in quarantine.  Slow.
pool_block *block_around(const void *address) noexcept;

/// Frees a live block: fills it and puts it into quarantine.  The block it had to give up to make
/// room goes back to the host; if somebody wrote to that one, it stays and is returned instead of
/// null.
pool_block *quarantine(pool_block &block, const void *caller) noexcept;

/// True if the bytes behind the block's end are as they were made.
bool tail_intact(pool_block &block) noexcept;

/// The first freed block that somebody wrote to; null if none.
pool_block *written_after_free() noexcept;

/// The live blocks, newest first: walk with `next`.
pool_block *live_blocks() noexcept;

/// Gives everything back to the host.
void reset_pool() noexcept;

}  // namespace emu::machine
