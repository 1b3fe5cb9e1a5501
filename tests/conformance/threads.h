/* Threads of conformance cases, and waiting until one has gone so far. */
#ifndef CONFORMANCE_THREADS_H
#define CONFORMANCE_THREADS_H

#include "conformance.h"

static inline void wait_for(PVOID object) {
    CHECK_THAT(KeWaitForSingleObject(object, Executive, KernelMode, FALSE, NULL) ==
               STATUS_SUCCESS);
}

/* The thread's object, for join_thread. */
static inline PVOID start_thread(PKSTART_ROUTINE routine, PVOID with) {
    HANDLE handle;
    PVOID thread = NULL;
    CHECK_THAT(NT_SUCCESS(
        PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, routine, with)));
    CHECK_THAT(NT_SUCCESS(
        ObReferenceObjectByHandle(handle, SYNCHRONIZE, NULL, KernelMode, &thread, NULL)));
    CHECK_THAT(ZwClose(handle) == STATUS_SUCCESS);
    return thread;
}

static inline void join_thread(PVOID thread) {
    wait_for(thread);
    ObDereferenceObject(thread);
}

/* Runs a routine in a thread of its own. */
static inline void in_thread(PKSTART_ROUTINE routine, PVOID with) {
    join_thread(start_thread(routine, with));
}

/* Lets others run until a word has another value. */
static inline void await_change(const volatile ULONG_PTR *word, ULONG_PTR from) {
    LARGE_INTEGER pause;
    pause.QuadPart = -1000;
    while (*word == from) {
        KeDelayExecutionThread(KernelMode, FALSE, &pause);
    }
}

/* The newest waiter of a dispatcher object, or its list head's own address. */
static inline const volatile ULONG_PTR *newest_waiter(const DISPATCHER_HEADER *header) {
    return (const volatile ULONG_PTR *)&header->WaitListHead.Blink;
}

#endif
