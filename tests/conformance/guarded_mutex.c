/* Observed behaviour: Guarded mutex. */
#include "conformance.h"

void guarded_mutex_old_uses_special_counter(void) {
    KGUARDED_MUTEX mutex;
    KeInitializeGuardedMutex(&mutex);
    KeAcquireGuardedMutex(&mutex);
    CHECK_THAT(mutex.Count == 0);
    CHECK_THAT(mutex.Owner == KeGetCurrentThread());
    CHECK_THAT(KeGetCurrentIrql() == PASSIVE_LEVEL);
    CHECK_THAT(KeAreAllApcsDisabled());
    KeReleaseGuardedMutex(&mutex);
    CHECK_THAT(!KeAreApcsDisabled());
    CHECK_THAT(mutex.Count == 1);
}

void guarded_mutex_old_unsafe_leaves_counter(void) {
    KGUARDED_MUTEX mutex;
    KeInitializeGuardedMutex(&mutex);
    KeAcquireGuardedMutexUnsafe(&mutex);
    CHECK_THAT(!KeAreApcsDisabled());
    KeReleaseGuardedMutexUnsafe(&mutex);
    CHECK_THAT(!KeAreApcsDisabled());
}

void guarded_mutex_old_mismatch_skews_counter(void) {
    KGUARDED_MUTEX mutex;
    KeInitializeGuardedMutex(&mutex);
    KeAcquireGuardedMutex(&mutex);
    KeReleaseGuardedMutexUnsafe(&mutex);
    CHECK_THAT(KeAreAllApcsDisabled());
    KeAcquireGuardedMutexUnsafe(&mutex);
    KeReleaseGuardedMutex(&mutex);
    CHECK_THAT(!KeAreAllApcsDisabled());
}

void guarded_mutex_recursive_try_fails(void) {
    KGUARDED_MUTEX mutex;
    KeInitializeGuardedMutex(&mutex);
    CHECK_THAT(KeTryToAcquireGuardedMutex(&mutex));
    CHECK_THAT(!KeTryToAcquireGuardedMutex(&mutex));
    KeReleaseGuardedMutex(&mutex);
    CHECK_THAT(!KeAreAllApcsDisabled());
}

void guarded_mutex_new_is_fast_mutex(void) {
    KGUARDED_MUTEX mutex;
    KeInitializeGuardedMutex(&mutex);
    KeAcquireGuardedMutex(&mutex);
    CHECK_THAT(KeGetCurrentIrql() == APC_LEVEL);
    CHECK_THAT(!KeAreApcsDisabled());
    KeReleaseGuardedMutex(&mutex);
    CHECK_THAT(KeGetCurrentIrql() == PASSIVE_LEVEL);
    CHECK_THAT(KeTryToAcquireGuardedMutex(&mutex));
    CHECK_THAT(KeGetCurrentIrql() == APC_LEVEL);
    KeReleaseGuardedMutex(&mutex);
    CHECK_THAT(KeGetCurrentIrql() == PASSIVE_LEVEL);
}
