/*++

    Entries of the name cache: their life, and the name under their own lock.

    That lock is a leaf.  It stands alone, so the Flt routines serve, which enter the critical
    region themselves; the locks of name_cache.c nest, and share one region.

--*/

#include "name_entry.h"

#ifdef ALLOC_PRAGMA
#pragma alloc_text(PAGE, NameEntryCreate)
#pragma alloc_text(PAGE, NameEntryDereference)
#pragma alloc_text(PAGE, NameEntryQueryName)
#pragma alloc_text(PAGE, NameEntryRename)
#endif

static NTSTATUS
NameDuplicate(_In_ PCUNICODE_STRING Source, _Out_ PUNICODE_STRING Copy)
{
    if (Source->Length == 0) {
        return STATUS_INVALID_PARAMETER;
    }

    Copy->Buffer = ExAllocatePool2(POOL_FLAG_PAGED, Source->Length, NAME_ENTRY_STRING_TAG);
    if (Copy->Buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }

    Copy->Length = 0;
    Copy->MaximumLength = Source->Length;
    RtlCopyUnicodeString(Copy, Source);
    return STATUS_SUCCESS;
}

_Use_decl_annotations_
NTSTATUS
NameEntryCreate(ULONGLONG FileId, PCUNICODE_STRING Name, PNAME_ENTRY *Entry)
{
    NTSTATUS Status;
    PNAME_ENTRY NewEntry;

    PAGED_CODE();

    *Entry = NULL;

    NewEntry = ExAllocatePool2(POOL_FLAG_PAGED, sizeof(NAME_ENTRY), NAME_ENTRY_TAG);
    if (NewEntry == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }

    Status = NameDuplicate(Name, &NewEntry->Name);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(NewEntry, NAME_ENTRY_TAG);
        return Status;
    }

    InitializeListHead(&NewEntry->BucketLink);
    InitializeListHead(&NewEntry->LruLink);
    FltInitializePushLock(&NewEntry->Lock);
    NewEntry->FileId = FileId;
    NewEntry->References = 1;
    *Entry = NewEntry;
    return STATUS_SUCCESS;
}

_Use_decl_annotations_
VOID
NameEntryReference(PNAME_ENTRY Entry)
{
    InterlockedIncrement(&Entry->References);
}

_Use_decl_annotations_
VOID
NameEntryDereference(PNAME_ENTRY Entry)
{
    LONG References;

    PAGED_CODE();

    References = InterlockedDecrement(&Entry->References);
    NT_ASSERT(References >= 0);

    if (References == 0) {
        NT_ASSERT(IsListEmpty(&Entry->BucketLink));
        FltDeletePushLock(&Entry->Lock);
        ExFreePoolWithTag(Entry->Name.Buffer, NAME_ENTRY_STRING_TAG);
        ExFreePoolWithTag(Entry, NAME_ENTRY_TAG);
    }
}

_Use_decl_annotations_
NTSTATUS
NameEntryQueryName(PNAME_ENTRY Entry, PUNICODE_STRING Name)
{
    NTSTATUS Status = STATUS_BUFFER_TOO_SMALL;

    PAGED_CODE();

    InterlockedIncrementNoFence(&Entry->Hits);

    FltAcquirePushLockShared(&Entry->Lock);
    if (Name->MaximumLength >= Entry->Name.Length) {
        RtlCopyUnicodeString(Name, &Entry->Name);
        Status = STATUS_SUCCESS;
    }
    FltReleasePushLock(&Entry->Lock);
    return Status;
}

_Use_decl_annotations_
NTSTATUS
NameEntryRename(PNAME_ENTRY Entry, PCUNICODE_STRING Name)
{
    NTSTATUS Status;
    UNICODE_STRING Copy;
    PWCH OldBuffer;

    PAGED_CODE();

    // Allocate before, free after: the lock is held for three stores.
    Status = NameDuplicate(Name, &Copy);
    if (!NT_SUCCESS(Status)) {
        return Status;
    }

    FltAcquirePushLockExclusive(&Entry->Lock);
    OldBuffer = Entry->Name.Buffer;
    Entry->Name = Copy;
    FltReleasePushLock(&Entry->Lock);

    ExFreePoolWithTag(OldBuffer, NAME_ENTRY_STRING_TAG);
    return STATUS_SUCCESS;
}
