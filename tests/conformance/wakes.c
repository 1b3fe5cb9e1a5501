/* Observed behaviour: Events and Waits, as several waiters see them. */
#include "threads.h"

/* Routines that Windows exports and no header declares. */
typedef enum _KAPC_ENVIRONMENT {
    OriginalApcEnvironment,
    AttachedApcEnvironment,
    CurrentApcEnvironment,
    InsertApcEnvironment
} KAPC_ENVIRONMENT;
typedef VOID(NTAPI *PKNORMAL_ROUTINE)(PVOID NormalContext, PVOID SystemArgument1,
                                      PVOID SystemArgument2);
typedef VOID(NTAPI *PKKERNEL_ROUTINE)(PRKAPC Apc, PKNORMAL_ROUTINE *NormalRoutine,
                                      PVOID *NormalContext, PVOID *SystemArgument1,
                                      PVOID *SystemArgument2);
typedef VOID(NTAPI *PKRUNDOWN_ROUTINE)(PRKAPC Apc);
NTKERNELAPI VOID NTAPI KeInitializeApc(PRKAPC Apc, PRKTHREAD Thread, KAPC_ENVIRONMENT Environment,
                                       PKKERNEL_ROUTINE KernelRoutine,
                                       PKRUNDOWN_ROUTINE RundownRoutine,
                                       PKNORMAL_ROUTINE NormalRoutine,
                                       KPROCESSOR_MODE ProcessorMode, PVOID NormalContext);
NTKERNELAPI BOOLEAN NTAPI KeInsertQueueApc(PRKAPC Apc, PVOID SystemArgument1,
                                           PVOID SystemArgument2, KPRIORITY Increment);

enum { waiters = 3 };

/* A thread that waits for one event and tells when it has it. */
typedef struct _WAITER {
    PKEVENT Event;
    KEVENT Woken;
    PVOID Thread;
} WAITER;

static VOID NTAPI wait_once(PVOID context) {
    WAITER *waiter = context;
    wait_for(waiter->Event);
    KeSetEvent(&waiter->Woken, 0, FALSE);
}

/* Returns when the thread waits, behind those that wait already. */
static void add_waiter(WAITER *waiter, PKEVENT event) {
    const volatile ULONG_PTR *newest = newest_waiter(&event->Header);
    const ULONG_PTR before = *newest;
    waiter->Event = event;
    KeInitializeEvent(&waiter->Woken, NotificationEvent, FALSE);
    waiter->Thread = start_thread(wait_once, waiter);
    await_change(newest, before);
}

static void add_waiters(WAITER *all, PKEVENT event) {
    ULONG i;
    for (i = 0; i < waiters; ++i) {
        add_waiter(&all[i], event);
    }
}

/* How many have been woken; those that were are past waiting. */
static ULONG woken(WAITER *all) {
    ULONG i;
    ULONG count = 0;
    for (i = 0; i < waiters; ++i) {
        count += KeReadStateEvent(&all[i].Woken) != 0;
    }
    return count;
}

static void join_all(WAITER *all) {
    ULONG i;
    for (i = 0; i < waiters; ++i) {
        join_thread(all[i].Thread);
    }
}

void event_notification_wakes_all(void) {
    KEVENT event;
    WAITER all[waiters];
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    add_waiters(all, &event);
    CHECK_THAT(woken(all) == 0);
    CHECK_THAT(KeSetEvent(&event, 0, FALSE) == 0);
    join_all(all);
    CHECK_THAT(KeReadStateEvent(&event) == 1);
    KeClearEvent(&event);
    add_waiters(all, &event);
    CHECK_THAT(KePulseEvent(&event, 0, FALSE) == 0);
    join_all(all);
    CHECK_THAT(KeReadStateEvent(&event) == 0);
}

/* Each set or pulse wakes one, the oldest, and the state stays 0. */
static void wake_in_order(LONG(NTAPI *wake)(PRKEVENT, KPRIORITY, BOOLEAN)) {
    KEVENT event;
    WAITER all[waiters];
    ULONG i;
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    add_waiters(all, &event);
    for (i = 0; i < waiters; ++i) {
        CHECK_THAT(wake(&event, 0, FALSE) == 0);
        wait_for(&all[i].Woken);
        CHECK_THAT(woken(all) == i + 1);
        CHECK_THAT(KeReadStateEvent(&event) == 0);
    }
    join_all(all);
}

void event_synchronization_wakes_the_oldest(void) { wake_in_order(KeSetEvent); }

void event_pulse_wakes_the_oldest(void) { wake_in_order(KePulseEvent); }

/* An APC that stays in its normal routine until it is told to go. */
typedef struct _DETOUR {
    KAPC Apc;
    KEVENT Arrived;
    KEVENT Go;
} DETOUR;

static VOID NTAPI leave_normal_routine(PRKAPC Apc, PKNORMAL_ROUTINE *NormalRoutine,
                                       PVOID *NormalContext, PVOID *SystemArgument1,
                                       PVOID *SystemArgument2) {
    UNREFERENCED_PARAMETER(Apc);
    UNREFERENCED_PARAMETER(NormalRoutine);
    UNREFERENCED_PARAMETER(NormalContext);
    UNREFERENCED_PARAMETER(SystemArgument1);
    UNREFERENCED_PARAMETER(SystemArgument2);
}

static VOID NTAPI make_detour(PVOID NormalContext, PVOID SystemArgument1, PVOID SystemArgument2) {
    DETOUR *detour = NormalContext;
    UNREFERENCED_PARAMETER(SystemArgument1);
    UNREFERENCED_PARAMETER(SystemArgument2);
    KeSetEvent(&detour->Arrived, 0, FALSE);
    wait_for(&detour->Go);
}

/* Returns when the waiter is out of its wait and in the APC. */
static void interrupt(WAITER *waiter, DETOUR *detour) {
    KeInitializeEvent(&detour->Arrived, NotificationEvent, FALSE);
    KeInitializeEvent(&detour->Go, NotificationEvent, FALSE);
    KeInitializeApc(&detour->Apc, waiter->Thread, OriginalApcEnvironment, leave_normal_routine,
                    NULL, make_detour, KernelMode, detour);
    CHECK_THAT(KeInsertQueueApc(&detour->Apc, NULL, NULL, 0));
    wait_for(&detour->Arrived);
}

/* Returns when the waiter waits for its event again. */
static void end_interruption(WAITER *waiter, DETOUR *detour) {
    const volatile ULONG_PTR *newest = newest_waiter(&waiter->Event->Header);
    const ULONG_PTR before = *newest;
    KeSetEvent(&detour->Go, 0, FALSE);
    await_change(newest, before);
}

void event_interrupted_waiter_queues_again(void) {
    KEVENT event;
    WAITER all[waiters];
    DETOUR detour;
    ULONG i;
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    add_waiters(all, &event);
    interrupt(&all[0], &detour);
    end_interruption(&all[0], &detour);
    for (i = 1; i <= waiters; ++i) {
        KeSetEvent(&event, 0, FALSE);
        wait_for(&all[i % waiters].Woken);
        CHECK_THAT(woken(all) == i);
    }
    join_all(all);
}

void event_pulse_is_missed_during_an_apc(void) {
    KEVENT event;
    WAITER waiter;
    DETOUR detour;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    add_waiter(&waiter, &event);
    interrupt(&waiter, &detour);
    CHECK_THAT(KePulseEvent(&event, 0, FALSE) == 0);
    end_interruption(&waiter, &detour);
    CHECK_THAT(KeReadStateEvent(&waiter.Woken) == 0);
    KeSetEvent(&event, 0, FALSE);
    join_thread(waiter.Thread);
}
