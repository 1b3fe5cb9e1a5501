#include "emu/verify/held.hpp"

#include <algorithm>

namespace emu::verify {

namespace {
// Threads start with storage of their own of this many records; see machine/thread.hpp.
constexpr std::uint32_t first_storage = 8;
}  // namespace

void grow_held(context &self) {
    const std::uint32_t capacity = std::max(self.held_capacity * 2, first_storage);
    auto *larger = new held_lock[capacity];
    std::copy_n(self.held, self.held_count, larger);
    if (self.held_capacity > first_storage) {
        delete[] self.held;
    }
    self.held = larger;
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
    held_lock *at = self.held + (&record - self.held);
    std::copy(at + 1, self.held + self.held_count, at);
    --self.held_count;
}

}  // namespace emu::verify
