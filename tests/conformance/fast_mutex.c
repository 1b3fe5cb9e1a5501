/* Observed behaviour: Fast mutex. */
#include "conformance.h"

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

static FAST_MUTEX contended;

static VOID NTAPI hold_contended(PVOID context) {
    UNREFERENCED_PARAMETER(context);
    ExAcquireFastMutex(&contended);
    ExReleaseFastMutex(&contended);
}

void fast_mutex_contention_counts_waiters(void) {
    HANDLE thread;
    PVOID object;
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    ExInitializeFastMutex(&contended);
    KeEnterCriticalRegion();
    ExAcquireFastMutexUnsafe(&contended);
    KeLeaveCriticalRegion();
    CHECK_THAT(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, &attributes, NULL, NULL,
                                    hold_contended, NULL) == STATUS_SUCCESS);
    while (*(volatile ULONG *)&contended.Contention == 0) {
        LARGE_INTEGER pause;
        pause.QuadPart = -1;
        KeDelayExecutionThread(KernelMode, FALSE, &pause);
    }
    CHECK_THAT(contended.Contention == 1);
    KeEnterCriticalRegion();
    ExReleaseFastMutexUnsafe(&contended);
    KeLeaveCriticalRegion();
    CHECK_THAT(ObReferenceObjectByHandle(thread, THREAD_ALL_ACCESS, NULL, KernelMode, &object,
                                         NULL) == STATUS_SUCCESS);
    KeWaitForSingleObject(object, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(object);
    ZwClose(thread);
    CHECK_THAT(contended.Count == 1);
    CHECK_THAT(contended.Contention == 1);
}
