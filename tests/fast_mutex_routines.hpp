// The fast and guarded mutex families as tables.
#pragma once
#include "both_backends.hpp"

extern "C" {
#include <ntifs.h>
}

namespace tests {

/// One way to hold a mutex from PASSIVE_LEVEL, with what it needs around it.
template <class Mutex>
struct mutex_pair {
    using mutex_type = Mutex;
    const char *name;
    void (*initialize)(Mutex *mutex);
    void (*acquire)(Mutex *mutex);
    void (*release)(Mutex *mutex);
};

using fast_mutex_pair = mutex_pair<FAST_MUTEX>;
using guarded_mutex_pair = mutex_pair<KGUARDED_MUTEX>;

inline constexpr fast_mutex_pair fast_mutex_pairs[] = {
    {"ExAcquireFastMutex", ExInitializeFastMutex, ExAcquireFastMutex, ExReleaseFastMutex},
    {"ExAcquireFastMutexUnsafe", ExInitializeFastMutex,
     [](PFAST_MUTEX mutex) {
         KeEnterCriticalRegion();
         ExAcquireFastMutexUnsafe(mutex);
     },
     [](PFAST_MUTEX mutex) {
         ExReleaseFastMutexUnsafe(mutex);
         KeLeaveCriticalRegion();
     }},
    {"ExEnterCriticalRegionAndAcquireFastMutexUnsafe", ExInitializeFastMutex,
     ExEnterCriticalRegionAndAcquireFastMutexUnsafe,
     ExReleaseFastMutexUnsafeAndLeaveCriticalRegion},
};

inline constexpr guarded_mutex_pair guarded_mutex_pairs[] = {
    {"KeAcquireGuardedMutex", KeInitializeGuardedMutex, KeAcquireGuardedMutex,
     KeReleaseGuardedMutex},
    {"KeAcquireGuardedMutexUnsafe", KeInitializeGuardedMutex,
     [](PKGUARDED_MUTEX mutex) {
         KeEnterGuardedRegion();
         KeAcquireGuardedMutexUnsafe(mutex);
     },
     [](PKGUARDED_MUTEX mutex) {
         KeReleaseGuardedMutexUnsafe(mutex);
         KeLeaveGuardedRegion();
     }},
};

}  // namespace tests
