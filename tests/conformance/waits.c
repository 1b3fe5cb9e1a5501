/* Observed behaviour: KMUTEX, events, waits. */
#include "threads.h"

static NTSTATUS poll(PVOID object) {
    LARGE_INTEGER none;
    none.QuadPart = 0;
    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, &none);
}

static NTSTATUS wait_shortly(PVOID object) {
    LARGE_INTEGER soon;
    soon.QuadPart = -10000;
    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, &soon);
}

void mutex_disables_apcs_once(void) {
    KMUTEX mutex;
    KeInitializeMutex(&mutex, 0);
    CHECK_THAT(poll(&mutex) == STATUS_SUCCESS);
    CHECK_THAT(KeAreApcsDisabled());
    CHECK_THAT(poll(&mutex) == STATUS_SUCCESS);
    CHECK_THAT(KeReleaseMutex(&mutex, FALSE) == -1);
    CHECK_THAT(KeAreApcsDisabled());
    CHECK_THAT(KeReleaseMutex(&mutex, FALSE) == 0);
    CHECK_THAT(!KeAreApcsDisabled());
}

void mutex_states(void) {
    KMUTEX mutex;
    KeInitializeMutex(&mutex, 0);
    CHECK_THAT(mutex.Header.SignalState == 1);
    CHECK_THAT(poll(&mutex) == STATUS_SUCCESS);
    CHECK_THAT(mutex.Header.SignalState == 0);
    CHECK_THAT(poll(&mutex) == STATUS_SUCCESS);
    CHECK_THAT(mutex.Header.SignalState == -1);
    CHECK_THAT(KeReleaseMutex(&mutex, FALSE) == -1);
    CHECK_THAT(KeReleaseMutex(&mutex, FALSE) == 0);
    CHECK_THAT(mutex.Header.SignalState == 1);
}

void mutex_ignores_level(void) {
    KMUTEX first, second;
    KeInitializeMutex(&first, 5);
    KeInitializeMutex(&second, 1);
    CHECK_THAT(poll(&first) == STATUS_SUCCESS);
    CHECK_THAT(poll(&second) == STATUS_SUCCESS);
    KeReleaseMutex(&first, FALSE);
    KeReleaseMutex(&second, FALSE);
}

static VOID NTAPI expect_timeout(PVOID object) {
    CHECK_THAT(wait_shortly(object) == STATUS_TIMEOUT);
}

void mutex_others_time_out(void) {
    KMUTEX mutex;
    KeInitializeMutex(&mutex, 0);
    CHECK_THAT(poll(&mutex) == STATUS_SUCCESS);
    in_thread(expect_timeout, &mutex);
    KeReleaseMutex(&mutex, FALSE);
}

void event_returns_raw_state(void) {
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    event.Header.SignalState = 5;
    CHECK_THAT(KeSetEvent(&event, 0, FALSE) == 5);
    CHECK_THAT(event.Header.SignalState == 1);
    event.Header.SignalState = -7;
    CHECK_THAT(KePulseEvent(&event, 0, FALSE) == -7);
    CHECK_THAT(event.Header.SignalState == 0);
    event.Header.SignalState = 9;
    CHECK_THAT(KeReadStateEvent(&event) == 9);
    CHECK_THAT(KeResetEvent(&event) == 9);
    CHECK_THAT(KeResetEvent(&event) == 0);
}

void event_wakes_by_type(void) {
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, TRUE);
    CHECK_THAT(poll(&event) == STATUS_SUCCESS);
    CHECK_THAT(KeReadStateEvent(&event) == 1);
    KeInitializeEvent(&event, SynchronizationEvent, TRUE);
    CHECK_THAT(poll(&event) == STATUS_SUCCESS);
    CHECK_THAT(KeReadStateEvent(&event) == 0);
}

void event_wait_true_raises(void) {
    KEVENT event, ready;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeInitializeEvent(&ready, NotificationEvent, TRUE);
    KeSetEvent(&event, 0, TRUE);
    CHECK_THAT(KeGetCurrentIrql() == DISPATCH_LEVEL);
    CHECK_THAT(KeWaitForSingleObject(&ready, Executive, KernelMode, FALSE, NULL) ==
               STATUS_SUCCESS);
    CHECK_THAT(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

void waits_zero_timeout_polls(void) {
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    CHECK_THAT(poll(&event) == STATUS_TIMEOUT);
    KeSetEvent(&event, 0, FALSE);
    CHECK_THAT(poll(&event) == STATUS_SUCCESS);
}

void waits_any_lowest_index(void) {
    KEVENT first, second;
    PVOID both[2];
    both[0] = &first;
    both[1] = &second;
    KeInitializeEvent(&first, SynchronizationEvent, TRUE);
    KeInitializeEvent(&second, SynchronizationEvent, TRUE);
    CHECK_THAT(KeWaitForMultipleObjects(2, both, WaitAny, Executive, KernelMode, FALSE, NULL,
                                        NULL) == STATUS_WAIT_0);
    CHECK_THAT(KeReadStateEvent(&first) == 0);
    CHECK_THAT(KeReadStateEvent(&second) == 1);
}

void waits_all_or_nothing(void) {
    KEVENT first, second;
    LARGE_INTEGER none;
    PVOID both[2];
    both[0] = &first;
    both[1] = &second;
    none.QuadPart = 0;
    KeInitializeEvent(&first, SynchronizationEvent, TRUE);
    KeInitializeEvent(&second, SynchronizationEvent, FALSE);
    CHECK_THAT(KeWaitForMultipleObjects(2, both, WaitAll, Executive, KernelMode, FALSE, &none,
                                        NULL) == STATUS_TIMEOUT);
    CHECK_THAT(KeReadStateEvent(&first) == 1);
    KeSetEvent(&second, 0, FALSE);
    CHECK_THAT(KeWaitForMultipleObjects(2, both, WaitAll, Executive, KernelMode, FALSE, NULL,
                                        NULL) == STATUS_SUCCESS);
    CHECK_THAT(KeReadStateEvent(&first) == 0);
    CHECK_THAT(KeReadStateEvent(&second) == 0);
}

static VOID NTAPI wait_for_self(PVOID with) {
    UNREFERENCED_PARAMETER(with);
    CHECK_THAT(wait_shortly(KeGetCurrentThread()) == STATUS_TIMEOUT);
}

void waits_threads(void) { in_thread(wait_for_self, NULL); }
