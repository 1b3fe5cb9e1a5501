/* The idioms of real drivers, for the compiler alone: it is enough that this compiles without a
 * warning, as C11 and C++20, checked (DBG) and free. */
#include <fltKernel.h>

#define INITGUID
#include <ntddk.h>

DEFINE_GUID(GUID_SAMPLE, 0x12345678, 0x1234, 0x5678, 1, 2, 3, 4, 5, 6, 7, 8);

#define SAMPLE_TAG 'pmaS'

typedef struct _SAMPLE {
    LIST_ENTRY Entries;
    EX_PUSH_LOCK Lock;
    KEVENT Stop;
    PKTHREAD Thread;
    __declspec(align(64)) volatile LONG Count;
    unsigned __int64 Total;
    union {
        LARGE_INTEGER Time;
        LONGLONG Raw;
    } DUMMYUNIONNAME;
} SAMPLE, *PSAMPLE;
C_ASSERT(sizeof(SAMPLE) % 64 == 0);

KSTART_ROUTINE SampleThread;

_IRQL_requires_max_(PASSIVE_LEVEL)
_Must_inspect_result_
NTSTATUS
SampleStart(_Inout_ PSAMPLE Sample, _In_opt_ PCUNICODE_STRING Name, IN ULONG Flags OPTIONAL);

VOID SampleStop(_Inout_ PSAMPLE Sample);

#ifdef ALLOC_PRAGMA
#pragma alloc_text(PAGE, SampleStart)
#endif

FORCEINLINE
LONG
SampleCount(_In_ PSAMPLE Sample)
{
    return InterlockedIncrement(&Sample->Count);
}

static FORCEINLINE BOOLEAN SampleIsIdle(PSAMPLE Sample)
{
    return ReadAcquire(&Sample->Count) == 0;
}

_Use_decl_annotations_
VOID NTAPI
SampleThread(PVOID StartContext)
{
    PSAMPLE Sample = (PSAMPLE)StartContext;
    LARGE_INTEGER Interval;
    KIRQL OldIrql;

    Interval.QuadPart = -10 * 1000 * 1000;
    while (KeWaitForSingleObject(&Sample->Stop, Executive, KernelMode, FALSE, &Interval) ==
           STATUS_TIMEOUT) {
        KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
        (VOID)SampleCount(Sample);
        KeLowerIrql(OldIrql);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

_Use_decl_annotations_
NTSTATUS
SampleStart(PSAMPLE Sample, PCUNICODE_STRING Name, ULONG Flags)
{
    NTSTATUS Status;
    HANDLE Handle = NULL;
    OBJECT_ATTRIBUTES Attributes;

    UNREFERENCED_PARAMETER(Name);
    PVOID Object = NULL;

    PAGED_CODE()
    UNREFERENCED_PARAMETER(Flags);
    NT_ASSERT(Sample != NULL);
    ASSERT(KeGetCurrentIrql() == PASSIVE_LEVEL);
    ASSERTMSG("name", Name == NULL || Name->Length != 0);

    RtlZeroMemory(Sample, sizeof(*Sample));
    InitializeListHead(&Sample->Entries);
    ExInitializePushLock(&Sample->Lock);
    KeInitializeEvent(&Sample->Stop, NotificationEvent, FALSE);
    InitializeObjectAttributes(&Attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);

    Status = PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, &Attributes, NULL, NULL,
                                  SampleThread, Sample);
    if (!NT_SUCCESS(Status)) {
        KdPrint(("no thread: %08lx\n", Status));
        KdPrintEx((DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "%wZ\n", Name));
        return Status;
    }
    Status = ObReferenceObjectByHandle(Handle, SYNCHRONIZE, *PsThreadType, KernelMode, &Object,
                                       NULL);
    NT_VERIFY(NT_SUCCESS(Status));
    Sample->Thread = (PKTHREAD)Object;
    ZwClose(Handle);
    return Status;
}

_Use_decl_annotations_
VOID
SampleStop(PSAMPLE Sample)
{
    PVOID Memory = ExAllocatePoolWithTag(NonPagedPoolNx, PAGE_SIZE, SAMPLE_TAG);

    PAGED_CODE();
    FsRtlEnterFileSystem();
    ExAcquirePushLockExclusive(&Sample->Lock);
    while (!IsListEmpty(&Sample->Entries)) {
        (void)RemoveHeadList(&Sample->Entries);
    }
    ExReleasePushLockExclusive(&Sample->Lock);
    FsRtlExitFileSystem();

    if (!SampleIsIdle(Sample) && IsEqualGUID(
#ifdef __cplusplus
            GUID_SAMPLE, GUID_SAMPLE
#else
            &GUID_SAMPLE, &GUID_SAMPLE
#endif
            )) {
        KeSetEvent(&Sample->Stop, IO_NO_INCREMENT, FALSE);
        KeWaitForSingleObject(Sample->Thread, Executive, KernelMode, FALSE, NULL);
    }
    ObDereferenceObject(Sample->Thread);
    if (Memory != NULL) {
        ExFreePoolWithTag(Memory, SAMPLE_TAG);
    } else {
        KeBugCheckEx(IRQL_NOT_LESS_OR_EQUAL, 0, 0, 0, (ULONG_PTR)Sample);
    }
}

/* Counted strings initialised where only constants may stand. */
static const WCHAR SampleName[] = L"\\Device\\Sample";
UNICODE_STRING SampleStrings[] = {RTL_CONSTANT_STRING(L"a"), RTL_CONSTANT_STRING(SampleName)};
ANSI_STRING SampleAnsi = RTL_CONSTANT_STRING("ansi");
DECLARE_GLOBAL_CONST_UNICODE_STRING(SampleGlobal, L"global");
