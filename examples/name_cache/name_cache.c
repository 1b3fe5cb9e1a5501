/*++

    The cache of file names.  See name_cache.h for its locks, name_entry.h for the life of an entry.

    The LRU list is lazy: a lookup needs the table lock only shared, because it leaves the entry
    where it is in the list.  Only the lookup of an entry that NameCacheTrim has chosen for
    eviction pays for the exclusive lock, moves the entry to the safe end and so spares it.

--*/

#include "name_cache.h"

#ifdef ALLOC_PRAGMA
#pragma alloc_text(PAGE, NameCacheInitialize)
#pragma alloc_text(PAGE, NameCacheUninitialize)
#pragma alloc_text(PAGE, NameCacheInsert)
#pragma alloc_text(PAGE, NameCacheLookup)
#pragma alloc_text(PAGE, NameCacheRemove)
#pragma alloc_text(PAGE, NameCacheTrim)
#pragma alloc_text(PAGE, NameCacheQueryStatistics)
#endif

// The table lock, in the critical region that Ex push locks want: a thread suspended while it holds
// the lock would stop everybody.  Inlined, so that a debugger shows which operation took it.
FORCEINLINE VOID
NameCacheAcquireExclusive(_Inout_ PNAME_CACHE Cache)
{
    FsRtlEnterFileSystem();
    ExAcquirePushLockExclusive(&Cache->TableLock);
    Cache->TableOwner = KeGetCurrentThread();
}

FORCEINLINE VOID
NameCacheReleaseExclusive(_Inout_ PNAME_CACHE Cache)
{
    Cache->TableOwner = NULL;
    ExReleasePushLockExclusive(&Cache->TableLock);
    FsRtlExitFileSystem();
}

FORCEINLINE VOID
NameCacheAcquireShared(_Inout_ PNAME_CACHE Cache)
{
    FsRtlEnterFileSystem();
    ExAcquirePushLockShared(&Cache->TableLock);
}

FORCEINLINE VOID
NameCacheReleaseShared(_Inout_ PNAME_CACHE Cache)
{
    ExReleasePushLockShared(&Cache->TableLock);
    FsRtlExitFileSystem();
}

// File ids are often consecutive, or multiples of a power of two.  The multiplication (by 2^64 over
// the golden ratio) spreads both over the buckets; its best bits are the top ones.
static PLIST_ENTRY
NameCacheBucket(_In_ PNAME_CACHE Cache, _In_ ULONGLONG FileId)
{
    return &Cache->Buckets[(FileId * 0x9E3779B97F4A7C15ULL) >> (64 - NAME_CACHE_BUCKET_BITS)];
}

_Use_decl_annotations_
VOID
NameCacheInitialize(PNAME_CACHE Cache, ULONG Limit, PKEVENT TrimNeeded)
{
    ULONG Index;

    PAGED_CODE();

    RtlZeroMemory(Cache, sizeof(*Cache));
    ExInitializePushLock(&Cache->TableLock);
    ExInitializePushLock(&Cache->StatisticsLock);
    for (Index = 0; Index < NAME_CACHE_BUCKET_COUNT; Index++) {
        InitializeListHead(&Cache->Buckets[Index]);
    }
    InitializeListHead(&Cache->Lru);
    Cache->Limit = Limit;
    Cache->TrimNeeded = TrimNeeded;
}

_Use_decl_annotations_
PNAME_ENTRY
NameCacheFindLocked(PNAME_CACHE Cache, ULONGLONG FileId)
{
    PLIST_ENTRY Bucket = NameCacheBucket(Cache, FileId);
    PLIST_ENTRY Link;

    for (Link = Bucket->Flink; Link != Bucket; Link = Link->Flink) {
        PNAME_ENTRY Entry = CONTAINING_RECORD(Link, NAME_ENTRY, BucketLink);

        if (Entry->FileId == FileId) {
            return Entry;
        }
    }
    return NULL;
}

// Takes the statistics lock inside the table lock, like everybody, so that a snapshot under both
// finds the counters and the table in agreement.
_Requires_exclusive_lock_held_(Cache->TableLock)
static VOID
NameCacheCountLocked(_Inout_ PNAME_CACHE Cache, _Inout_ PULONGLONG Counter, _In_ ULONG RetiredHits)
{
    ExAcquirePushLockExclusive(&Cache->StatisticsLock);
    *Counter += 1;
    Cache->Statistics.RetiredHits += RetiredHits;
    ExReleasePushLockExclusive(&Cache->StatisticsLock);
}

