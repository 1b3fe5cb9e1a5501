/* Executive resources: reader/writer locks that know their owners and may be taken recursively.
 *
 * Storage is non-paged and belongs to the caller; every resource that was initialised must be
 * deleted before its storage goes.  The acquires need normal kernel APCs disabled: in a critical
 * or guarded region, or at APC_LEVEL.  Fields carry the values they have on x64 Windows; drivers
 * read them for their assertions and never write them. */
#ifndef WDM_EMU_NT_RESOURCE_H
#define WDM_EMU_NT_RESOURCE_H

#include "thread.h"

WDM_EMU_BEGIN

typedef ULONG_PTR KSPIN_LOCK, *PKSPIN_LOCK;
typedef ULONG_PTR ERESOURCE_THREAD, *PERESOURCE_THREAD;

typedef struct _OWNER_ENTRY {
    ERESOURCE_THREAD OwnerThread;
    __extension__ union {
        __extension__ struct {
            ULONG IoPriorityBoosted : 1;
            ULONG OwnerReferenced : 1;
            ULONG IoQoSPriorityBoosted : 1;
            ULONG OwnerCount : 29;
        };
        ULONG TableSize;
    };
} OWNER_ENTRY, *POWNER_ENTRY;

typedef struct _ERESOURCE {
    LIST_ENTRY SystemResourcesList;
    POWNER_ENTRY OwnerTable; /* the sharers that have no room in OwnerEntry; entry 0 has its size */
    SHORT ActiveCount;
    __extension__ union {
        USHORT Flag;
        __extension__ struct {
            UCHAR ReservedLowFlags;
            UCHAR WaiterPriority;
        };
    };
    PVOID SharedWaiters;
    PVOID ExclusiveWaiters;
    OWNER_ENTRY OwnerEntry;
    ULONG ActiveEntries; /* owners, each counted once */
    ULONG ContentionCount;
    ULONG NumberOfSharedWaiters;
    ULONG NumberOfExclusiveWaiters;
    PVOID Reserved2;
    __extension__ union {
        PVOID Address;
        ULONG_PTR CreatorBackTraceIndex;
    };
    KSPIN_LOCK SpinLock;
} ERESOURCE, *PERESOURCE;

/* Bits of Flag. */
#define ResourceHasDisabledPriorityBoost 0x08
#define ResourceNeverExclusive 0x10
#define ResourceReleaseByOtherThread 0x20
#define ResourceOwnedExclusive 0x80

/* Flags of ExSetResourceOwnerPointerEx. */
#define FLAG_OWNER_POINTER_IS_THREAD 0x1

/** The owner id of the calling thread. */
#define ExGetCurrentResourceThread() ((ERESOURCE_THREAD)PsGetCurrentThread())

/** Makes a free resource.  STATUS_SUCCESS.  IRQL <= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-exinitializeresourcelite. */
NTKERNELAPI NTSTATUS NTAPI ExInitializeResourceLite(PERESOURCE Resource);

/** Makes an initialised resource as new, in place of a deletion and an initialisation.
 *  STATUS_SUCCESS.  IRQL <= DISPATCH_LEVEL.  Page: wdm/nf-wdm-exreinitializeresourcelite. */
NTKERNELAPI NTSTATUS NTAPI ExReinitializeResourceLite(PERESOURCE Resource);

/** Ends a resource that nobody owns or waits for.  STATUS_SUCCESS.  IRQL <= APC_LEVEL.
 *  Page: wdm/nf-wdm-exdeleteresourcelite. */
NTKERNELAPI NTSTATUS NTAPI ExDeleteResourceLite(PERESOURCE Resource);

/** Takes the resource exclusively; an exclusive owner may again.  With Wait FALSE returns FALSE
 *  instead of waiting.  A thread that owns it shared would wait for itself for ever.  IRQL <=
 *  APC_LEVEL, normal kernel APCs disabled (else bug check 0xC4/0x37).
 *  Page: wdm/nf-wdm-exacquireresourceexclusivelite. */
NTKERNELAPI BOOLEAN NTAPI ExAcquireResourceExclusiveLite(PERESOURCE Resource, BOOLEAN Wait);

/** As ExAcquireResourceExclusiveLite with Wait FALSE; has no page. */
NTKERNELAPI BOOLEAN NTAPI ExTryToAcquireResourceExclusiveLite(PERESOURCE Resource);

/** Takes the resource shared.  Waits behind an exclusive owner, and behind an exclusive waiter
 *  unless this thread owns it already; with Wait FALSE returns FALSE instead.  Preconditions as
 *  the exclusive acquire.  Page: wdm/nf-wdm-exacquireresourcesharedlite. */
NTKERNELAPI BOOLEAN NTAPI ExAcquireResourceSharedLite(PERESOURCE Resource, BOOLEAN Wait);

/** Takes the resource shared past exclusive waiters.  Preconditions as the exclusive acquire.
 *  Page: wdm/nf-wdm-exacquiresharedstarveexclusive. */
NTKERNELAPI BOOLEAN NTAPI ExAcquireSharedStarveExclusive(PERESOURCE Resource, BOOLEAN Wait);

/** Takes the resource shared behind exclusive waiters, even if this thread owns it shared: then it
 *  would wait for itself for ever.  Preconditions as the exclusive acquire.
 *  Page: wdm/nf-wdm-exacquiresharedwaitforexclusive. */
