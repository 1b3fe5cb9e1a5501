/*++

    The thread that trims the name cache.

    It sleeps until the cache has grown beyond its limit.  A trim chooses the entries to evict and
    the next one evicts them, so the thread comes back by itself after a grace period in which
    they may be looked up.  With nothing chosen it wakes no processor.

--*/

#include "worker.h"

#define NAME_WORKER_GRACE_MS  100

#define RELATIVE_MS(Milliseconds)  (-(LONGLONG)(Milliseconds) * 10 * 1000)

KSTART_ROUTINE NameWorkerThread;

#ifdef ALLOC_PRAGMA
#pragma alloc_text(PAGE, NameWorkerThread)
#pragma alloc_text(PAGE, NameWorkerInitialize)
#pragma alloc_text(PAGE, NameWorkerStart)
#pragma alloc_text(PAGE, NameWorkerStop)
#endif

_Use_decl_annotations_
VOID
NameWorkerThread(PVOID StartContext)
{
    PNAME_WORKER Worker = StartContext;
    LARGE_INTEGER Grace;
    ULONG Chosen = 0;

    PAGED_CODE();

    Grace.QuadPart = RELATIVE_MS(NAME_WORKER_GRACE_MS);

    for (;;) {

        // Signalled or timed out, a trim is due: STATUS_TIMEOUT needs no case of its own.  A cache
        // that grows on during the grace period cuts it short.
        (VOID)KeWaitForSingleObject(&Worker->Wake,
                                    Executive,
                                    KernelMode,
                                    FALSE,
                                    Chosen != 0 ? &Grace : NULL);

        if (ReadAcquire(&Worker->Stopping)) {
            break;
        }
        Chosen = NameCacheTrim(Worker->Cache);
    }

    PsTerminateSystemThread(STATUS_SUCCESS);
}

_Use_decl_annotations_
VOID
NameWorkerInitialize(PNAME_WORKER Worker, PNAME_CACHE Cache)
{
    PAGED_CODE();

    RtlZeroMemory(Worker, sizeof(*Worker));
    Worker->Cache = Cache;
    KeInitializeEvent(&Worker->Wake, SynchronizationEvent, FALSE);
}

_Use_decl_annotations_
NTSTATUS
NameWorkerStart(PNAME_WORKER Worker)
{
    NTSTATUS Status;
    HANDLE Handle;
    OBJECT_ATTRIBUTES Attributes;

    PAGED_CODE();

    // OBJ_KERNEL_HANDLE: the caller's context is any process, whose handle table user mode sees.
    InitializeObjectAttributes(&Attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    Status = PsCreateSystemThread(&Handle,
                                  THREAD_ALL_ACCESS,
                                  &Attributes,
                                  NULL,
                                  NULL,
                                  NameWorkerThread,
                                  Worker);
    if (!NT_SUCCESS(Status)) {
        return Status;
    }

    // Cannot fail: the handle is open, a thread's and ours.  If it did, there would be no way to
    // wait for the thread, nor to unload beneath it.
    NT_VERIFY(NT_SUCCESS(ObReferenceObjectByHandle(Handle,
                                                   SYNCHRONIZE,
                                                   *PsThreadType,
                                                   KernelMode,
                                                   &Worker->Thread,
                                                   NULL)));
    ZwClose(Handle);
    return STATUS_SUCCESS;
}

_Use_decl_annotations_
VOID
NameWorkerStop(PNAME_WORKER Worker)
{
    PAGED_CODE();

    if (Worker->Thread == NULL) {
        return;
    }

    WriteRelease(&Worker->Stopping, TRUE);
    KeSetEvent(&Worker->Wake, IO_NO_INCREMENT, FALSE);

    // The thread itself, not an event that it sets last: between that and its end it would still
    // run code of this image, which is about to be unloaded.
    (VOID)KeWaitForSingleObject(Worker->Thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(Worker->Thread);
    Worker->Thread = NULL;
}