// Takes the entry out of the table and counts that.  The table's reference passes to the caller,
// who drops it without the lock: the last one frees memory.
_Use_decl_annotations_
VOID
NameCacheUnlinkLocked(PNAME_CACHE Cache, PNAME_ENTRY Entry, PULONGLONG Counter)
{
    NT_ASSERT(Cache->TableOwner == KeGetCurrentThread());

    RemoveEntryList(&Entry->BucketLink);
    InitializeListHead(&Entry->BucketLink);
    RemoveEntryList(&Entry->LruLink);
    Cache->Count -= 1;
    NameCacheCountLocked(Cache, Counter, (ULONG)ReadNoFence(&Entry->Hits));
}

static VOID
NameCacheDereferenceList(_Inout_ PLIST_ENTRY Unlinked)
{
    while (!IsListEmpty(Unlinked)) {
        PLIST_ENTRY Link = RemoveHeadList(Unlinked);

        NameEntryDereference(CONTAINING_RECORD(Link, NAME_ENTRY, LruLink));
    }
}

_Use_decl_annotations_
VOID
NameCacheUninitialize(PNAME_CACHE Cache)
{
    LIST_ENTRY Unlinked;

    PAGED_CODE();

    InitializeListHead(&Unlinked);

    NameCacheAcquireExclusive(Cache);
    while (!IsListEmpty(&Cache->Lru)) {
        PNAME_ENTRY Entry = CONTAINING_RECORD(Cache->Lru.Flink, NAME_ENTRY, LruLink);

        NameCacheUnlinkLocked(Cache, Entry, &Cache->Statistics.Removals);
        InsertTailList(&Unlinked, &Entry->LruLink);
    }
    NT_ASSERT(Cache->Count == 0);
    NameCacheReleaseExclusive(Cache);

    NameCacheDereferenceList(&Unlinked);
}

_Use_decl_annotations_
NTSTATUS
NameCacheInsert(PNAME_CACHE Cache, ULONGLONG FileId, PCUNICODE_STRING Name)
{
    NTSTATUS Status;
    PNAME_ENTRY Entry;
    BOOLEAN Known;
    BOOLEAN OverLimit;

    PAGED_CODE();

    // Most names are known already: find that out beside other readers and without allocating.
    NameCacheAcquireShared(Cache);
    Known = (NameCacheFindLocked(Cache, FileId) != NULL);
    NameCacheReleaseShared(Cache);
    if (Known) {
        return STATUS_OBJECT_NAME_COLLISION;
    }

    Status = NameEntryCreate(FileId, Name, &Entry);
    if (!NT_SUCCESS(Status)) {
        return Status;
    }

    NameCacheAcquireExclusive(Cache);

#if !defined(PLANT_CHECK_THEN_ACT)
    // The answer from above is as old as the lock it was found under.
    if (NameCacheFindLocked(Cache, FileId) != NULL) {
        NameCacheReleaseExclusive(Cache);
        NameEntryDereference(Entry);
        return STATUS_OBJECT_NAME_COLLISION;
    }
#endif

    InsertHeadList(NameCacheBucket(Cache, FileId), &Entry->BucketLink);
    InsertTailList(&Cache->Lru, &Entry->LruLink);
    Cache->Count += 1;
    NameCacheCountLocked(Cache, &Cache->Statistics.Insertions, 0);
    OverLimit = (Cache->Count > Cache->Limit);

#if defined(PLANT_RECURSION)
    // The worker does not keep up: lend it a hand.
    if (Cache->Count > 2 * Cache->Limit) {
        (VOID)NameCacheTrim(Cache);
    }
#endif

    NameCacheReleaseExclusive(Cache);

    if (OverLimit && Cache->TrimNeeded != NULL) {
        KeSetEvent(Cache->TrimNeeded, IO_NO_INCREMENT, FALSE);
    }
    return STATUS_SUCCESS;
}

// Spares an entry that was chosen for eviction, unless that has happened already.
static VOID
NameCachePromote(_Inout_ PNAME_CACHE Cache, _Inout_ PNAME_ENTRY Entry)
{
    NameCacheAcquireExclusive(Cache);

#if defined(PLANT_USE_AFTER_FREE)
    NameEntryReference(Entry);
#endif

    if (Entry->Cold && !IsListEmpty(&Entry->BucketLink)) {
        Entry->Cold = FALSE;
        RemoveEntryList(&Entry->LruLink);
        InsertTailList(&Cache->Lru, &Entry->LruLink);
        NameCacheCountLocked(Cache, &Cache->Statistics.Promotions, 0);
    }
    NameCacheReleaseExclusive(Cache);
}

