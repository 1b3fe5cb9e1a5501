// APCs and alerts.  No page describes these routines: what they do here is what drivers that
// declare them rely on, see docs/decisions/062-apc-routines.md.
#include "emu/machine/apc.hpp"

#include "emu/dispatcher/alert.hpp"
#include "emu/nt/dispatcher_object.hpp"

extern "C" {
#include <nt/apc_undocumented.h>
}

namespace emu::nt {

namespace {

constexpr UCHAR apc_type = 18;  // ApcObject, as KOBJECTS numbers it

void require_apc(const verify::call &at) {
    require_address<8>(at);
    touch<KAPC>(at.object);
    const UCHAR type = static_cast<const KAPC *>(at.object)->Type;
    if (type != apc_type) {
        stop_on(verify::broken(at, rule::wrong_object_type, {},
                               "the object's type byte is %u; an initialised APC's is %u", type,
                               apc_type));
    }
}

void require_thread(const verify::call &at, const void *thread) {
    const machine::object_header *header = machine::header_of(thread);
    if (header == nullptr || header->type != machine::object_type::thread) {
        const verify::call about{at.self, at.by, thread, at.caller};
        stop_on(verify::broken(about, rule::wrong_object_type, {}, "%p is no thread", thread));
    }
}

bool valid_mode(const verify::call &at, KPROCESSOR_MODE mode) {
    if (mode == KernelMode || mode == UserMode) {
        return true;
    }
    stop_on(verify::broken(at, rule::invalid_parameter, {}, "processor mode %d", mode));
    return false;
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

VOID NTAPI KeInitializeApc(PRKAPC Apc, PRKTHREAD Thread, KAPC_ENVIRONMENT Environment,
                           PKKERNEL_ROUTINE KernelRoutine, PKRUNDOWN_ROUTINE RundownRoutine,
                           PKNORMAL_ROUTINE NormalRoutine, KPROCESSOR_MODE ProcessorMode,
                           PVOID NormalContext) {
    context &self = enter<routine::KeInitializeApc>(Apc, EMU_CALLER);
    const verify::call at{self, routine::KeInitializeApc, Apc, EMU_CALLER};
    require_address<8>(at);
    require_thread(at, Thread);
    if (KernelRoutine == nullptr) {
        stop_on(verify::broken(at, rule::null_object, {}, "KernelRoutine is null"));
    }
    Apc->Type = apc_type;
    Apc->Size = sizeof(KAPC);
    Apc->Thread = Thread;
    Apc->ApcStateIndex = static_cast<CCHAR>(
        Environment == CurrentApcEnvironment ? OriginalApcEnvironment : Environment);
    Apc->KernelRoutine = reinterpret_cast<PVOID>(KernelRoutine);
    Apc->RundownRoutine = reinterpret_cast<PVOID>(RundownRoutine);
    Apc->NormalRoutine = reinterpret_cast<PVOID>(NormalRoutine);
    Apc->ApcMode = NormalRoutine != nullptr ? ProcessorMode : KPROCESSOR_MODE{KernelMode};
    Apc->NormalContext = NormalRoutine != nullptr ? NormalContext : nullptr;
    Apc->Inserted = FALSE;
}

BOOLEAN NTAPI KeInsertQueueApc(PRKAPC Apc, PVOID SystemArgument1, PVOID SystemArgument2,
                               KPRIORITY) {
    context &self = enter<routine::KeInsertQueueApc, interferes::yes>(Apc, EMU_CALLER);
    require_apc({self, routine::KeInsertQueueApc, Apc, EMU_CALLER});
    const bool queued = dispatcher::queue_apc(*Apc, SystemArgument1, SystemArgument2);
    machine::deliver_kernel_apcs(self);
    return static_cast<BOOLEAN>(queued);
}

BOOLEAN NTAPI KeRemoveQueueApc(PRKAPC Apc) {
    context &self = enter<routine::KeRemoveQueueApc, interferes::yes>(Apc, EMU_CALLER);
    require_apc({self, routine::KeRemoveQueueApc, Apc, EMU_CALLER});
    return static_cast<BOOLEAN>(machine::unlink_apc(*Apc));
}

BOOLEAN NTAPI KeAlertThread(PRKTHREAD Thread, KPROCESSOR_MODE AlertMode) {
    context &self = enter<routine::KeAlertThread, interferes::yes>(Thread, EMU_CALLER);
    const verify::call at{self, routine::KeAlertThread, Thread, EMU_CALLER};
    require_thread(at, Thread);
    return valid_mode(at, AlertMode) &&
           dispatcher::alert_thread(*static_cast<machine::thread *>(Thread), AlertMode);
}

BOOLEAN NTAPI KeTestAlertThread(KPROCESSOR_MODE AlertMode) {
    context &self = enter<routine::KeTestAlertThread, interferes::yes>(nullptr, EMU_CALLER);
    const verify::call at{self, routine::KeTestAlertThread, nullptr, EMU_CALLER};
    return valid_mode(at, AlertMode) && dispatcher::test_alert(*self.thread, AlertMode);
}

}  // extern "C"
