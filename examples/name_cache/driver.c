/*++

    Start, stop and the two operations of the filter around the name cache.

--*/

#include "driver.h"

#ifdef ALLOC_PRAGMA
#pragma alloc_text(PAGE, NameCacheDriverStart)
#pragma alloc_text(PAGE, NameCacheDriverStop)
#pragma alloc_text(PAGE, NameCacheDriverLearnName)
#pragma alloc_text(PAGE, NameCacheDriverQueryName)
#endif

_Use_decl_annotations_
NTSTATUS
NameCacheDriverStart(ULONG Limit, PNAME_CACHE_DRIVER *Driver)
{
    NTSTATUS Status;
    PNAME_CACHE_DRIVER NewDriver;

    PAGED_CODE();

    *Driver = NULL;

    // Non-paged for the sake of the worker's event.
    NewDriver = ExAllocatePool2(POOL_FLAG_NON_PAGED,
                                sizeof(NAME_CACHE_DRIVER),
                                NAME_CACHE_DRIVER_TAG);
    if (NewDriver == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }

    NameWorkerInitialize(&NewDriver->Worker, &NewDriver->Cache);
    NameCacheInitialize(&NewDriver->Cache, Limit, &NewDriver->Worker.Wake);

    Status = NameWorkerStart(&NewDriver->Worker);
    if (!NT_SUCCESS(Status)) {
        NameCacheUninitialize(&NewDriver->Cache);
        ExFreePoolWithTag(NewDriver, NAME_CACHE_DRIVER_TAG);
        return Status;
    }

    *Driver = NewDriver;
    return STATUS_SUCCESS;
}

_Use_decl_annotations_
VOID
NameCacheDriverStop(PNAME_CACHE_DRIVER Driver)
{
    PAGED_CODE();

    // The worker first: it uses the cache.
    NameWorkerStop(&Driver->Worker);
    NameCacheUninitialize(&Driver->Cache);
    ExFreePoolWithTag(Driver, NAME_CACHE_DRIVER_TAG);
}

_Use_decl_annotations_
NTSTATUS
NameCacheDriverLearnName(PNAME_CACHE_DRIVER Driver, ULONGLONG FileId, PCUNICODE_STRING Name)
{
    NTSTATUS Status;
    PNAME_ENTRY Entry;

    PAGED_CODE();

    // The entry may be evicted between the collision and the lookup; then it is inserted after
    // all.  Ends, because each turn takes an eviction of exactly this entry.
    for (;;) {
        Status = NameCacheInsert(&Driver->Cache, FileId, Name);
        if (Status != STATUS_OBJECT_NAME_COLLISION) {
            return Status;
        }

        Entry = NameCacheLookup(&Driver->Cache, FileId);
        if (Entry != NULL) {
            Status = NameEntryRename(Entry, Name);
            NameEntryDereference(Entry);
            return Status;
        }
    }
}

_Use_decl_annotations_
NTSTATUS
NameCacheDriverQueryName(PNAME_CACHE_DRIVER Driver, ULONGLONG FileId, PUNICODE_STRING Name)
{
    NTSTATUS Status;
    PNAME_ENTRY Entry;

    PAGED_CODE();

    Entry = NameCacheLookup(&Driver->Cache, FileId);
    if (Entry == NULL) {
        return STATUS_NOT_FOUND;
    }
    Status = NameEntryQueryName(Entry, Name);
    NameEntryDereference(Entry);
    return Status;
}
