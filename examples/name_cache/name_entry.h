/*++

    An entry of the name cache: a file id and the file's name.

    An entry lives as long as somebody holds a reference to it: one belongs to the table, one to
    each NameCacheLookup.  A pointer found in the table is worth nothing once the table lock is
    released, unless a reference was taken before.

--*/

#pragma once

#include <fltKernel.h>

#define NAME_ENTRY_TAG         'eCmN'
#define NAME_ENTRY_STRING_TAG  'sCmN'

typedef struct _NAME_ENTRY {
    LIST_ENTRY BucketLink;      // NAME_CACHE.TableLock; to itself once it has left the table
    LIST_ENTRY LruLink;         // NAME_CACHE.TableLock; then whoever has unlinked the entry

    // Chosen by NameCacheTrim for eviction; cleared by a lookup that comes before the next trim
    // carries it out.  NAME_CACHE.TableLock.
    BOOLEAN Cold;

    ULONGLONG FileId;
    volatile LONG References;
    volatile LONG Hits;         // interlocked, so that NameEntryQueryName holds Lock only shared

    EX_PUSH_LOCK Lock;
    _Guarded_by_(Lock) UNICODE_STRING Name;
} NAME_ENTRY, *PNAME_ENTRY;

// Makes an entry with one reference, in no table.  STATUS_SUCCESS, STATUS_INVALID_PARAMETER for an
// empty name, STATUS_INSUFFICIENT_RESOURCES.
_IRQL_requires_max_(APC_LEVEL)
_Must_inspect_result_
NTSTATUS
NameEntryCreate(_In_ ULONGLONG FileId, _In_ PCUNICODE_STRING Name, _Outptr_ PNAME_ENTRY *Entry);

// For who holds a reference already, or the lock under which the entry was found.
VOID
NameEntryReference(_Inout_ PNAME_ENTRY Entry);

// Frees the entry with its last reference: not to be called under a lock that others wait for.
_IRQL_requires_max_(APC_LEVEL)
VOID
NameEntryDereference(_Inout_ PNAME_ENTRY Entry);

// Copies the name.  STATUS_SUCCESS, STATUS_BUFFER_TOO_SMALL.
_IRQL_requires_max_(APC_LEVEL)
NTSTATUS
NameEntryQueryName(_Inout_ PNAME_ENTRY Entry, _Inout_ PUNICODE_STRING Name);

// STATUS_SUCCESS, STATUS_INVALID_PARAMETER for an empty name, STATUS_INSUFFICIENT_RESOURCES.
_IRQL_requires_max_(APC_LEVEL)
NTSTATUS
NameEntryRename(_Inout_ PNAME_ENTRY Entry, _In_ PCUNICODE_STRING Name);