_Use_decl_annotations_
PNAME_ENTRY
NameCacheLookup(PNAME_CACHE Cache, ULONGLONG FileId)
{
    PNAME_ENTRY Entry;
    BOOLEAN Cold = FALSE;

    PAGED_CODE();

    NameCacheAcquireShared(Cache);
    Entry = NameCacheFindLocked(Cache, FileId);
    if (Entry != NULL) {
        Cold = Entry->Cold;

#if defined(PLANT_USE_AFTER_FREE)
        // NameCachePromote takes the reference of a cold entry, under its exclusive lock.
        if (!Cold) {
            NameEntryReference(Entry);
        }
#else
        NameEntryReference(Entry);
#endif
    }
    NameCacheReleaseShared(Cache);

    // A push lock cannot be upgraded: between the two holds the entry may leave the table, but
    // with our reference it stays an entry.
    if (Cold) {
        NameCachePromote(Cache, Entry);
    }
    return Entry;
}

_Use_decl_annotations_
NTSTATUS
NameCacheRemove(PNAME_CACHE Cache, ULONGLONG FileId)
{
    PNAME_ENTRY Entry;

    PAGED_CODE();

    NameCacheAcquireExclusive(Cache);
    Entry = NameCacheFindLocked(Cache, FileId);
    if (Entry != NULL) {
        NameCacheUnlinkLocked(Cache, Entry, &Cache->Statistics.Removals);
    }
    NameCacheReleaseExclusive(Cache);

    if (Entry == NULL) {
        return STATUS_NOT_FOUND;
    }
    NameEntryDereference(Entry);
    return STATUS_SUCCESS;
}

_Use_decl_annotations_
ULONG
NameCacheTrim(PNAME_CACHE Cache)
{
    LIST_ENTRY Evicted;
    PLIST_ENTRY Link;
    ULONG Chosen = 0;

    PAGED_CODE();

    InitializeListHead(&Evicted);

    NameCacheAcquireExclusive(Cache);

    // Cold entries lead the list: they were chosen from its head, those that were spared since
    // have moved to its end, and new ones come in there.
    while (Cache->Count > Cache->Limit) {
        PNAME_ENTRY Entry = CONTAINING_RECORD(Cache->Lru.Flink, NAME_ENTRY, LruLink);

        if (!Entry->Cold) {
            break;
        }
        NameCacheUnlinkLocked(Cache, Entry, &Cache->Statistics.Evictions);
        InsertTailList(&Evicted, &Entry->LruLink);
    }

    for (Link = Cache->Lru.Flink;
         Chosen + Cache->Limit < Cache->Count;
         Link = Link->Flink) {

        CONTAINING_RECORD(Link, NAME_ENTRY, LruLink)->Cold = TRUE;
        Chosen += 1;
    }

    NameCacheReleaseExclusive(Cache);

    NameCacheDereferenceList(&Evicted);
    return Chosen;
}

_Use_decl_annotations_
VOID
NameCacheQueryStatistics(PNAME_CACHE Cache, PNAME_CACHE_STATISTICS Statistics)
{
    PAGED_CODE();

#if defined(PLANT_MISSING_REGION)
    // Nothing is changed here, so nothing can be left half changed.
    ExAcquirePushLockShared(&Cache->TableLock);
    ExAcquirePushLockShared(&Cache->StatisticsLock);
    *Statistics = Cache->Statistics;
    Statistics->Entries = Cache->Count;
    ExReleasePushLockShared(&Cache->StatisticsLock);
    ExReleasePushLockShared(&Cache->TableLock);

#elif defined(PLANT_LOCK_ORDER)
    // The statistics are what is asked for; the table only lends its count.
    FsRtlEnterFileSystem();
    ExAcquirePushLockShared(&Cache->StatisticsLock);
    *Statistics = Cache->Statistics;
    NameCacheAcquireShared(Cache);
    Statistics->Entries = Cache->Count;
    NameCacheReleaseShared(Cache);
    ExReleasePushLockShared(&Cache->StatisticsLock);
    FsRtlExitFileSystem();

#else
    NameCacheAcquireShared(Cache);
    ExAcquirePushLockShared(&Cache->StatisticsLock);
    *Statistics = Cache->Statistics;
    Statistics->Entries = Cache->Count;
    ExReleasePushLockShared(&Cache->StatisticsLock);
    NameCacheReleaseShared(Cache);
#endif
}
