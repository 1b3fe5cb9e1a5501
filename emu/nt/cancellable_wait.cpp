// Waits that the cancellation of an IRP or operation ends: FsRtlCancellableWaitForSingleObject and
// its kin.
//
// Ordinary waits in kernel mode, with rules of their own, that IoCancelIrp and a test's request to
// end the thread end early.  Objects come before the cancel, as they come before alerts.  Choices:
// docs/decisions/090-cancellable-waits.md and 100-cancel-suspend-terminate.md.
#include <span>

#include "emu/nt/dispatcher_object.hpp"
#include "emu/nt/wait.hpp"

namespace emu::nt {

namespace {

using verify::call;

/// What the wait is for.
struct request_view {
    bool given = false;  // an IRP or callback data
    const IRP *irp = nullptr;
};

// What the pages demand beyond the contract.
void require_can_be_cancelled(const call &at, const request_view &request) {
    if (request.given && at.self.irql > PASSIVE_LEVEL) {
        stop_on(verify::broken(at, rule::irql_too_high, {},
                               "with a request to be cancelled %s is for PASSIVE_LEVEL; the "
                               "current IRQL is %s (%u)",
                               contract_of(at.by).name, level_name(at.self.irql), at.self.irql));
    }
    if (at.self.thread->own.apcs.special != 0) {
        stop_on(verify::broken(at, rule::special_apcs_disabled, {},
                               "SpecialApcDisable is %d: neither a cancel nor the thread's "
                               "termination could end the wait",
                               at.self.thread->own.apcs.special));
    }
    if (request.irp != nullptr &&
        __atomic_load_n(&request.irp->CancelRoutine, __ATOMIC_RELAXED) != nullptr) {
        stop_on(verify::broken(at, rule::invalid_parameter, {},
                               "the IRP %p has a cancel routine, which the cancel would call "
                               "instead of ending the wait",
                               static_cast<const void *>(request.irp)));
    }
}

NTSTATUS wait_cancellably(const call &at, dispatcher::wait_request wanted,
                          const LARGE_INTEGER *timeout, const request_view &request) {
    require_can_be_cancelled(at, request);
    const std::uint64_t mutants = look_at_objects(at, wanted.objects, KernelMode);
    wanted.deadline_ns = dispatcher::deadline_of(timeout);
    wanted.cancellable = true;
    wanted.cancel = request.irp != nullptr ? &request.irp->Cancel : nullptr;
    return wait_as(at, wanted, timeout, mutants);
}

template <routine R>
NTSTATUS wait_for_one(PVOID object, PLARGE_INTEGER timeout, const request_view &request,
                      const void *caller) {
    context &self = enter<R, interferes::yes>(object, caller);
    const std::span<void *const> objects(&object, 1);
    return wait_cancellably(
        {self, R, object, caller},
        {objects, false, false, KernelMode, 0, self.thread->wait_blocks.data()}, timeout, request);
}

struct several {
    ULONG count;
    PVOID *objects;
    WAIT_TYPE type;
    PKWAIT_BLOCK blocks;
};

template <routine R>
NTSTATUS wait_for_several(const several &what, PLARGE_INTEGER timeout, const request_view &request,
                          const void *caller) {
    context &self = enter<R, interferes::yes>(what.objects, caller);
    const call array{self, R, what.objects, caller};
    require_address<8>(array);
    require_wait_blocks(array, what.count, what.blocks);
    const std::span<void *const> objects(what.objects, what.count);
    KWAIT_BLOCK *blocks = what.blocks != nullptr ? what.blocks : self.thread->wait_blocks.data();
    return wait_cancellably({self, R, what.objects[0], caller},
                            {objects, what.type == WaitAll, false, KernelMode, 0, blocks}, timeout,
                            request);
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

NTSTATUS NTAPI FsRtlCancellableWaitForSingleObject(PVOID Object, PLARGE_INTEGER Timeout,
                                                   PIRP Irp) {
    return nt::wait_for_one<routine::FsRtlCancellableWaitForSingleObject>(
        Object, Timeout, {Irp != nullptr, Irp}, EMU_CALLER);
}

NTSTATUS NTAPI FsRtlCancellableWaitForMultipleObjects(ULONG Count, PVOID ObjectArray[],
                                                      WAIT_TYPE WaitType, PLARGE_INTEGER Timeout,
                                                      PKWAIT_BLOCK WaitBlockArray, PIRP Irp) {
    return wait_for_several<routine::FsRtlCancellableWaitForMultipleObjects>(
        {Count, ObjectArray, WaitType, WaitBlockArray}, Timeout, {Irp != nullptr, Irp},
        EMU_CALLER);
}

NTSTATUS FLTAPI FltCancellableWaitForSingleObject(PVOID Object, PLARGE_INTEGER Timeout,
                                                  PFLT_CALLBACK_DATA CallbackData) {
    return nt::wait_for_one<routine::FltCancellableWaitForSingleObject>(
        Object, Timeout, {CallbackData != nullptr}, EMU_CALLER);
}

NTSTATUS FLTAPI FltCancellableWaitForMultipleObjects(ULONG Count, PVOID ObjectArray[],
                                                     WAIT_TYPE WaitType, PLARGE_INTEGER Timeout,
                                                     PKWAIT_BLOCK WaitBlockArray,
                                                     PFLT_CALLBACK_DATA CallbackData) {
    return wait_for_several<routine::FltCancellableWaitForMultipleObjects>(
        {Count, ObjectArray, WaitType, WaitBlockArray}, Timeout, {CallbackData != nullptr},
        EMU_CALLER);
}

}  // extern "C"
