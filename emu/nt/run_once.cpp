// One-time initialisation.
#include "emu/locks/run_once.hpp"

#include "emu/nt/enter.hpp"
#include "emu/verify/held.hpp"
#include "emu/host/happens_before.hpp"

namespace emu::nt {

namespace {

namespace core = locks::run_once;
using verify::call;

constexpr ULONG begin_flags = RTL_RUN_ONCE_CHECK_ONLY | RTL_RUN_ONCE_ASYNC;
constexpr ULONG complete_flags = RTL_RUN_ONCE_ASYNC | RTL_RUN_ONCE_INIT_FAILED;

core::word &word_of(const call &at) { return core::word_of(const_cast<void *>(at.object)); }

template <routine R>
call entered(PRTL_RUN_ONCE once, const void *caller) {
    const call at{enter<R, interferes::yes>(once, caller), R, once, caller};
    if (!address_ok<8>(once)) {
        bad_address(at, 8);
    }
    return at;
}

void report_mixed_modes(const call &at) {
    stop_on(verify::broken(at, rule::invalid_parameter, {},
                           "RTL_RUN_ONCE_ASYNC must be given in all calls or in none, and what is "
                           "completed must have begun"));
}

void report_flags(const call &at, ULONG flags) {
    stop_on(verify::broken(at, rule::invalid_flags, {}, "flags 0x%X", flags));
}

// The thread that runs the callback holds the initialisation: others wait for it, and it itself
// would for ever.
void note_running(const call &at) {
    if (!verify::room_to_hold(at.self)) {
        verify::grow_held(at.self);
    }
    verify::note_acquired(
        at.self, {at.object, at.caller, {lock_family::run_once, lock_mode::exclusive, at.by}});
}

void wait(const call &at) {
    if (verify::find_held(at.self, at.object) != nullptr) {
        stop_on(verify::broken(at, rule::recursive_acquire, {},
                               "this thread runs the initialisation that it would wait for"));
    }
    note_blocked(at, lock_family::run_once);
    core::wait(word_of(at), at.self.thread->actor);
    note_unblocked(at);
}

NTSTATUS begin(const call &at, ULONG flags, PVOID *context) {
    for (;;) {
        const core::look seen = core::begin(word_of(at), (flags & RTL_RUN_ONCE_ASYNC) != 0,
                                            (flags & RTL_RUN_ONCE_CHECK_ONLY) != 0);
        switch (seen.what) {
            case core::answer::done:
                if (context != nullptr) {
                    *context = reinterpret_cast<PVOID>(seen.context);
                }
                host::taken_over(at.object);
                return STATUS_SUCCESS;
            case core::answer::yours:
                host::taken_over(at.object);  // from one that failed
                return STATUS_PENDING;
            case core::answer::not_yet: return STATUS_UNSUCCESSFUL;
            case core::answer::wrong_mode: report_mixed_modes(at); return STATUS_INVALID_PARAMETER;
            case core::answer::wait: wait(at);
        }
    }
}

bool clean(PVOID context) { return (reinterpret_cast<std::uint64_t>(context) & 3) == 0; }

NTSTATUS run(const call &at, PRTL_RUN_ONCE_INIT_FN function, PVOID parameter, PVOID *context) {
    PVOID own = nullptr;
    PVOID *result = context != nullptr ? context : &own;
    note_running(at);
    const ULONG worked =
        function(static_cast<PRTL_RUN_ONCE>(const_cast<void *>(at.object)), parameter, result);
    if (const held_lock *record = verify::find_held(at.self, at.object)) {
        verify::drop_held(at.self, *record);
    }
    const bool failed = worked == 0 || !clean(*result);
    host::handed_over(at.object);
    core::complete(word_of(at), false, failed, reinterpret_cast<std::uint64_t>(*result));
    return failed ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

VOID NTAPI RtlRunOnceInitialize(PRTL_RUN_ONCE RunOnce) {
    word_of(entered<routine::RtlRunOnceInitialize>(RunOnce, EMU_CALLER))
        .store(0, std::memory_order_release);
}

NTSTATUS NTAPI RtlRunOnceExecuteOnce(PRTL_RUN_ONCE RunOnce, PRTL_RUN_ONCE_INIT_FN InitFn,
                                     PVOID Parameter, PVOID *Context) {
    const call at = entered<routine::RtlRunOnceExecuteOnce>(RunOnce, EMU_CALLER);
    --at.self.thread->own.apcs.kernel;
    NTSTATUS status = begin(at, 0, Context);
    if (status == STATUS_PENDING) {
        status = run(at, InitFn, Parameter, Context);
    }
    ++at.self.thread->own.apcs.kernel;
    return status;
}

NTSTATUS NTAPI RtlRunOnceBeginInitialize(PRTL_RUN_ONCE RunOnce, ULONG Flags, PVOID *Context) {
    const call at = entered<routine::RtlRunOnceBeginInitialize>(RunOnce, EMU_CALLER);
    if ((Flags & ~begin_flags) != 0 || Flags == begin_flags) {
        report_flags(at, Flags);
        return STATUS_INVALID_PARAMETER;
    }
    return begin(at, Flags, Context);
}

NTSTATUS NTAPI RtlRunOnceComplete(PRTL_RUN_ONCE RunOnce, ULONG Flags, PVOID Context) {
    const call at = entered<routine::RtlRunOnceComplete>(RunOnce, EMU_CALLER);
    if ((Flags & ~complete_flags) != 0 || Flags == complete_flags) {
        report_flags(at, Flags);
        return STATUS_INVALID_PARAMETER;
    }
    if (!clean(Context)) {
        return STATUS_INVALID_PARAMETER;
    }
    const bool async = (Flags & RTL_RUN_ONCE_ASYNC) != 0;
    host::handed_over(at.object);
    if (core::complete(word_of(at), async, (Flags & RTL_RUN_ONCE_INIT_FAILED) != 0,
                       reinterpret_cast<std::uint64_t>(Context))) {
        return STATUS_SUCCESS;
    }
    const auto state = word_of(at).load(std::memory_order_acquire) & core::state_bits;
    if (!async || state != core::done) {
        report_mixed_modes(at);
    }
    return STATUS_UNSUCCESSFUL;
}

}  // extern "C"
