/* Dispatcher objects: the header they share, the event, the wait block, and the routines that
 * wait.
 *
 * Sizes and field offsets are those of x64.  Header.SignalState is the truth: above zero is
 * signalled. */
#ifndef WDM_EMU_NT_DISPATCHER_H
#define WDM_EMU_NT_DISPATCHER_H

#include "types.h"

WDM_EMU_BEGIN

typedef struct _KTHREAD KTHREAD, *PKTHREAD, *PRKTHREAD;

/* The bytes after Type mean something else for each kind of object: flags of a timer, of a
 * thread, the size in 32-bit words of the rest. */
typedef struct _DISPATCHER_HEADER {
    __extension__ union {
        volatile LONG Lock;
        LONG LockNV;
        __extension__ struct {
            UCHAR Type;
            __extension__ union {
                UCHAR Abandoned;
                UCHAR Signalling;
                UCHAR TimerControlFlags;
                __extension__ struct {
                    UCHAR Absolute : 1;
                    UCHAR Coalescable : 1;
                    UCHAR KeepShifting : 1;
                    UCHAR EncodedTolerableDelay : 5;
                };
            };
            __extension__ union {
                UCHAR Size;
                UCHAR Hand;
                UCHAR ThreadControlFlags;
                __extension__ struct {
                    UCHAR CpuThrottled : 1;
                    UCHAR CycleProfiling : 1;
                    UCHAR CounterProfiling : 1;
                    UCHAR Reserved : 5;
                };
            };
            __extension__ union {
                UCHAR DpcActive;
                UCHAR DebugActive;
                UCHAR TimerMiscFlags;
                __extension__ struct {
                    UCHAR Index : 6;
                    UCHAR Inserted : 1;
                    volatile UCHAR Expired : 1;
                };
                __extension__ struct {
                    UCHAR ActiveDR7 : 1;
                    UCHAR Instrumented : 1;
                    UCHAR Reserved2 : 4;
                    UCHAR UmsScheduled : 1;
                    UCHAR UmsPrimary : 1;
                };
            };
        };
    };
    LONG SignalState;
    LIST_ENTRY WaitListHead;
} DISPATCHER_HEADER, *PDISPATCHER_HEADER;

/* A notification event wakes all waiters and stays signalled; a synchronization event wakes
 * one. */
typedef enum _EVENT_TYPE { NotificationEvent, SynchronizationEvent } EVENT_TYPE;

typedef struct _KEVENT {
    DISPATCHER_HEADER Header;
} KEVENT, *PKEVENT, *PRKEVENT;

typedef enum _WAIT_TYPE { WaitAll, WaitAny, WaitNotification, WaitDequeue, WaitDpc } WAIT_TYPE;

typedef struct _KWAIT_BLOCK {
    LIST_ENTRY WaitListEntry;
    struct _KTHREAD *Thread;
    PVOID Object;
    struct _KWAIT_BLOCK *NextWaitBlock;
    USHORT WaitKey;
    UCHAR WaitType;
    volatile UCHAR BlockState;
    LONG SpareLong;
} KWAIT_BLOCK, *PKWAIT_BLOCK, *PRKWAIT_BLOCK;

/* The owner and its recursion are in OwnerThread and Header.SignalState: 1 free, 0 held once, -1
 * held twice.  ApcDisable is 1 for a mutex, whose owner is in a critical region, and 0 for a
 * mutant. */
typedef struct _KMUTANT {
    DISPATCHER_HEADER Header;
    LIST_ENTRY MutantListEntry;
    struct _KTHREAD *OwnerThread;
    BOOLEAN Abandoned;
    UCHAR ApcDisable;
} KMUTANT, *PKMUTANT, *PRKMUTANT, KMUTEX, *PKMUTEX, *PRKMUTEX;

/* Header.SignalState is the count. */
typedef struct _KSEMAPHORE {
    DISPATCHER_HEADER Header;
    LONG Limit;
} KSEMAPHORE, *PKSEMAPHORE, *PRKSEMAPHORE;

/* Header.SignalState counts the entries; CurrentCount the threads at work on entries of the
 * queue, of which there are to be no more than MaximumCount. */
typedef struct _KQUEUE {
    DISPATCHER_HEADER Header;
    LIST_ENTRY EntryListHead;
    volatile ULONG CurrentCount;
    ULONG MaximumCount;
    LIST_ENTRY ThreadListHead;
} KQUEUE, *PKQUEUE, *PRKQUEUE;

typedef enum _KWAIT_REASON {
    Executive,
    FreePage,
    PageIn,
    PoolAllocation,
    DelayExecution,
    Suspended,
    UserRequest,
    WrExecutive,
    WrFreePage,
    WrPageIn,
    WrPoolAllocation,
    WrDelayExecution,
    WrSuspended,
    WrUserRequest,
    WrSpare0,
    WrQueue,
    WrLpcReceive,
    WrLpcReply,
    WrVirtualMemory,
    WrPageOut,
    WrRendezvous,
    WrKeyedEvent,
    WrTerminated,
    WrProcessInSwap,
    WrCpuRateControl,
    WrCalloutStack,
    WrKernel,
    WrResource,
    WrPushLock,
    WrMutex,
    WrQuantumEnd,
    WrDispatchInt,
    WrPreempted,
    WrYieldExecution,
    WrFastMutex,
    WrGuardedMutex,
    WrRundown,
    WrAlertByThreadId,
    WrDeferredPreempt,
    MaximumWaitReason
} KWAIT_REASON;

