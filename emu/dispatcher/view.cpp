#include "emu/dispatcher/view.hpp"

#include "emu/dispatcher/core.hpp"
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

}  // namespace emu::dispatcher
