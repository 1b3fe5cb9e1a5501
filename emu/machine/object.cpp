#include "emu/machine/object.hpp"

#include <vector>

#include "emu/machine/tables.hpp"

namespace emu::machine {

namespace {
constexpr std::uintptr_t kernel_handle_bits = 0xFFFFFFFF80000000;

// Handles are multiples of four, as in NT; zero is none.
std::uintptr_t handle_for(std::size_t index) { return (index + 1) * 4; }

// The slot of an open handle, or null.
void **slot_of(std::uintptr_t handle) {
    const std::uintptr_t plain =
        handle >= kernel_handle_bits ? handle - kernel_handle_bits : handle;
    const std::size_t index = plain / 4 - 1;
    if (plain == 0 || plain % 4 != 0 || index >= tables().handles.size()) {
        return nullptr;
    }
    void **slot = &tables().handles[index];
    return *slot != nullptr ? slot : nullptr;
}
}  // namespace

std::uintptr_t open_handle(void *body, bool kernel_handle) {
    reference(*header_of(body));
    const std::lock_guard held(tables().guard);
    auto &handles = tables().handles;
    std::size_t index = 0;
    while (index < handles.size() && handles[index] != nullptr) {
        ++index;
    }
    if (index == handles.size()) {
        handles.push_back(nullptr);
    }
    handles[index] = body;
    return handle_for(index) + (kernel_handle ? kernel_handle_bits : 0);
}

void *object_of_handle(std::uintptr_t handle) noexcept {
    const std::lock_guard held(tables().guard);
    void **slot = slot_of(handle);
    return slot != nullptr ? *slot : nullptr;
}

bool close_handle(std::uintptr_t handle) {
    void *body = nullptr;
    {
        const std::lock_guard held(tables().guard);
        void **slot = slot_of(handle);
        if (slot == nullptr) {
            return false;
        }
        body = *slot;
        *slot = nullptr;
    }
    return dereference(*header_of(body));
}

bool reference(object_header &object) noexcept {
    if (!object.alive && object.references.load(std::memory_order_relaxed) == 0) {
        return false;
    }
    object.references.fetch_add(1, std::memory_order_relaxed);
    return true;
}

bool dereference(object_header &object) noexcept {
    std::int32_t seen = object.references.load(std::memory_order_relaxed);
    do {
        if (seen <= 0) {
            return false;
        }
    } while (!object.references.compare_exchange_weak(seen, seen - 1, std::memory_order_acq_rel));
    if (seen == 1) {
        last_reference_gone(object);
    }
    return true;
}

}  // namespace emu::machine
