#include "emu/machine/pool.hpp"

#include <cstdlib>
#include <cstring>
#include <vector>

#include "emu/host/mutex.hpp"
#include "emu/machine/machine.hpp"

namespace emu::machine {

namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t tail_bytes = 16;
constexpr std::uint8_t tail_fill = 0xFD;
constexpr std::size_t native_quarantine_blocks = 1024;
constexpr std::size_t native_quarantine_bytes = 16 << 20;

static_assert(sizeof(pool_block) % 16 == 0);

// All blocks by address, so that any value may be asked about without touching memory: open
// addressing with linear probing.  Erased slots hold `erased`, and go when the table is rebuilt or
// reset.
class address_table {
public:
    pool_block *find(const void *data) const noexcept {
        if (slots_.empty()) {
            return nullptr;
        }
        for (std::size_t i = home(data);; i = next(i)) {
            if (slots_[i] == nullptr) {
                return nullptr;
            }
            if (slots_[i] != erased() && slots_[i]->data() == data) {
                return slots_[i];
            }
        }
    }

    void insert(pool_block *block) {
        if ((used_ + 1) * 2 > slots_.size()) {
            grow();
        }
        place(block);
        ++used_;
        ++live_;
    }

    void erase(const pool_block *block) noexcept {
        std::size_t i = home(const_cast<pool_block *>(block)->data());
        while (slots_[i] != block) {
            i = next(i);
        }
        slots_[i] = erased();
        if (--live_ == 0) {
            clear();
        }
    }

private:
    static pool_block *erased() noexcept { return reinterpret_cast<pool_block *>(1); }
    std::size_t next(std::size_t i) const noexcept { return (i + 1) & (slots_.size() - 1); }
    std::size_t home(const void *data) const noexcept {
        const auto bits = reinterpret_cast<std::uintptr_t>(data) >> 4;
        return (bits * 0x9E3779B97F4A7C15U >> 40) & (slots_.size() - 1);
    }
    void place(pool_block *block) noexcept {
        std::size_t i = home(block->data());
        while (slots_[i] != nullptr && slots_[i] != erased()) {
            i = next(i);
        }
        slots_[i] = block;
    }
    void clear() noexcept {
        if (used_ > 0) {
            std::memset(slots_.data(), 0, slots_.size() * sizeof slots_[0]);
        }
        used_ = 0;
    }
    void grow() {
        std::vector<pool_block *> old(live_ * 4 > slots_.size() || slots_.empty()
                                          ? (slots_.empty() ? 64 : slots_.size() * 2)
                                          : slots_.size());
        old.swap(slots_);
        for (pool_block *each : old) {
            if (each != nullptr && each != erased()) {
                place(each);
            }
        }
        used_ = live_;
    }

    std::vector<pool_block *> slots_;
    std::size_t used_ = 0;  // live and erased
    std::size_t live_ = 0;
};

struct block_list {
    pool_block *newest = nullptr;
    pool_block *oldest = nullptr;
    std::size_t blocks = 0;
    std::size_t bytes = 0;

    void push(pool_block *block) noexcept {
        block->next = newest;
        block->previous = nullptr;
        (newest != nullptr ? newest->previous : oldest) = block;
        newest = block;
        ++blocks;
        bytes += block->size;
    }
    void remove(pool_block *block) noexcept {
        (block->previous != nullptr ? block->previous->next : newest) = block->next;
        (block->next != nullptr ? block->next->previous : oldest) = block->previous;
        --blocks;
        bytes -= block->size;
    }
};

struct pool {
    host::mutex guard;
    address_table by_address;
    block_list live;
    block_list freed;
};

pool &the_pool() {
    static pool *const made = new pool;
    return *made;
}

bool filled_with(const std::byte *from, std::size_t count, std::uint8_t fill) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
        if (from[i] != std::byte{fill}) {
            return false;
        }
    }
    return true;
}

// The host's block starts before the header when the data is page-aligned; the distance is the
// header's size rounded up to the alignment.
std::size_t lead_of(std::size_t size) noexcept { return size >= page ? page : sizeof(pool_block); }

void *host_block(pool_block *block) noexcept { return block->data() - lead_of(block->size); }

void release(pool &from, pool_block *block) noexcept {
    from.by_address.erase(block);
    std::free(host_block(block));
}

}  // namespace

void *allocate(std::size_t size, std::uint32_t tag, std::uint32_t type, const void *caller) {
    const std::size_t lead = lead_of(size);
    const std::size_t total = lead + size + tail_bytes;
    if (total < size) {
        return nullptr;
    }
    void *memory = size >= page ? std::aligned_alloc(page, (total + page - 1) / page * page)
                                : std::malloc(total);
    if (memory == nullptr) {
        return nullptr;
    }
    std::byte *data = static_cast<std::byte *>(memory) + lead;
    auto *block = new (data - sizeof(pool_block))
        pool_block{size, tag, type, caller, nullptr, nullptr, nullptr};
    std::memset(data + size, tail_fill, tail_bytes);
    pool &into = the_pool();
    const std::lock_guard held(into.guard);
    into.by_address.insert(block);
    into.live.push(block);
    return data;
}

pool_block *block_at(const void *data) noexcept {
    pool &in = the_pool();
    const std::lock_guard held(in.guard);
    return in.by_address.find(data);
}

pool_block *block_around(const void *address) noexcept {
    pool &in = the_pool();
    const std::lock_guard held(in.guard);
    for (pool_block *first : {in.freed.newest, in.live.newest}) {
        for (pool_block *each = first; each != nullptr; each = each->next) {
            if (address >= each->data() && address < each->data() + each->size) {
                return each;
            }
        }
    }
    return nullptr;
}

pool_block *quarantine(pool_block &block, const void *caller) noexcept {
    std::memset(block.data(), freed_fill, block.size);
    pool &in = the_pool();
    const std::lock_guard held(in.guard);
    in.live.remove(&block);
    block.freed_by = caller;
    in.freed.push(&block);
    if (options().on == backend::simulated) {
        return nullptr;  // the execution's end gives all of it back
    }
    while (in.freed.blocks > native_quarantine_blocks ||
           in.freed.bytes > native_quarantine_bytes) {
        pool_block *oldest = in.freed.oldest;
        in.freed.remove(oldest);
        if (!filled_with(oldest->data(), oldest->size, freed_fill)) {
            return oldest;  // kept for the report
        }
        release(in, oldest);
    }
    return nullptr;
}

bool tail_intact(pool_block &block) noexcept {
    return filled_with(block.data() + block.size, tail_bytes, tail_fill);
}

pool_block *written_after_free() noexcept {
    pool &in = the_pool();
    const std::lock_guard held(in.guard);
    for (pool_block *each = in.freed.oldest; each != nullptr; each = each->previous) {
        if (!filled_with(each->data(), each->size, freed_fill)) {
            return each;
        }
    }
    return nullptr;
}

pool_block *live_blocks() noexcept { return the_pool().live.newest; }

void reset_pool() noexcept {
    pool &in = the_pool();
    const std::lock_guard held(in.guard);
    for (block_list *list : {&in.freed, &in.live}) {
        for (pool_block *each = list->newest; each != nullptr;) {
            pool_block *next = each->next;
            release(in, each);
            each = next;
        }
        *list = {};
    }
}

}  // namespace emu::machine
