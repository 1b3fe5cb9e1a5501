#include "emu/machine/view.hpp"

#include "emu/machine/dpc.hpp"
#include "emu/machine/interruption.hpp"
#include "emu/machine/pool.hpp"
#include "emu/machine/tables.hpp"

namespace emu::machine {

namespace {

thread_view view_of(const thread &body) {
    thread_view view;
    view.id = body.id;
    view.name = body.name;
    view.object = &body;
    view.own = &body.own;
    view.system = body.system;
    view.ended = body.ended;
    view.actor = body.actor.id;
    return view;
}

}  // namespace

thread_view thread_of(const context &self) noexcept { return view_of(identity_of(self)); }

const apc_counters &apc_counters_of(const context &self) noexcept { return self.thread->own.apcs; }

bool wait_is_due(const context &self) noexcept {
    return self.kind == context_kind::thread && self.thread->level_after_set >= 0;
}

bool on_stack_of_thread(const context &self, const void *address) noexcept {
    const sched::actor &actor = self.thread->actor;
    if (actor.fiber.bounds.contains(address)) {
        return true;
    }
    if (!self.thread->system && host::host_thread_stack().contains(address)) {
        return true;  // adopted, on its own stack
    }
    for (const sched::second_stack *each = actor.top; each != nullptr; each = each->outer) {
        if (each->fiber.bounds.contains(address)) {
            return true;
        }
    }
    return false;
}

std::size_t threads_made() noexcept { return thread_count(); }

std::optional<thread_view> thread_number(std::size_t index) noexcept {
    const std::lock_guard held(tables().guard);
    const auto &threads = tables().threads;
    return index < threads.size() ? std::optional(view_of(threads[index]->body)) : std::nullopt;
}

const void *queued_dpc(const void *low, std::size_t size) noexcept {
    return queued_dpc_inside(low, size);
}

std::optional<callback_view> callback_number(std::size_t index) noexcept {
    const interruption *one = interruption_at(index);
    if (one == nullptr) {
        return std::nullopt;
    }
    callback_view view;
    if (one->below != nullptr) {
        view.own = &one->inner;
        view.routine = one->began.routine;
        view.object = one->began.object;
        view.interrupted_thread = identity_of(one->inner).id;
    }
    return view;
}

std::optional<pool_view> pool_around(const void *address) noexcept {
    const pool_block *block = block_around(address);
    if (block == nullptr) {
        return std::nullopt;
    }
    return pool_view{const_cast<pool_block *>(block)->data(),
                     block->size,
                     block->tag,
                     block->type,
                     block->freed_by != nullptr,
                     block->allocated_by,
                     block->freed_by};
}

}  // namespace emu::machine