NTKERNELAPI BOOLEAN NTAPI ExAcquireSharedWaitForExclusive(PERESOURCE Resource, BOOLEAN Wait);

/** Gives one hold of this thread back.  IRQL <= DISPATCH_LEVEL, normal kernel APCs disabled (else
 *  bug check 0xC4/0x38).  Not the owner: bug check 0xE3.
 *  Page: wdm/nf-wdm-exreleaseresourcelite. */
NTKERNELAPI VOID FASTCALL ExReleaseResourceLite(PERESOURCE Resource);

/** Gives one hold back of the owner with the id: this thread, or an owner pointer that was set;
 *  else bug check 0x16E.  As ExReleaseResourceLite, but a system thread need not have APCs
 *  disabled.  Page: wdm/nf-wdm-exreleaseresourceforthreadlite. */
NTKERNELAPI VOID NTAPI ExReleaseResourceForThreadLite(PERESOURCE Resource,
                                                      ERESOURCE_THREAD ResourceThreadId);

/** Makes the owner pointer, whose two low bits are set (else bug check 0x132), the owner in place
 *  of this thread.  From then on only ExReleaseResourceForThreadLite with that value.  IRQL <=
 *  DISPATCH_LEVEL.  Page: wdm/nf-wdm-exsetresourceownerpointer. */
NTKERNELAPI VOID NTAPI ExSetResourceOwnerPointer(PERESOURCE Resource, PVOID OwnerPointer);

/** As ExSetResourceOwnerPointer; Flags is 0 or FLAG_OWNER_POINTER_IS_THREAD.
 *  Page: wdm/nf-wdm-exsetresourceownerpointerex. */
NTKERNELAPI VOID NTAPI ExSetResourceOwnerPointerEx(PERESOURCE Resource, PVOID OwnerPointer,
                                                   ULONG Flags);

/** Makes this thread's exclusive ownership shared, keeping its count, and lets all shared waiters
 *  in.  IRQL <= APC_LEVEL.  Page: wdm/nf-wdm-exconvertexclusivetosharedlite. */
NTKERNELAPI VOID NTAPI ExConvertExclusiveToSharedLite(PERESOURCE Resource);

/** TRUE if this thread owns the resource exclusively.  IRQL <= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-exisresourceacquiredexclusivelite. */
NTKERNELAPI BOOLEAN NTAPI ExIsResourceAcquiredExclusiveLite(PERESOURCE Resource);

/** How many times this thread holds the resource, in either mode.  IRQL <= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-exisresourceacquiredsharedlite. */
NTKERNELAPI ULONG NTAPI ExIsResourceAcquiredSharedLite(PERESOURCE Resource);
#define ExIsResourceAcquiredLite ExIsResourceAcquiredSharedLite

/** How many wait for exclusive access, at this moment.  IRQL <= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-exgetexclusivewaitercount. */
NTKERNELAPI ULONG NTAPI ExGetExclusiveWaiterCount(PERESOURCE Resource);

/** How many wait for shared access, at this moment.  IRQL <= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-exgetsharedwaitercount. */
NTKERNELAPI ULONG NTAPI ExGetSharedWaiterCount(PERESOURCE Resource);

/** KeEnterCriticalRegion and an exclusive acquire that waits; the result means nothing to drivers.
 *  IRQL <= APC_LEVEL.  Page: wdm/nf-wdm-exentercriticalregionandacquireresourceexclusive. */
NTKERNELAPI PVOID NTAPI ExEnterCriticalRegionAndAcquireResourceExclusive(PERESOURCE Resource);

/** A release and KeLeaveCriticalRegion.  IRQL <= APC_LEVEL.
 *  Page: wdm/nf-wdm-exreleaseresourceandleavecriticalregion. */
NTKERNELAPI VOID FASTCALL ExReleaseResourceAndLeaveCriticalRegion(PERESOURCE Resource);

/* Without pages; by their names, and as observed, analogues of the above. */
NTKERNELAPI PVOID NTAPI ExEnterCriticalRegionAndAcquireResourceShared(PERESOURCE Resource);
NTKERNELAPI PVOID NTAPI ExEnterCriticalRegionAndAcquireSharedWaitForExclusive(PERESOURCE Resource);
NTKERNELAPI PVOID NTAPI ExEnterPriorityRegionAndAcquireResourceExclusive(PERESOURCE Resource);
NTKERNELAPI PVOID NTAPI ExEnterPriorityRegionAndAcquireResourceShared(PERESOURCE Resource);
NTKERNELAPI VOID FASTCALL ExReleaseResourceAndLeavePriorityRegion(PERESOURCE Resource);

/* The names of old. */
#define ExInitializeResource ExInitializeResourceLite
#define ExAcquireResourceShared ExAcquireResourceSharedLite
#define ExAcquireResourceExclusive ExAcquireResourceExclusiveLite
#define ExReleaseResource ExReleaseResourceLite
#define ExReleaseResourceForThread ExReleaseResourceForThreadLite
#define ExConvertExclusiveToShared ExConvertExclusiveToSharedLite
#define ExDeleteResource ExDeleteResourceLite
#define ExIsResourceAcquiredExclusive ExIsResourceAcquiredExclusiveLite
#define ExIsResourceAcquiredShared ExIsResourceAcquiredSharedLite
#define ExIsResourceAcquired ExIsResourceAcquiredSharedLite

WDM_EMU_END

#endif