#define THREAD_WAIT_OBJECTS 3
#define MAXIMUM_WAIT_OBJECTS 64

/* Priority boosts; the emulated scheduler ignores them. */
#define IO_NO_INCREMENT 0
#define IO_CD_ROM_INCREMENT 1
#define IO_DISK_INCREMENT 1
#define IO_KEYBOARD_INCREMENT 6
#define IO_MAILSLOT_INCREMENT 2
#define IO_MOUSE_INCREMENT 6
#define IO_NAMED_PIPE_INCREMENT 2
#define IO_NETWORK_INCREMENT 2
#define IO_PARALLEL_INCREMENT 1
#define IO_SERIAL_INCREMENT 2
#define IO_SOUND_INCREMENT 8
#define IO_VIDEO_INCREMENT 1
#define EVENT_INCREMENT 1
#define MUTANT_INCREMENT 1
#define SEMAPHORE_INCREMENT 1

/** Makes an event of the type, signalled or not.  Any IRQL; storage must be non-paged.
 *  Page: wdm/nf-wdm-keinitializeevent. */
NTKERNELAPI VOID NTAPI KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State);

/** Signals the event and returns the state it had.  With Wait TRUE it returns at DISPATCH_LEVEL
 *  and the next call must be a wait, which restores the level.  IRQL <= DISPATCH_LEVEL; <=
 *  APC_LEVEL with Wait. Page: wdm/nf-wdm-kesetevent. */
NTKERNELAPI LONG NTAPI KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait);

/** Makes the event not signalled and returns the state it had.  IRQL <= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-keresetevent. */
NTKERNELAPI LONG NTAPI KeResetEvent(PRKEVENT Event);

/** Makes the event not signalled.  IRQL <= DISPATCH_LEVEL.  Page: wdm/nf-wdm-keclearevent. */
NTKERNELAPI VOID NTAPI KeClearEvent(PRKEVENT Event);

/** Wakes those who wait now, as KeSetEvent would, and leaves the event not signalled; returns the
 *  state it had.  A waiter that runs a kernel APC at that moment misses it.  IRQL as KeSetEvent.
 *  Page: ntddk/nf-ntddk-kepulseevent. */
NTKERNELAPI LONG NTAPI KePulseEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait);

/** The state, non-zero if signalled.  IRQL <= DISPATCH_LEVEL.  Page:
 *  wdm/nf-wdm-kereadstateevent. */
NTKERNELAPI LONG NTAPI KeReadStateEvent(PRKEVENT Event);

/** Waits until the object is signalled.  Timeout in 100 ns, negative relative, NULL for ever,
 *  zero polls. IRQL <= APC_LEVEL, or <= DISPATCH_LEVEL with a zero timeout.  STATUS_SUCCESS,
 *  STATUS_TIMEOUT, STATUS_ALERTED, STATUS_USER_APC, STATUS_ABANDONED_WAIT_0. Page:
 *  wdm/nf-wdm-kewaitforsingleobject. */
NTKERNELAPI NTSTATUS NTAPI KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason,
                                                 KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                                 PLARGE_INTEGER Timeout);

/** Waits until one of the objects is signalled (WaitAny) or all are at once (WaitAll).  At most
 *  THREAD_WAIT_OBJECTS without WaitBlockArray, MAXIMUM_WAIT_OBJECTS with one; more are bug check
 *  0xC.  Timeout and IRQL as KeWaitForSingleObject.  STATUS_WAIT_0 plus the lowest index
 *  satisfied (WaitAny), STATUS_SUCCESS (WaitAll), STATUS_ABANDONED_WAIT_0 plus the index,
 *  STATUS_TIMEOUT, STATUS_ALERTED, STATUS_USER_APC.  Raises STATUS_MUTANT_LIMIT_EXCEEDED.
 *  Page: wdm/nf-wdm-kewaitformultipleobjects. */
NTKERNELAPI NTSTATUS NTAPI KeWaitForMultipleObjects(ULONG Count, PVOID Object[],
                                                    WAIT_TYPE WaitType, KWAIT_REASON WaitReason,
                                                    KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                                    PLARGE_INTEGER Timeout,
                                                    PKWAIT_BLOCK WaitBlockArray);

/** Page: wdm/nf-wdm-kewaitforsingleobject. */
#define KeWaitForMutexObject KeWaitForSingleObject

/** Sleeps for the interval: 100 ns units, negative relative, positive absolute.  IRQL <=
 *  APC_LEVEL. STATUS_SUCCESS, STATUS_ALERTED, STATUS_USER_APC.  Page:
 *  wdm/nf-wdm-kedelayexecutionthread. */
NTKERNELAPI NTSTATUS NTAPI KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                                  PLARGE_INTEGER Interval);

WDM_EMU_END

#endif
