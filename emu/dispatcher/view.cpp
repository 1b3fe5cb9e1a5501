#include "emu/dispatcher/view.hpp"

#include "emu/dispatcher/core.hpp"
#include "emu/host/raw_memory.hpp"
#include "emu/machine/machine.hpp"

namespace emu::dispatcher {

bool somebody_waits_inside(const void *low, const void *high) noexcept {
    const guard held(the_dispatcher_lock);
    for (std::size_t i = 0; const thread *each = machine::thread_at(i); ++i) {
        if (!is_waiting(*each)) {
            continue;
        }
        for (std::uint32_t k = 0; k < each->wait.count; ++k) {
            const void *object = each->wait.blocks[k].Object;
            if (object >= low && object < high) {
                return true;
            }
        }
    }
    return false;
}

wait_view wait_of(const void *thread_object) noexcept {
    const guard held(the_dispatcher_lock);
    wait_view view;
    const auto &waiter = *static_cast<const thread *>(static_cast<const KTHREAD *>(thread_object));
    if (is_waiting(waiter)) {
        for (std::uint32_t i = 0; i < waiter.wait.count && i < view.objects.size(); ++i) {
            view.objects[view.count++] = waiter.wait.blocks[i].Object;
            view.all = waiter.wait.blocks[i].WaitType == WaitAll;
        }
    }
    return view;
}

namespace {

template <class Object>
bool read(Object &into, const void *from) noexcept {
    return host::try_copy_bytes(reinterpret_cast<std::byte *>(&into),
                                static_cast<const std::byte *>(from), sizeof into);
}

bool owns(const thread &owner, const KMUTANT &mutant, const LIST_ENTRY *before) noexcept {
    KMUTANT seen;
    return read(seen, &mutant) && seen.Header.Type == mutant_object &&
           seen.OwnerThread == &owner && seen.MutantListEntry.Blink == before;
}

// Its list of threads still leads to the thread, from both sides.
bool serves(const thread &server, const KQUEUE &queue) noexcept {
    const LIST_ENTRY &entry = server.QueueListEntry;
    KQUEUE seen;
    LIST_ENTRY before;
    LIST_ENTRY after;
    return read(seen, &queue) && seen.Header.Type == queue_object && read(before, entry.Blink) &&
           before.Flink == &entry && read(after, entry.Flink) && after.Blink == &entry;
}

}  // namespace

lost_object object_lost_to(const void *thread_object) noexcept {
    const guard held(the_dispatcher_lock);
    const auto &ending = *static_cast<const thread *>(static_cast<const KTHREAD *>(thread_object));
    const LIST_ENTRY *before = &ending.owned_mutants;
    while (before->Flink != &ending.owned_mutants) {
        const auto *mutant = CONTAINING_RECORD(before->Flink, const KMUTANT, MutantListEntry);
        if (!owns(ending, *mutant, before)) {
            return {mutant, "mutex"};
        }
        before = &mutant->MutantListEntry;
    }
    if (ending.queue != nullptr && !serves(ending, *ending.queue)) {
        return {ending.queue, "queue"};
    }
    return {};
}

}  // namespace emu::dispatcher
