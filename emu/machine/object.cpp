#include "emu/machine/object.hpp"

#include <algorithm>
#include <cstring>
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

plain_object &take_plain(machine_tables &from) {
    if (from.spare_objects.empty()) {
        return from.object_storage.emplace_back();
    }
    plain_object &taken = *from.spare_objects.back();
    from.spare_objects.pop_back();
    return taken;
}

// The guard is held.
void *make_object(machine_tables &in, object_type type, std::u16string_view name) {
    plain_object &made = take_plain(in);
    made.header.type = type;
    made.header.references.store(0, std::memory_order_relaxed);
    made.header.alive = true;  // until the first reference has gone
    std::memset(made.body, 0, sizeof made.body);
    made.name = name;
    in.objects.push_back(&made);
    return made.body;
}
}  // namespace

void *create_object(object_type type, std::u16string_view name) {
    const std::lock_guard held(tables().guard);
    return make_object(tables(), type, name);
}

void *find_object(std::u16string_view name) noexcept {
    const std::lock_guard held(tables().guard);
    for (plain_object *each : tables().objects) {
        if (!name.empty() && each->name == name) {
            return each->body;
        }
    }
    return nullptr;
}

void *system_process() {
    machine_tables &in = tables();
    const std::lock_guard held(in.guard);
    if (in.system_process == nullptr) {
        in.system_process = make_object(in, object_type::process, {});
        plain_header_of(in.system_process)->references.store(1, std::memory_order_relaxed);
        auto &header = *static_cast<DISPATCHER_HEADER *>(in.system_process);
        header.Type = 3;  // ProcessObject, as KOBJECTS numbers it
        InitializeListHead(&header.WaitListHead);
    }
    return in.system_process;
}

object_header *plain_header_of(const void *body) noexcept {
    for (plain_object &each : tables().object_storage) {
        if (each.body == body) {
            return &each.header;
        }
    }
    return nullptr;
}

bool forget_plain_object(object_header &object) noexcept {
    std::vector<plain_object *> &all = tables().objects;
    const auto at = std::find_if(all.begin(), all.end(), [&](const plain_object *each) {
        return &each->header == &object;
    });
    if (at == all.end()) {
        return false;
    }
    object.alive = false;
    tables().spare_objects.push_back(*at);
    all.erase(at);
    return true;
}

void reset_objects(machine_tables &of) {
    for (std::size_t i = of.objects.size(); i > 0; --i) {
        plain_object &each = *of.objects[i - 1];
        each.header.alive.store(false, std::memory_order_relaxed);
        each.header.references.store(0, std::memory_order_relaxed);
        of.spare_objects.push_back(&each);
    }
    of.objects.clear();
    of.system_process = nullptr;
}

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
