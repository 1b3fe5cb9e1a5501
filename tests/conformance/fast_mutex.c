/* Observed behaviour: Fast mutex. */
#include "threads.h"

void fast_mutex_public_fields(void) {
    FAST_MUTEX mutex;
    KIRQL before;
    ExInitializeFastMutex(&mutex);
    CHECK_THAT(mutex.Count == 1);
    KeRaiseIrql(APC_LEVEL, &before);
    ExAcquireFastMutex(&mutex);
    CHECK_THAT(mutex.Count == 0);
    CHECK_THAT(mutex.Owner == KeGetCurrentThread());
    CHECK_THAT(mutex.OldIrql == APC_LEVEL);
    ExReleaseFastMutex(&mutex);
    KeLowerIrql(before);
    CHECK_THAT(mutex.Count == 1);
    ExAcquireFastMutex(&mutex);
    CHECK_THAT(mutex.OldIrql == PASSIVE_LEVEL);
    CHECK_THAT(KeGetCurrentIrql() == APC_LEVEL);
    ExReleaseFastMutex(&mutex);
    CHECK_THAT(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

void fast_mutex_leaves_apc_counters(void) {
    FAST_MUTEX mutex;
    ExInitializeFastMutex(&mutex);
    ExAcquireFastMutex(&mutex);
    CHECK_THAT(!KeAreApcsDisabled());
    CHECK_THAT(KeAreAllApcsDisabled());
    ExReleaseFastMutex(&mutex);
}

void fast_mutex_owner_try_fails(void) {
    FAST_MUTEX mutex;
    ExInitializeFastMutex(&mutex);
    CHECK_THAT(ExTryToAcquireFastMutex(&mutex));
    CHECK_THAT(KeGetCurrentIrql() == APC_LEVEL);
    CHECK_THAT(!ExTryToAcquireFastMutex(&mutex));
    CHECK_THAT(mutex.Count == 0);
    CHECK_THAT(mutex.Owner == KeGetCurrentThread());
    CHECK_THAT(mutex.OldIrql == PASSIVE_LEVEL);
    CHECK_THAT(mutex.Contention == 0);
    CHECK_THAT(KeGetCurrentIrql() == APC_LEVEL);
    ExReleaseFastMutex(&mutex);
}

void fast_mutex_old_irql_persists(void) {
    FAST_MUTEX mutex;
    KIRQL before;
    ExInitializeFastMutex(&mutex);
    KeRaiseIrql(APC_LEVEL, &before);
    ExAcquireFastMutex(&mutex);
    ExReleaseFastMutex(&mutex);
    CHECK_THAT(mutex.OldIrql == APC_LEVEL);
    KeLowerIrql(before);
}

void fast_mutex_unsafe_leaves_level(void) {
    FAST_MUTEX mutex;
    ExInitializeFastMutex(&mutex);
    mutex.OldIrql = 0x55;
    KeEnterCriticalRegion();
    ExAcquireFastMutexUnsafe(&mutex);
    CHECK_THAT(mutex.Count == 0);
    CHECK_THAT(mutex.Owner == KeGetCurrentThread());
    CHECK_THAT(KeGetCurrentIrql() == PASSIVE_LEVEL);
    CHECK_THAT(mutex.OldIrql == 0x55);
    ExReleaseFastMutexUnsafe(&mutex);
    CHECK_THAT(mutex.OldIrql == 0x55);
    CHECK_THAT(mutex.Count == 1);
    KeLeaveCriticalRegion();
}

static VOID NTAPI hold_for_a_moment(PVOID mutex) {
    ExAcquireFastMutex(mutex);
    ExReleaseFastMutex(mutex);
}

void fast_mutex_contention_counts_waiters(void) {
    FAST_MUTEX mutex;
    PVOID threads[2];
    LARGE_INTEGER pause;
    ULONG i;
    pause.QuadPart = -1000;
    ExInitializeFastMutex(&mutex);
    KeEnterCriticalRegion();
    ExAcquireFastMutexUnsafe(&mutex);
    KeLeaveCriticalRegion();
    for (i = 0; i < RTL_NUMBER_OF(threads); ++i) {
        threads[i] = start_thread(hold_for_a_moment, &mutex);
        while (ReadULongNoFence(&mutex.Contention) == i) {
            KeDelayExecutionThread(KernelMode, FALSE, &pause);
        }
        CHECK_THAT(ReadULongNoFence(&mutex.Contention) == i + 1);
    }
    KeEnterCriticalRegion();
    ExReleaseFastMutexUnsafe(&mutex);
    KeLeaveCriticalRegion();
    for (i = 0; i < RTL_NUMBER_OF(threads); ++i) {
        join_thread(threads[i]);
    }
    CHECK_THAT(mutex.Count == 1);
    CHECK_THAT(mutex.Contention >= RTL_NUMBER_OF(threads));
}
