// Rundown protection.
#include "emu/nt/rundown.hpp"
#include "emu/host/happens_before.hpp"

namespace emu::nt::rundown {

using verify::call;

// For the race detector: who lets others in hands over by the word, who leaves by the byte behind
// it; so holders come after the former and before the wait, in no order among themselves.
static const void *leaving(const call &at) { return static_cast<const char *>(at.object) + 1; }

void initialize(const call &at) {
    host::handed_over(at.object);
    word_of(at).store(0, std::memory_order_release);
}

void reinitialize(const call &at) {
    stop_on(verify::judge_rundown_word(at));
    stop_on(verify::judge_rundown_state(at));
    host::handed_over(at.object);
    word_of(at).store(0, std::memory_order_release);
}

void complete(const call &at) {
    stop_on(verify::judge_rundown_word(at));
    stop_on(verify::judge_rundown_state(at));
    host::handed_over(at.object);
    word_of(at).store(core::active, std::memory_order_release);
}

BOOLEAN acquire(const call &at, ULONG count) {
    if (core::acquire(word_of(at), count)) {
        host::taken_over(at.object);
        return TRUE;
    }
    stop_on(verify::judge_rundown_word(at));
    return FALSE;
}

void release(const call &at, ULONG count) {
    stop_on(verify::judge_rundown_word(at));
    host::handed_over(leaving(at));
    if (!core::release(word_of(at), count)) {
        stop_on(verify::judge_rundown_release(at));
    }
}

void wait(const call &at) {
    stop_on(verify::judge_rundown_word(at));
    if (!core::try_run_down(word_of(at))) {
        note_blocked(at, lock_family::rundown);
        core::wait(word_of(at), at.self.thread->actor);
        note_unblocked(at);
    }
    host::taken_over(leaving(at));
}

}  // namespace emu::nt::rundown

using namespace emu;
using namespace emu::nt;
using rundown::entered;

extern "C" {

VOID FASTCALL ExInitializeRundownProtection(PEX_RUNDOWN_REF RunRef) {
    rundown::initialize(entered<routine::ExInitializeRundownProtection>(RunRef, EMU_CALLER));
}

VOID FASTCALL ExReInitializeRundownProtection(PEX_RUNDOWN_REF RunRef) {
    rundown::reinitialize(entered<routine::ExReInitializeRundownProtection>(RunRef, EMU_CALLER));
}

BOOLEAN FASTCALL ExAcquireRundownProtection(PEX_RUNDOWN_REF RunRef) {
    return rundown::acquire(entered<routine::ExAcquireRundownProtection>(RunRef, EMU_CALLER), 1);
}

BOOLEAN FASTCALL ExAcquireRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count) {
    return rundown::acquire(entered<routine::ExAcquireRundownProtectionEx>(RunRef, EMU_CALLER),
                            Count);
}

VOID FASTCALL ExReleaseRundownProtection(PEX_RUNDOWN_REF RunRef) {
    rundown::release(entered<routine::ExReleaseRundownProtection>(RunRef, EMU_CALLER), 1);
}

VOID FASTCALL ExReleaseRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count) {
    rundown::release(entered<routine::ExReleaseRundownProtectionEx>(RunRef, EMU_CALLER), Count);
}

VOID FASTCALL ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF RunRef) {
    rundown::wait(entered<routine::ExWaitForRundownProtectionRelease>(RunRef, EMU_CALLER));
}

VOID FASTCALL ExRundownCompleted(PEX_RUNDOWN_REF RunRef) {
    rundown::complete(entered<routine::ExRundownCompleted>(RunRef, EMU_CALLER));
}

}  // extern "C"
