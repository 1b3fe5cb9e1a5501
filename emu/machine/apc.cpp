#include "emu/machine/apc.hpp"

#include <mutex>
#include <optional>
#include <utility>

#include "emu/base/observer.hpp"
#include "emu/machine/dispatcher_lock.hpp"
#include "emu/machine/interruption.hpp"
#include "emu/machine/machine.hpp"
#include "emu/machine/processor.hpp"
#include "emu/machine/stop.hpp"
#include "emu/host/happens_before.hpp"
#include "emu/sched/sched.hpp"

namespace emu::machine {

namespace {

using guard = std::lock_guard<dispatcher_lock>;

// The public headers of drivers declare these, each for itself.
using normal_routine = VOID(NTAPI *)(PVOID, PVOID, PVOID);
using kernel_routine = VOID(NTAPI *)(KAPC *, normal_routine *, PVOID *, PVOID *, PVOID *);
using rundown_routine = VOID(NTAPI *)(KAPC *);

KAPC &apc_of(LIST_ENTRY *entry) noexcept { return *CONTAINING_RECORD(entry, KAPC, ApcListEntry); }

bool is_special(const KAPC &apc) noexcept { return apc.NormalRoutine == nullptr; }

void unlink(KAPC &apc) noexcept {
    RemoveEntryList(&apc.ApcListEntry);
    apc.Inserted = FALSE;
    renew_attention(*static_cast<thread *>(apc.Thread));
}

// What an APC is to call and with what, read before it is off its queue: from then on another
// thread may queue it again, with arguments of its own.
struct taken_apc {
    explicit taken_apc(KAPC &taken) noexcept
        : apc(&taken),
          kernel(reinterpret_cast<kernel_routine>(taken.KernelRoutine)),
          normal(reinterpret_cast<normal_routine>(taken.NormalRoutine)),
          with(taken.NormalContext),
          first(taken.SystemArgument1),
          second(taken.SystemArgument2) {}
    KAPC *apc;
    kernel_routine kernel;
    normal_routine normal;
    PVOID with;
    PVOID first;
    PVOID second;
};

std::optional<taken_apc> take_deliverable(const context &at_work) noexcept {
    const guard held(the_dispatcher_lock);
    thread &self = *at_work.thread;
    if (!kernel_apc_deliverable(self, at_work)) {
        return std::nullopt;
    }
    KAPC &next = apc_of(self.apcs.kernel.Flink);
    const taken_apc taken(next);
    unlink(next);
    host::taken_over(&next);
    return taken;
}

// The context of one APC, on the stack of the thread that it interrupts.
class apc_context {
public:
    explicit apc_context(context &interrupted) : interrupted_(interrupted) {
        own_.irql = apc_level;
        own_.kind = context_kind::apc;
        own_.attention = static_cast<std::uint8_t>(attention_word.load(std::memory_order_relaxed) |
                                                   attention_thread);
        own_.preferred_processor = interrupted.preferred_processor;
        own_.thread = interrupted.thread;
        own_.call_counts = interrupted.call_counts;
        own_.held = records_.data();
        own_.held_capacity = static_cast<std::uint32_t>(records_.size());
        current_context = &own_;
    }
    ~apc_context() {
        while (held_storage *larger = own_.held_arrays) {
            own_.held_arrays = larger->smaller;
            delete larger;
        }
        current_context = &interrupted_;
    }
    apc_context(const apc_context &) = delete;

    context &own() noexcept { return own_; }

