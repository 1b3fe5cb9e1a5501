/*++

    The thread that trims the name cache, so that those who insert need not.

--*/

#pragma once

#include "name_cache.h"

typedef struct _NAME_WORKER {
    PNAME_CACHE Cache;
    PVOID Thread;               // referenced; NULL if it does not run

    // Synchronization event.  Set when there is something to trim, and to stop: Stopping tells
    // the two apart, and is written before the event is set.
    KEVENT Wake;
    volatile LONG Stopping;
} NAME_WORKER, *PNAME_WORKER;

// Makes the event that the cache is to signal.  To be called before the cache is used, as the
// cache may signal it from then on, whether or not the thread runs.
VOID
NameWorkerInitialize(_Out_ PNAME_WORKER Worker, _In_ PNAME_CACHE Cache);

_IRQL_requires_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS
NameWorkerStart(_Inout_ PNAME_WORKER Worker);

// Returns when the thread is gone; does nothing if there is none.
_IRQL_requires_(PASSIVE_LEVEL)
VOID
NameWorkerStop(_Inout_ PNAME_WORKER Worker);
