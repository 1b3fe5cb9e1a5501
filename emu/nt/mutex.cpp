// Mutexes and mutants: KeInitializeMutex, KeReleaseMutex and their kin.  The waits acquire.
#include "emu/dispatcher/mutex.hpp"

#include "emu/machine/apc.hpp"
#include "emu/nt/dispatcher_object.hpp"
#include "emu/nt/raise.hpp"
#include "emu/trace/events.hpp"
#include "emu/verify/held.hpp"

namespace emu::nt {

namespace {

using dispatcher::release_result;
using verify::call;

void require_mutant(const call &at) {
    require_kind(at, dispatcher::mutant_object, dispatcher::mutant_object, "a mutex's is");
}

// The record goes before the release.  A mutex is the thread's, whatever context it acquired in.
void drop_record(const call &at) {
    context *holder = &at.self;
    const held_lock *record = verify::find_held(*holder, at.object);
    if (record == nullptr) {
        holder = &at.self.thread->own;
        record = verify::find_held(*holder, at.object);
    }
    if (record != nullptr) {
        const std::uint8_t acquired_at = record->level;
        verify::drop_held(*holder, *record);
        stop_on(verify::judge_mutex_level(at, acquired_at));
    }
}

LONG release(const call &at, BOOLEAN wait) {
    require_mutant(at);
    trace_event(at, trace::event_kind::released);
    drop_record(at);
    LONG before = 0;
    const release_result done =
        dispatcher::release_mutant(object_of<KMUTANT>(at), *at.self.thread, before);
    if (done != release_result::released) {
        raise_status(
            done == release_result::abandoned ? STATUS_ABANDONED : STATUS_MUTANT_NOT_OWNED,
            at.caller);
    }
    wait ? stay_raised_for_wait(at.self) : machine::deliver_kernel_apcs(at.self);
    return before;
}

LONG read(const call &at) {
    require_mutant(at);
    return dispatcher::read_mutant(object_of<KMUTANT>(at));
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

VOID NTAPI KeInitializeMutex(PRKMUTEX Mutex, ULONG) {
    const verify::call at{enter<routine::KeInitializeMutex>(Mutex, EMU_CALLER),
                          routine::KeInitializeMutex, Mutex, EMU_CALLER};
    require_address<8>(at);
    dispatcher::initialize_mutant(*Mutex, nullptr, true);
}

LONG NTAPI KeReleaseMutex(PRKMUTEX Mutex, BOOLEAN Wait) {
    context &self = enter<routine::KeReleaseMutex, interferes::yes>(Mutex, EMU_CALLER);
    return release({self, routine::KeReleaseMutex, Mutex, EMU_CALLER}, Wait);
}

LONG NTAPI KeReadStateMutex(PRKMUTEX Mutex) {
    context &self = enter<routine::KeReadStateMutex, interferes::yes>(Mutex, EMU_CALLER);
    return read({self, routine::KeReadStateMutex, Mutex, EMU_CALLER});
}

VOID NTAPI KeInitializeMutant(PRKMUTANT Mutant, BOOLEAN InitialOwner) {
    context &self = enter<routine::KeInitializeMutant>(Mutant, EMU_CALLER);
    require_address<8>({self, routine::KeInitializeMutant, Mutant, EMU_CALLER});
    dispatcher::initialize_mutant(*Mutant, InitialOwner ? self.thread : nullptr, false);
}

LONG NTAPI KeReleaseMutant(PRKMUTANT Mutant, KPRIORITY, BOOLEAN Abandoned, BOOLEAN Wait) {
    context &self = enter<routine::KeReleaseMutant, interferes::yes>(Mutant, EMU_CALLER);
    const verify::call at{self, routine::KeReleaseMutant, Mutant, EMU_CALLER};
    if (!Abandoned) {
        return release(at, Wait);
    }
    require_mutant(at);
    return dispatcher::abandon_mutant(*Mutant);
}

LONG NTAPI KeReadStateMutant(PRKMUTANT Mutant) {
    context &self = enter<routine::KeReadStateMutant, interferes::yes>(Mutant, EMU_CALLER);
    return read({self, routine::KeReadStateMutant, Mutant, EMU_CALLER});
}

}  // extern "C"
