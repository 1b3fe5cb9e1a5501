/*++

    A cache of file names by file id, as a minifilter keeps one between its post-create callback,
    which learns the names, and the callbacks that need them later.

    Locks, in the order in which they are taken:

        NAME_CACHE.TableLock         the buckets, the LRU list, the count, NAME_ENTRY.Cold
        NAME_CACHE.StatisticsLock    the statistics
        NAME_ENTRY.Lock              the name; never taken under the other two

    The PLANT_ macros compile in one mistake each.  They are what planted_test.cpp looks for; a
    driver has none of them.

--*/

#pragma once

#include "name_entry.h"

#define NAME_CACHE_BUCKET_BITS   4
#define NAME_CACHE_BUCKET_COUNT  (1 << NAME_CACHE_BUCKET_BITS)

// Insertions - Removals - Evictions == Entries, in every snapshot.
typedef struct _NAME_CACHE_STATISTICS {
    ULONGLONG Insertions;
    ULONGLONG Removals;
    ULONGLONG Evictions;
    ULONGLONG Promotions;       // chosen for eviction, and looked up just in time
    ULONGLONG RetiredHits;      // of the entries that have left the table
    ULONG Entries;              // in the table now; filled in by NameCacheQueryStatistics
} NAME_CACHE_STATISTICS, *PNAME_CACHE_STATISTICS;

typedef struct _NAME_CACHE {
    EX_PUSH_LOCK TableLock;
    PKTHREAD TableOwner;        // exclusively; push locks do not tell, assertions and dumps want it
    _Guarded_by_(TableLock) LIST_ENTRY Buckets[NAME_CACHE_BUCKET_COUNT];
    _Guarded_by_(TableLock) LIST_ENTRY Lru;     // the next to go first; cold entries lead
    _Guarded_by_(TableLock) ULONG Count;

    ULONG Limit;
    PKEVENT TrimNeeded;

    EX_PUSH_LOCK StatisticsLock;
    _Guarded_by_(StatisticsLock) NAME_CACHE_STATISTICS Statistics;
} NAME_CACHE, *PNAME_CACHE;

// The cache.  TrimNeeded, if there is one, is signalled whenever an insertion leaves more than
// Limit entries; the cache itself never evicts on its callers' time.
_IRQL_requires_max_(APC_LEVEL)
VOID
NameCacheInitialize(_Out_ PNAME_CACHE Cache, _In_ ULONG Limit, _In_opt_ PKEVENT TrimNeeded);

// Nobody may use the cache any more.  Entries that are still referenced outlive it.
_IRQL_requires_max_(APC_LEVEL)
VOID
NameCacheUninitialize(_Inout_ PNAME_CACHE Cache);

// STATUS_SUCCESS, STATUS_OBJECT_NAME_COLLISION if the file id is known already,
// STATUS_INVALID_PARAMETER for an empty name, STATUS_INSUFFICIENT_RESOURCES.
_IRQL_requires_max_(APC_LEVEL)
_Must_inspect_result_
NTSTATUS
NameCacheInsert(_Inout_ PNAME_CACHE Cache, _In_ ULONGLONG FileId, _In_ PCUNICODE_STRING Name);

// The entry with a reference for the caller, who gives it back with NameEntryDereference; or NULL.
_IRQL_requires_max_(APC_LEVEL)
_Must_inspect_result_
_Ret_maybenull_
PNAME_ENTRY
NameCacheLookup(_Inout_ PNAME_CACHE Cache, _In_ ULONGLONG FileId);

// STATUS_SUCCESS, STATUS_NOT_FOUND.
_IRQL_requires_max_(APC_LEVEL)
NTSTATUS
NameCacheRemove(_Inout_ PNAME_CACHE Cache, _In_ ULONGLONG FileId);

// One pass of the eviction: evicts what the last pass has chosen and nobody has looked up since,
// then chooses the entries at the head of the LRU list that are still above the limit.  Returns
// their number; unless it is zero, another pass is due once they had their second chance.
_IRQL_requires_max_(APC_LEVEL)
ULONG
NameCacheTrim(_Inout_ PNAME_CACHE Cache);

_IRQL_requires_max_(APC_LEVEL)
VOID
NameCacheQueryStatistics(_Inout_ PNAME_CACHE Cache, _Out_ PNAME_CACHE_STATISTICS Statistics);

// Internal; declared for the tests.
_Requires_lock_held_(Cache->TableLock)
_Ret_maybenull_
PNAME_ENTRY
NameCacheFindLocked(_In_ PNAME_CACHE Cache, _In_ ULONGLONG FileId);

_Requires_exclusive_lock_held_(Cache->TableLock)
VOID
NameCacheUnlinkLocked(_Inout_ PNAME_CACHE Cache, _Inout_ PNAME_ENTRY Entry,
                      _Inout_ PULONGLONG Counter);
