#include "emu/verify/held.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "emu/machine/view.hpp"

namespace emu::verify {

namespace {
// Threads start with storage of their own of this many records; see machine/thread.hpp.
constexpr std::uint32_t first_storage = 8;
}  // namespace

void grow_held(context &self) {
    const std::uint32_t capacity = std::max(self.held_capacity * 2, first_storage);
    auto *larger = new held_storage{self.held_arrays, std::vector<held_lock>(capacity)};
    std::copy_n(self.held, self.held_count, larger->records.begin());
    self.held_arrays = larger;
    __atomic_store_n(&self.held, larger->records.data(), __ATOMIC_RELEASE);
    self.held_capacity = capacity;
}

const held_lock *find_held(const context &self, const void *lock) noexcept {
    for (std::uint32_t i = self.held_count; i > 0; --i) {
        if (self.held[i - 1].object == lock) {
            return &self.held[i - 1];
        }
    }
    return nullptr;
}

const held_lock *find_held(const context &self, const void *lock, lock_mode mode) noexcept {
    for (std::uint32_t i = self.held_count; i > 0; --i) {
        if (self.held[i - 1].object == lock && self.held[i - 1].how.mode == mode) {
            return &self.held[i - 1];
        }
    }
    return nullptr;
}

void drop_held(context &self, const held_lock &record) noexcept {
    tell_given(record);
    const auto at = static_cast<std::uint32_t>(&record - self.held);
    for (std::uint32_t i = at; i + 1 < self.held_count; ++i) {
        self.held[i].return_address = self.held[i + 1].return_address;
        self.held[i].how = self.held[i + 1].how;
        self.held[i].irql_before = self.held[i + 1].irql_before;
        __atomic_store_n(&self.held[i].object, self.held[i + 1].object, __ATOMIC_RELAXED);
    }
    __atomic_store_n(&self.held_count, self.held_count - 1, __ATOMIC_RELAXED);
}

bool holds_inside(const context &other, const void *low, std::size_t size,
                  held_lock &found) noexcept {
    const std::uint32_t count = __atomic_load_n(&other.held_count, __ATOMIC_ACQUIRE);
    const held_lock *records = __atomic_load_n(&other.held, __ATOMIC_ACQUIRE);
    for (std::uint32_t i = 0; i < count; ++i) {
        const void *object = __atomic_load_n(&records[i].object, __ATOMIC_RELAXED);
        if (reinterpret_cast<std::uintptr_t>(object) - reinterpret_cast<std::uintptr_t>(low) <
            size) {
            found = records[i];
            found.object = object;
            return true;
        }
    }
    return false;
}

lock_holder holder_of(const void *lock) noexcept {
    lock_holder found;
    for (std::size_t i = 0; const auto thread = machine::thread_number(i); ++i) {
        if (holds_inside(*thread->own, lock, 1, found.record)) {
            found.thread = thread->object;
            break;
        }
    }
    return found;
}

}  // namespace emu::verify
