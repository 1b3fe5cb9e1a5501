// Guarded mutexes: since Windows 8 fast mutexes; before, a guarded region around a mutex that
// leaves the level alone.
#include <algorithm>

#include "emu/machine/machine.hpp"
#include "emu/machine/apc.hpp"
#include "emu/machine/processor.hpp"
#include "emu/nt/mutex_core.hpp"

static_assert(FIELD_OFFSET(KGUARDED_MUTEX, Count) == FIELD_OFFSET(FAST_MUTEX, Count));
static_assert(FIELD_OFFSET(KGUARDED_MUTEX, Owner) == FIELD_OFFSET(FAST_MUTEX, Owner));
static_assert(FIELD_OFFSET(KGUARDED_MUTEX, Contention) == FIELD_OFFSET(FAST_MUTEX, Contention));
static_assert(FIELD_OFFSET(KGUARDED_MUTEX, Gate) == FIELD_OFFSET(FAST_MUTEX, Event));
static_assert(sizeof(KGUARDED_MUTEX) == sizeof(FAST_MUTEX));

namespace emu::nt {

namespace {

using machine::apc_level;
using verify::call;

constexpr lock_family family = lock_family::guarded_mutex;

std::int16_t &special_apcs(const call &at) { return at.self.thread->own.apcs.special; }

template <routine R>
call entered(PKGUARDED_MUTEX mutex, const void *caller) {
    const call at{enter<R, interferes::yes>(mutex, caller), R, mutex, caller};
    require_object<8>(at);
    return at;
}

// The old kind keeps no level, but the record says that it was taken with the plain routine.
void acquire(const call &at) {
    if (guarded_mutexes_are_fast()) {
        return take_mutex(at, family, machine::set_irql(at.self, apc_level));
    }
    --special_apcs(at);
    take_mutex(at, family, at.self.irql);
}

BOOLEAN try_acquire(const call &at) {
    if (!guarded_mutexes_are_fast()) {
        --special_apcs(at);
    }
    const bool taken = try_take_mutex(at, family, at.self.irql);
    if (guarded_mutexes_are_fast()) {
        if (taken) {
            machine::set_irql(at.self, apc_level);
        }
    } else if (!taken) {
        ++special_apcs(at);
    }
    return taken;
}

void release(const call &at) {
    const auto before = static_cast<std::uint8_t>(mutex_of(at).OldIrql);
    give_back_mutex(at, false, guarded_mutexes_are_fast());
    if (guarded_mutexes_are_fast()) {
        machine::set_irql(at.self, std::min(before, machine::high_level));
        machine::deliver_kernel_apcs(at.self);
    } else {
        ++special_apcs(at);
    }
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

VOID FASTCALL KeInitializeGuardedMutex(PKGUARDED_MUTEX Mutex) {
    initialize_mutex({enter<routine::KeInitializeGuardedMutex>(Mutex, EMU_CALLER),
                      routine::KeInitializeGuardedMutex, Mutex, EMU_CALLER});
}

VOID FASTCALL KeAcquireGuardedMutex(PKGUARDED_MUTEX Mutex) {
    acquire(entered<routine::KeAcquireGuardedMutex>(Mutex, EMU_CALLER));
}

BOOLEAN FASTCALL KeTryToAcquireGuardedMutex(PKGUARDED_MUTEX Mutex) {
    return try_acquire(entered<routine::KeTryToAcquireGuardedMutex>(Mutex, EMU_CALLER));
}

VOID FASTCALL KeReleaseGuardedMutex(PKGUARDED_MUTEX Mutex) {
    release(entered<routine::KeReleaseGuardedMutex>(Mutex, EMU_CALLER));
}

VOID FASTCALL KeAcquireGuardedMutexUnsafe(PKGUARDED_MUTEX Mutex) {
    take_mutex(entered<routine::KeAcquireGuardedMutexUnsafe>(Mutex, EMU_CALLER), family,
               level_untouched);
}

VOID FASTCALL KeReleaseGuardedMutexUnsafe(PKGUARDED_MUTEX Mutex) {
    give_back_mutex(entered<routine::KeReleaseGuardedMutexUnsafe>(Mutex, EMU_CALLER), true, false);
}

}  // extern "C"
