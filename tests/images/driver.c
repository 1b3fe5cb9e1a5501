/* The driver leaves its unload routine with its state as it is, as Windows would drop it. */
#include <ntifs.h>

#include "driver.h"

#define KEY_TAG 'yeKG'

typedef struct _KEY_ENTRY {
    LIST_ENTRY Links;
    LONG Key;
} KEY_ENTRY, *PKEY_ENTRY;

typedef struct _GLOBALS {
    EX_PUSH_LOCK Lock;
    LIST_ENTRY Keys;
    LONG KeyCount;
} GLOBALS;

LONG OperationLimit = 3;

static GLOBALS Globals;
static LONG Budget = 1000;
static LONG volatile Operations;
static const char *LastCaller = "nobody";
static UCHAR Touched[3000];
static LIST_ENTRY *Head = &Globals.Keys;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);

    ExInitializePushLock(&Globals.Lock);
    InitializeListHead(&Globals.Keys);
    return STATUS_SUCCESS;
}

VOID NTAPI DriverUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);

    while (!IsListEmpty(&Globals.Keys)) {
        ExFreePoolWithTag(CONTAINING_RECORD(RemoveHeadList(&Globals.Keys), KEY_ENTRY, Links),
                          KEY_TAG);
    }
}

static LONG CountCall(VOID)
{
    static LONG Calls = 7;
    static LONG Untouched;

    Untouched -= 2;
    return ++Calls + Untouched;
}

static NTSTATUS InsertKey(PKEY_ENTRY Entry)
{
    NTSTATUS status = STATUS_QUOTA_EXCEEDED;

    KeEnterCriticalRegion();
    ExAcquirePushLockExclusive(&Globals.Lock);
    CountCall();
    LastCaller = __func__;
    if (Globals.KeyCount < OperationLimit) {
        InsertTailList(Head, &Entry->Links);
        Globals.KeyCount += 1;
        Budget -= Entry->Key;
        Touched[(Entry->Key * 1009) % (LONG)sizeof Touched] = 1;
        status = STATUS_SUCCESS;
    }
    ExReleasePushLockExclusive(&Globals.Lock);
    KeLeaveCriticalRegion();
    return status;
}

NTSTATUS DriverOperate(LONG Key)
{
    PKEY_ENTRY entry;
    NTSTATUS status;

    InterlockedIncrement(&Operations);
    entry = (PKEY_ENTRY)ExAllocatePoolWithTag(NonPagedPoolNx, sizeof *entry, KEY_TAG);
    if (entry == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    entry->Key = Key;
    status = InsertKey(entry);
    if (!NT_SUCCESS(status)) {
        ExFreePoolWithTag(entry, KEY_TAG);
    }
    return status;
}

static BOOLEAN NothingTouched(VOID)
{
    ULONG index;

    for (index = 0; index < sizeof Touched; ++index) {
        if (Touched[index] != 0) {
            return FALSE;
        }
    }
    return TRUE;
}

BOOLEAN DriverIsClean(VOID)
{
    return (BOOLEAN)(*(PULONG_PTR)&Globals.Lock == 0 && Globals.Keys.Flink == NULL &&
                     Globals.KeyCount == 0 && Budget == 1000 && Operations == 0 &&
                     LastCaller[0] == 'n' && CountCall() == 6 && Head == &Globals.Keys &&
                     OperationLimit == 3 && NothingTouched());
}
