/*++

Module Name:

    name_cache.h

Abstract:

    A cache of file names by file id, as a minifilter keeps one between its post-create callback,
    which learns the names, and the callbacks that need them later.

    Locks, in the order in which they are taken:

        NAME_CACHE.TableLock         the buckets, the LRU list, the count, NAME_ENTRY.Cold
        NAME_CACHE.StatisticsLock    the statistics
        NAME_ENTRY.Lock              the name; a leaf, and never taken under the other two

    An entry lives as long as somebody holds a reference to it: one belongs to the table, one to
    each NameCacheLookup.  A pointer found in the table is worth nothing once the table lock is
    released, unless a reference was taken before.

    The PLANT_ macros compile in one mistake each.  They are what planted_test.cpp looks for; a
    driver has none of them.

Environment:

    Kernel mode

--*/

#pragma once

#include <fltKernel.h>

#define NAME_CACHE_ENTRY_TAG   'eCmN'
#define NAME_CACHE_STRING_TAG  'sCmN'

#define NAME_CACHE_BUCKET_COUNT  16

C_ASSERT((NAME_CACHE_BUCKET_COUNT & (NAME_CACHE_BUCKET_COUNT - 1)) == 0);

typedef struct _NAME_ENTRY {

    //
    //  Both guarded by NAME_CACHE.TableLock.  BucketLink points to itself once the entry has
    //  left the table.
    //

    LIST_ENTRY BucketLink;
    LIST_ENTRY LruLink;

    //
    //  Set when NameCacheTrim has chosen the entry for eviction, cleared when somebody looks it
    //  up before it is carried out.  Guarded by NAME_CACHE.TableLock.
    //

    BOOLEAN Cold;

    ULONGLONG FileId;

    volatile LONG References;

    //
    //  How often the name was asked for.  Interlocked, so that NameEntryQueryName can do with
    //  the shared lock.
    //

    volatile LONG Hits;

    EX_PUSH_LOCK Lock;

    _Guarded_by_(Lock)
    UNICODE_STRING Name;

} NAME_ENTRY, *PNAME_ENTRY;

//
//  Insertions - Removals - Evictions == Entries, in every snapshot.
//

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

#if DBG
    //
    //  Push locks do not tell who holds them; the routines that need the table lock assert this.
    //

    PKTHREAD TableOwner;
#endif

    _Guarded_by_(TableLock)
    LIST_ENTRY Buckets[NAME_CACHE_BUCKET_COUNT];

    _Guarded_by_(TableLock)
    LIST_ENTRY Lru;             // the entry that was of no use for longest comes first

    _Guarded_by_(TableLock)
    ULONG Count;

    ULONG Limit;

    PKEVENT TrimNeeded;

    EX_PUSH_LOCK StatisticsLock;

    _Guarded_by_(StatisticsLock)
    NAME_CACHE_STATISTICS Statistics;

} NAME_CACHE, *PNAME_CACHE;

//
//  The cache.  TrimNeeded, if there is one, is signalled whenever an insertion leaves more than
//  Limit entries; the cache itself never evicts on its callers' time.
//

_IRQL_requires_max_(APC_LEVEL)
VOID
NameCacheInitialize(
    _Out_ PNAME_CACHE Cache,
    _In_ ULONG Limit,
    _In_opt_ PKEVENT TrimNeeded
    );

//
//  Nobody may use the cache any more.  Entries that are still referenced outlive it.
//

_IRQL_requires_max_(APC_LEVEL)
VOID
NameCacheUninitialize(
    _Inout_ PNAME_CACHE Cache
    );

//
//  STATUS_SUCCESS, STATUS_OBJECT_NAME_COLLISION if the file id is known already,
//  STATUS_INVALID_PARAMETER for an empty name, STATUS_INSUFFICIENT_RESOURCES.
//

_IRQL_requires_max_(APC_LEVEL)
_Must_inspect_result_
NTSTATUS
NameCacheInsert(
    _Inout_ PNAME_CACHE Cache,
    _In_ ULONGLONG FileId,
    _In_ PCUNICODE_STRING Name
    );

//
//  The entry with a reference for the caller, who gives it back with NameEntryDereference; or NULL.
//

_IRQL_requires_max_(APC_LEVEL)
_Must_inspect_result_
_Ret_maybenull_
PNAME_ENTRY
NameCacheLookup(
    _Inout_ PNAME_CACHE Cache,
    _In_ ULONGLONG FileId
    );

//
//  STATUS_SUCCESS, STATUS_NOT_FOUND.
//

_IRQL_requires_max_(APC_LEVEL)
NTSTATUS
NameCacheRemove(
    _Inout_ PNAME_CACHE Cache,
    _In_ ULONGLONG FileId
    );

//
//  Evicts the entries that were of no use for longest until Limit are left, but none that is
//  looked up meanwhile: those are spared, and the next trim sees to the rest.  Returns the number
//  evicted.
//

_IRQL_requires_max_(APC_LEVEL)
ULONG
NameCacheTrim(
    _Inout_ PNAME_CACHE Cache
    );

_IRQL_requires_max_(APC_LEVEL)
VOID
NameCacheQueryStatistics(
    _Inout_ PNAME_CACHE Cache,
    _Out_ PNAME_CACHE_STATISTICS Statistics
    );

//
//  Entries.  The caller holds a reference.
//

VOID
NameEntryReference(
    _Inout_ PNAME_ENTRY Entry
    );

_IRQL_requires_max_(APC_LEVEL)
VOID
NameEntryDereference(
    _Inout_ PNAME_ENTRY Entry
    );

//
//  Copies the name.  STATUS_SUCCESS, STATUS_BUFFER_TOO_SMALL.
//

_IRQL_requires_max_(APC_LEVEL)
NTSTATUS
NameEntryQueryName(
    _Inout_ PNAME_ENTRY Entry,
    _Inout_ PUNICODE_STRING Name
    );

//
//  STATUS_SUCCESS, STATUS_INVALID_PARAMETER for an empty name, STATUS_INSUFFICIENT_RESOURCES.
//

_IRQL_requires_max_(APC_LEVEL)
NTSTATUS
NameEntryRename(
    _Inout_ PNAME_ENTRY Entry,
    _In_ PCUNICODE_STRING Name
    );

//
//  Internal; declared for the tests.
//

_Requires_lock_held_(Cache->TableLock)
_Ret_maybenull_
PNAME_ENTRY
NameCacheFindLocked(
    _In_ PNAME_CACHE Cache,
    _In_ ULONGLONG FileId
    );

_Requires_exclusive_lock_held_(Cache->TableLock)
VOID
NameCacheUnlinkLocked(
    _Inout_ PNAME_CACHE Cache,
    _Inout_ PNAME_ENTRY Entry,
    _Inout_ PULONGLONG Counter
    );
