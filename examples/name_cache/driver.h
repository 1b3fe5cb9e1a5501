/*++

    The filter around the name cache, reduced to what its callbacks do.  All state lives in the
    context that NameCacheDriverStart allocates, none in globals.

--*/

#pragma once

#include "worker.h"

#define NAME_CACHE_DRIVER_TAG  'dCmN'

typedef struct _NAME_CACHE_DRIVER {
    NAME_CACHE Cache;
    NAME_WORKER Worker;
} NAME_CACHE_DRIVER, *PNAME_CACHE_DRIVER;

// Sets up the cache for Limit names and starts its worker, as DriverEntry would.
_IRQL_requires_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS
NameCacheDriverStart(_In_ ULONG Limit, _Outptr_ PNAME_CACHE_DRIVER *Driver);

// Undoes NameCacheDriverStart, as the unload routine would: no callback runs any more.
_IRQL_requires_(PASSIVE_LEVEL)
VOID
NameCacheDriverStop(_In_ _Post_ptr_invalid_ PNAME_CACHE_DRIVER Driver);

// After a create, or a rename, succeeded: the file has this name now.
_IRQL_requires_max_(APC_LEVEL)
NTSTATUS
NameCacheDriverLearnName(_Inout_ PNAME_CACHE_DRIVER Driver, _In_ ULONGLONG FileId,
                         _In_ PCUNICODE_STRING Name);

// STATUS_SUCCESS, STATUS_NOT_FOUND, STATUS_BUFFER_TOO_SMALL.
_IRQL_requires_max_(APC_LEVEL)
NTSTATUS
NameCacheDriverQueryName(_Inout_ PNAME_CACHE_DRIVER Driver, _In_ ULONGLONG FileId,
                         _Inout_ PUNICODE_STRING Name);