    template <class Call>
    void run(const void *routine, const void *apc, bool last, const Call &call) {
        callback_entry began;
        began.routine = routine;
        began.object = apc;
        began.of_apc = true;
        began.last = last;
        note_callback_begin(own_, began);
        call();
        report_callback_end(own_, began);
    }

private:
    context own_;
    context &interrupted_;
    std::array<held_lock, 4> records_{};
};

void run_apc(context &interrupted, taken_apc &taken) {
    thread &self = *interrupted.thread;
    apc_context at_work(interrupted);
    // The APC may be gone as soon as its KernelRoutine runs; and that may take the other away.
    at_work.run(reinterpret_cast<void *>(taken.kernel), taken.apc, taken.normal == nullptr, [&] {
        taken.kernel(taken.apc, &taken.normal, &taken.with, &taken.first, &taken.second);
    });
    if (taken.normal != nullptr) {
        set_irql(at_work.own(), 0);
        self.apcs.normal_at_work = true;
        at_work.run(reinterpret_cast<void *>(taken.normal), taken.apc, true,
                    [&] { taken.normal(taken.with, taken.first, taken.second); });
        self.apcs.normal_at_work = false;
    }
}

}  // namespace

void link_apc(KAPC &apc, thread &target) noexcept {
    LIST_ENTRY *before = apc.ApcMode == KernelMode ? &target.apcs.kernel : &target.apcs.user;
    if (apc.ApcMode == KernelMode && is_special(apc)) {
        LIST_ENTRY *each = before->Flink;  // behind the special ones, before the normal ones
        while (each != before && is_special(apc_of(each))) {
            each = each->Flink;
        }
        before = each;
    }
    InsertTailList(before, &apc.ApcListEntry);
    apc.Inserted = TRUE;
    host::handed_over(&apc);
    sched::note_touch(nullptr);  // the target may take it at any of its steps
    renew_attention(target);
}

void renew_attention(thread &of) noexcept {
    constexpr std::uint8_t bit = attention_thread;
    if (!IsListEmpty(&of.apcs.kernel) || of.level_after_set >= 0) {
        __atomic_fetch_or(&of.own.attention, bit, __ATOMIC_RELAXED);
    } else {
        __atomic_fetch_and(&of.own.attention, static_cast<std::uint8_t>(~bit), __ATOMIC_RELAXED);
    }
}

bool unlink_apc(KAPC &apc) noexcept {
    const guard held(the_dispatcher_lock);
    if (apc.Inserted == FALSE) {
        return false;
    }
    unlink(apc);
    return true;
}

bool kernel_apc_deliverable(const thread &target, const context &at_work) noexcept {
    const apc_queues &queues = target.apcs;
    if (IsListEmpty(&queues.kernel) || at_work.irql != 0 || target.own.apcs.special != 0) {
        return false;
    }
    return is_special(apc_of(queues.kernel.Flink)) ||
           (target.own.apcs.kernel == 0 && !queues.normal_at_work);
}

void deliver_kernel_apcs_slowly(context &self) {
    while (auto taken = take_deliverable(self)) {
        run_apc(self, *taken);
    }
}

NTSTATUS take_alert(thread &waiter, KPROCESSOR_MODE mode) noexcept {
    if (std::exchange(waiter.apcs.alerted[static_cast<unsigned char>(mode)], false)) {
        return STATUS_ALERTED;
    }
    if (mode == UserMode && !IsListEmpty(&waiter.apcs.user)) {
        return STATUS_USER_APC;
    }
    return std::exchange(waiter.apcs.alerted[KernelMode], false) ? STATUS_ALERTED : STATUS_SUCCESS;
}

void run_down_apcs(thread &ending) {
    LIST_ENTRY *first = nullptr;
    {
        const guard held(the_dispatcher_lock);
        ending.apcs.closed = true;
    }
    for (;;) {
        {
            const guard held(the_dispatcher_lock);
            if (IsListEmpty(&ending.apcs.user)) {
                return;
            }
            first = ending.apcs.user.Flink;
            unlink(apc_of(first));
        }
        KAPC &apc = apc_of(first);
        if (apc.RundownRoutine != nullptr) {
            reinterpret_cast<rundown_routine>(apc.RundownRoutine)(&apc);
        }
    }
}

}  // namespace emu::machine
