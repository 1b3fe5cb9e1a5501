#include "emu/locks/resource_table.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "emu/locks/resource.hpp"
#include "emu/locks/view.hpp"
#include "emu/host/mutex.hpp"

namespace emu::locks::resource {

std::uint32_t live_mark = 0;

namespace {

using address = std::uintptr_t;

// Ordered by address only to find those inside a block of memory; nothing walks them in order
// otherwise, so no execution depends on where the host put things.
struct resource_tables {
    host::mutex guard;
    std::map<address, std::uint32_t> resources;
    std::map<address, std::uint32_t> owner_pointers;
    std::unordered_map<OWNER_ENTRY *, std::unique_ptr<OWNER_ENTRY[]>> owner_tables;
    std::atomic<bool> any{false};
};

resource_tables &tables() noexcept {
    static resource_tables *const the_tables = new resource_tables;  // outlives every thread
    return *the_tables;
}

address address_of(const ERESOURCE &of) noexcept { return reinterpret_cast<address>(&of); }

const void *first_inside(const std::map<address, std::uint32_t> &in, const void *low,
                         std::size_t size) noexcept {
    const auto from = reinterpret_cast<address>(low);
    const auto found = in.lower_bound(from);
    return found != in.end() && found->first - from < size
               ? reinterpret_cast<const void *>(found->first)
               : nullptr;
}

// Bytes of older machines, and most garbage, differ from a mark; zeroed memory always does.
constexpr std::uint32_t mark_base = 0xE2E5'0000;

}  // namespace

void reset(std::uint32_t generation) noexcept {
    live_mark = generation == mark_base ? mark_base : mark_base ^ generation;
    resource_tables &all = tables();
    if (!all.any.load(std::memory_order_relaxed)) {
        return;  // most executions touch no resource
    }
    const std::lock_guard held(all.guard);
    all.resources.clear();
    all.owner_pointers.clear();
    all.owner_tables.clear();
    all.any.store(false, std::memory_order_relaxed);
}

void enlist(const ERESOURCE &of) noexcept {
    resource_tables &all = tables();
    const std::lock_guard held(all.guard);
    all.any.store(true, std::memory_order_relaxed);
    all.resources[address_of(of)] = 1;
}

void forget(const ERESOURCE &of) noexcept {
    resource_tables &all = tables();
    const std::lock_guard held(all.guard);
    all.resources.erase(address_of(of));
}

bool enlisted(const ERESOURCE &of) noexcept {
    resource_tables &all = tables();
    const std::lock_guard held(all.guard);
    return all.resources.contains(address_of(of));
}

OWNER_ENTRY *grown_table(OWNER_ENTRY *old) noexcept {
    constexpr ULONG first_size = 4;
    const ULONG old_size = old != nullptr ? old->TableSize : 0;
    const ULONG size = std::max(old_size * 2, first_size);
    auto made = std::make_unique<OWNER_ENTRY[]>(size);
    std::copy_n(old, old_size, made.get());
    made[0].TableSize = size;
    OWNER_ENTRY *table = made.get();
    resource_tables &all = tables();
    const std::lock_guard held(all.guard);
    all.any.store(true, std::memory_order_relaxed);
    all.owner_tables.erase(old);
    all.owner_tables.emplace(table, std::move(made));
    return table;
}

void free_table(OWNER_ENTRY *table) noexcept {
    resource_tables &all = tables();
    const std::lock_guard held(all.guard);
    all.owner_tables.erase(table);
}

void note_owner_pointer(std::uint64_t pointer) noexcept {
    resource_tables &all = tables();
    const std::lock_guard held(all.guard);
    all.any.store(true, std::memory_order_relaxed);
    ++all.owner_pointers[pointer & ~pointer_bits];
}

void drop_owner_pointer(std::uint64_t pointer) noexcept {
    resource_tables &all = tables();
    const std::lock_guard held(all.guard);
    const auto found = all.owner_pointers.find(pointer & ~pointer_bits);
    if (found != all.owner_pointers.end() && --found->second == 0) {
        all.owner_pointers.erase(found);
    }
}

}  // namespace emu::locks::resource

namespace emu::locks {

const void *undeleted_resource_inside(const void *low, std::size_t size) noexcept {
    resource::resource_tables &all = resource::tables();
    if (!all.any.load(std::memory_order_relaxed)) {
        return nullptr;
    }
    const std::lock_guard held(all.guard);
    return resource::first_inside(all.resources, low, size);
}

const void *owner_pointer_inside(const void *low, std::size_t size) noexcept {
    resource::resource_tables &all = resource::tables();
    if (!all.any.load(std::memory_order_relaxed)) {
        return nullptr;
    }
    const std::lock_guard held(all.guard);
    return resource::first_inside(all.owner_pointers, low, size);
}

}  // namespace emu::locks
