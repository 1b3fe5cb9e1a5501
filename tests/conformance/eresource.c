/* Observed behaviour: ERESOURCE. */
#include "threads.h"

typedef BOOLEAN(NTAPI *ACQUIRE)(PERESOURCE Resource, BOOLEAN Wait);

static const ACQUIRE shared_flavours[] = {
    ExAcquireResourceSharedLite, ExAcquireSharedStarveExclusive, ExAcquireSharedWaitForExclusive};

/* A thread that makes one acquire and releases when told to. */
typedef struct _VISITOR {
    PERESOURCE Resource;
    ACQUIRE Acquire;
    BOOLEAN Wait;
    BOOLEAN Got;
    KEVENT Asked; /* it knows the answer; without Wait at once */
    KEVENT Leave;
    PVOID Thread;
} VISITOR;

static VOID NTAPI visit(PVOID context) {
    VISITOR *visitor = context;
    KeEnterCriticalRegion();
    visitor->Got = visitor->Acquire(visitor->Resource, visitor->Wait);
    KeSetEvent(&visitor->Asked, 0, FALSE);
    if (visitor->Got) {
        KeWaitForSingleObject(&visitor->Leave, Executive, KernelMode, FALSE, NULL);
        ExReleaseResourceLite(visitor->Resource);
    }
    KeLeaveCriticalRegion();
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static void start(VISITOR *visitor, PERESOURCE resource, ACQUIRE acquire, BOOLEAN wait) {
    visitor->Resource = resource;
    visitor->Acquire = acquire;
    visitor->Wait = wait;
    visitor->Got = FALSE;
    KeInitializeEvent(&visitor->Asked, NotificationEvent, FALSE);
    KeInitializeEvent(&visitor->Leave, NotificationEvent, FALSE);
    visitor->Thread = start_thread(visit, visitor);
}

static void finish(VISITOR *visitor) {
    KeSetEvent(&visitor->Leave, 0, FALSE);
    join_thread(visitor->Thread);
}

static BOOLEAN other_gets(PERESOURCE resource, ACQUIRE acquire) {
    VISITOR visitor;
    start(&visitor, resource, acquire, FALSE);
    wait_for(&visitor.Asked);
    finish(&visitor);
    return visitor.Got;
}

/* Waits until so many wait for the resource. */
static void await_waiters(PERESOURCE resource, ULONG exclusive, ULONG shared) {
    LARGE_INTEGER pause;
    pause.QuadPart = -1000;
    while (ExGetExclusiveWaiterCount(resource) != exclusive ||
           ExGetSharedWaiterCount(resource) != shared) {
        KeDelayExecutionThread(KernelMode, FALSE, &pause);
    }
}

void eresource_initialises_at_dispatch(void) {
    ERESOURCE resource;
    KIRQL before;
    KeRaiseIrql(DISPATCH_LEVEL, &before);
    CHECK_THAT(ExInitializeResourceLite(&resource) == STATUS_SUCCESS);
    KeLowerIrql(before);
    ExDeleteResourceLite(&resource);
}

void eresource_shared_is_recursive(void) {
    ERESOURCE resource;
    ULONG i, k;
    ExInitializeResourceLite(&resource);
    KeEnterCriticalRegion();
    for (i = 0; i < 3; ++i) {
        for (k = 0; k < 3; ++k) {
            CHECK_THAT(shared_flavours[i](&resource, TRUE));
            CHECK_THAT(shared_flavours[k](&resource, FALSE));
            CHECK_THAT(ExIsResourceAcquiredSharedLite(&resource) == 2);
            ExReleaseResourceLite(&resource);
            ExReleaseResourceLite(&resource);
        }
    }
    KeLeaveCriticalRegion();
    ExDeleteResourceLite(&resource);
}

void eresource_exclusive_owner_takes_shared(void) {
    ERESOURCE resource;
    ULONG i;
    ExInitializeResourceLite(&resource);
    KeEnterCriticalRegion();
    CHECK_THAT(ExAcquireResourceExclusiveLite(&resource, TRUE));
    for (i = 0; i < 3; ++i) {
        CHECK_THAT(shared_flavours[i](&resource, TRUE));
    }
    CHECK_THAT(ExIsResourceAcquiredSharedLite(&resource) == 4);
    CHECK_THAT(ExIsResourceAcquiredExclusiveLite(&resource));
    for (i = 0; i < 4; ++i) {
        ExReleaseResourceLite(&resource);
    }
    CHECK_THAT(ExIsResourceAcquiredSharedLite(&resource) == 0);
    KeLeaveCriticalRegion();
    ExDeleteResourceLite(&resource);
}

void eresource_sharer_cannot_upgrade(void) {
    ERESOURCE resource;
    ExInitializeResourceLite(&resource);
    KeEnterCriticalRegion();
    CHECK_THAT(ExAcquireResourceSharedLite(&resource, TRUE));
    CHECK_THAT(!ExAcquireResourceExclusiveLite(&resource, FALSE));
    ExReleaseResourceLite(&resource);
    KeLeaveCriticalRegion();
    ExDeleteResourceLite(&resource);
}

void eresource_conversion(void) {
    ERESOURCE resource;
    ExInitializeResourceLite(&resource);
    KeEnterCriticalRegion();
    ExAcquireResourceExclusiveLite(&resource, TRUE);
    ExAcquireResourceExclusiveLite(&resource, TRUE);
    ExConvertExclusiveToSharedLite(&resource);
    CHECK_THAT(ExIsResourceAcquiredSharedLite(&resource) == 2);
    CHECK_THAT(!ExIsResourceAcquiredExclusiveLite(&resource));
    ExConvertExclusiveToSharedLite(&resource); /* while shared: harmless */
    CHECK_THAT(ExIsResourceAcquiredSharedLite(&resource) == 2);
    ExReleaseResourceLite(&resource);
    ExReleaseResourceLite(&resource);
    KeLeaveCriticalRegion();
    ExDeleteResourceLite(&resource);
}

void eresource_with_a_writer_queued(void) {
    ERESOURCE resource;
    VISITOR writer;
    ExInitializeResourceLite(&resource);
    KeEnterCriticalRegion();
    ExAcquireResourceSharedLite(&resource, TRUE);
    start(&writer, &resource, ExAcquireResourceExclusiveLite, TRUE);
    await_waiters(&resource, 1, 0);
    CHECK_THAT(!other_gets(&resource, ExAcquireResourceSharedLite));
    CHECK_THAT(!other_gets(&resource, ExAcquireSharedWaitForExclusive));
    CHECK_THAT(other_gets(&resource, ExAcquireSharedStarveExclusive));
    CHECK_THAT(ExAcquireResourceSharedLite(&resource, FALSE));
    CHECK_THAT(ExAcquireSharedStarveExclusive(&resource, FALSE));
    CHECK_THAT(!ExAcquireSharedWaitForExclusive(&resource, FALSE));
    ExReleaseResourceLite(&resource);
    ExReleaseResourceLite(&resource);
    CHECK_THAT(ExGetExclusiveWaiterCount(&resource) == 1);
    ExReleaseResourceLite(&resource);
    wait_for(&writer.Asked);
    CHECK_THAT(writer.Got);
    finish(&writer);
    KeLeaveCriticalRegion();
    ExDeleteResourceLite(&resource);
}

void eresource_hands_over(void) {
    ERESOURCE resource;
    VISITOR writer, readers[3];
    ULONG i;
    ExInitializeResourceLite(&resource);
    KeEnterCriticalRegion();
    ExAcquireResourceSharedLite(&resource, TRUE);
    start(&writer, &resource, ExAcquireResourceExclusiveLite, TRUE);
    await_waiters(&resource, 1, 0);
    for (i = 0; i < 3; ++i) {
        start(&readers[i], &resource, ExAcquireResourceSharedLite, TRUE);
        await_waiters(&resource, 1, i + 1);
    }
    ExReleaseResourceLite(&resource);
    wait_for(&writer.Asked);
    CHECK_THAT(ExGetSharedWaiterCount(&resource) == 3);
    finish(&writer);
    for (i = 0; i < 3; ++i) {
        wait_for(&readers[i].Asked); /* none has left, so they are in together */
    }
    for (i = 0; i < 3; ++i) {
        finish(&readers[i]);
    }
    KeLeaveCriticalRegion();
    ExDeleteResourceLite(&resource);
}

typedef struct _RELEASER {
    PERESOURCE Resource;
    ERESOURCE_THREAD Owner;
} RELEASER;

static VOID NTAPI release_for(PVOID context) {
    RELEASER *releaser = context;
    KeEnterCriticalRegion();
    ExReleaseResourceForThreadLite(releaser->Resource, releaser->Owner);
    KeLeaveCriticalRegion();
    PsTerminateSystemThread(STATUS_SUCCESS);
}

void eresource_owner_pointer(void) {
    ERESOURCE resource;
    ERESOURCE_THREAD storage = 0;
    RELEASER releaser;
    ExInitializeResourceLite(&resource);
    releaser.Resource = &resource;
    releaser.Owner = (ERESOURCE_THREAD)&storage | 3;
    KeEnterCriticalRegion();
    ExAcquireResourceExclusiveLite(&resource, TRUE);
    ExSetResourceOwnerPointer(&resource, (PVOID)releaser.Owner);
    CHECK_THAT(!other_gets(&resource, ExAcquireResourceSharedLite));
    in_thread(release_for, &releaser);
    CHECK_THAT(ExAcquireResourceExclusiveLite(&resource, FALSE));
    ExReleaseResourceLite(&resource);
    KeLeaveCriticalRegion();
    ExDeleteResourceLite(&resource);
}

void eresource_region_variants_nest(void) {
    ERESOURCE resource;
    ExInitializeResourceLite(&resource);
    ExEnterCriticalRegionAndAcquireResourceExclusive(&resource);
    ExEnterCriticalRegionAndAcquireResourceShared(&resource);
    ExEnterCriticalRegionAndAcquireSharedWaitForExclusive(&resource);
    CHECK_THAT(ExIsResourceAcquiredSharedLite(&resource) == 3);
    CHECK_THAT(KeAreApcsDisabled());
    ExReleaseResourceAndLeaveCriticalRegion(&resource);
    ExReleaseResourceAndLeaveCriticalRegion(&resource);
    CHECK_THAT(KeAreApcsDisabled());
    ExReleaseResourceAndLeaveCriticalRegion(&resource);
    CHECK_THAT(!KeAreApcsDisabled());
    ExDeleteResourceLite(&resource);
}

void eresource_deleted_twice(void) {
    static ERESOURCE resource;
    CHECK_THAT(ExInitializeResourceLite(&resource) == STATUS_SUCCESS);
    CHECK_THAT(ExDeleteResourceLite(&resource) == STATUS_SUCCESS);
    ExDeleteResourceLite(&resource);
}
