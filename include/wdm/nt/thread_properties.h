/* What a driver may ask and set of threads: priorities, times, identity, stacks.
 *
 * Priorities and ideal processors are recorded and returned; the emulated scheduler does not look
 * at them. */
#ifndef WDM_EMU_NT_THREAD_PROPERTIES_H
#define WDM_EMU_NT_THREAD_PROPERTIES_H

#include "thread.h"

WDM_EMU_BEGIN

/** The priority.  IRQL = PASSIVE_LEVEL.  Page: wdm/nf-wdm-kequeryprioritythread. */
NTKERNELAPI KPRIORITY NTAPI KeQueryPriorityThread(PRKTHREAD Thread);

/** Sets the priority, from 1 to HIGH_PRIORITY, and returns the one before.  IRQL = PASSIVE_LEVEL.
 *  Page: wdm/nf-wdm-kesetprioritythread. */
NTKERNELAPI KPRIORITY NTAPI KeSetPriorityThread(PKTHREAD Thread, KPRIORITY Priority);

/** Sets the priority relative to the process's and returns the increment before.
 *  IRQL = PASSIVE_LEVEL.  Page: ntddk/nf-ntddk-kesetbaseprioritythread. */
NTKERNELAPI LONG NTAPI KeSetBasePriorityThread(PKTHREAD Thread, LONG Increment);

/** Records the processor the thread should run on; returns the one before.
 *  Page: ntifs/nf-ntifs-kesetidealprocessorthread. */
NTKERNELAPI UCHAR NTAPI KeSetIdealProcessorThread(PKTHREAD Thread, UCHAR Processor);

/** Whether the current thread's stack may be paged out; returns what it was.  IRQL <= APC_LEVEL.
 *  Page: ntifs/nf-ntifs-kesetkernelstackswapenable. */
NTKERNELAPI BOOLEAN NTAPI KeSetKernelStackSwapEnable(BOOLEAN Enable);

/** Kernel time in clock ticks, here all the time since the thread began; user time is zero.
 *  IRQL = PASSIVE_LEVEL.  Page: wdm/nf-wdm-kequeryruntimethread. */
NTKERNELAPI ULONG NTAPI KeQueryRuntimeThread(PKTHREAD Thread, PULONG UserTime);

/** Cycles since the thread began, at one per nanosecond.
 *  Page: wdm/nf-wdm-kequerytotalcycletimethread. */
NTKERNELAPI ULONG64 NTAPI KeQueryTotalCycleTimeThread(PKTHREAD Thread, PULONG64 CycleTimeStamp);

/** The thread of an identifier, with a reference added.  IRQL <= APC_LEVEL.  STATUS_SUCCESS,
 *  STATUS_INVALID_PARAMETER.  Page: ntifs/nf-ntifs-pslookupthreadbythreadid. */
NTKERNELAPI NTSTATUS NTAPI PsLookupThreadByThreadId(HANDLE ThreadId, PETHREAD *Thread);

/** TRUE if PsCreateSystemThread made the thread.  IRQL <= DISPATCH_LEVEL.
 *  Page: ntifs/nf-ntifs-psissystemthread. */
NTKERNELAPI BOOLEAN NTAPI PsIsSystemThread(PETHREAD Thread);

/** As PsIsSystemThread.  IRQL <= DISPATCH_LEVEL.  Page: ntifs/nf-ntifs-ioissystemthread. */
NTKERNELAPI BOOLEAN NTAPI IoIsSystemThread(PETHREAD Thread);

/** TRUE if the thread ends.  IRQL <= DISPATCH_LEVEL.
 *  Page: ntifs/nf-ntifs-psisthreadterminating. */
NTKERNELAPI BOOLEAN NTAPI PsIsThreadTerminating(PETHREAD Thread);

/** System time when the thread was made.  Page: ntddk/nf-ntddk-psgetthreadcreatetime. */
NTKERNELAPI LONGLONG NTAPI PsGetThreadCreateTime(PETHREAD Thread);

/** What the thread ended with, STATUS_PENDING while it runs.  IRQL <= APC_LEVEL.
 *  Page: ntddk/nf-ntddk-psgetthreadexitstatus. */
NTKERNELAPI NTSTATUS NTAPI PsGetThreadExitStatus(PETHREAD Thread);

/** The identifier of the thread's process.  Any IRQL.
 *  Page: ntddk/nf-ntddk-psgetthreadprocessid. */
NTKERNELAPI HANDLE NTAPI PsGetThreadProcessId(PETHREAD Thread);

/** The process of the thread: there is one.  IRQL <= DISPATCH_LEVEL.
 *  Page: ntifs/nf-ntifs-iothreadtoprocess. */
NTKERNELAPI PEPROCESS NTAPI IoThreadToProcess(PETHREAD Thread);

/** The process of the current thread.  Any IRQL.  Page: wdm/nf-wdm-iogetcurrentprocess. */
NTKERNELAPI PEPROCESS NTAPI IoGetCurrentProcess(VOID);
#define PsGetCurrentProcess IoGetCurrentProcess

/** Its identifier.  Any IRQL.  Page: ntddk/nf-ntddk-psgetcurrentprocessid. */
NTKERNELAPI HANDLE NTAPI PsGetCurrentProcessId(VOID);

/** The identifier of a process.  Any IRQL.  Page: ntddk/nf-ntddk-psgetprocessid. */
NTKERNELAPI HANDLE NTAPI PsGetProcessId(PEPROCESS Process);

/** NULL: no thread here has a user-mode part.  Page: ntddk/nf-ntddk-psgetcurrentthreadteb. */
NTKERNELAPI PVOID NTAPI PsGetCurrentThreadTeb(VOID);

/** Whether hard errors are shown for the current thread; returns what it was.
 *  IRQL <= DISPATCH_LEVEL.  Page: ntddk/nf-ntddk-iosetthreadharderrormode. */
NTKERNELAPI BOOLEAN NTAPI IoSetThreadHardErrorMode(BOOLEAN EnableHardErrors);

/** As PsCreateSystemThread; IoObject, a driver or device object, stays referenced on Windows.
 *  IRQL = PASSIVE_LEVEL.  Page: wdm/nf-wdm-iocreatesystemthread. */
NTKERNELAPI NTSTATUS NTAPI IoCreateSystemThread(PVOID IoObject, PHANDLE ThreadHandle,
                                                ULONG DesiredAccess,
                                                POBJECT_ATTRIBUTES ObjectAttributes,
                                                HANDLE ProcessHandle, PCLIENT_ID ClientId,
                                                PKSTART_ROUTINE StartRoutine, PVOID StartContext);

/** Bytes that are left on the current stack, which is larger here than Windows's.
 *  Page: wdm/nf-wdm-iogetremainingstacksize. */
NTKERNELAPI ULONG_PTR NTAPI IoGetRemainingStackSize(VOID);

/** The bounds of the current stack.  Page: wdm/nf-wdm-iogetstacklimits. */
NTKERNELAPI VOID NTAPI IoGetStackLimits(PULONG_PTR LowLimit, PULONG_PTR HighLimit);

/** TRUE if the region lies on the current stack.  IRQL <= APC_LEVEL.
 *  Page: wdm/nf-wdm-iowithinstacklimits. */
NTKERNELAPI LOGICAL NTAPI IoWithinStackLimits(ULONG_PTR RegionStart, SIZE_T RegionSize);

typedef VOID NTAPI EXPAND_STACK_CALLOUT(PVOID Parameter);
typedef EXPAND_STACK_CALLOUT *PEXPAND_STACK_CALLOUT;

#define KERNEL_STACK_SIZE 0x6000
#define KERNEL_LARGE_STACK_SIZE 0x12000
#define MAXIMUM_EXPANSION_SIZE (KERNEL_LARGE_STACK_SIZE - (PAGE_SIZE / 2))

/** Calls the routine on a stack with at least Size bytes.  IRQL <= APC_LEVEL.  STATUS_SUCCESS,
 *  STATUS_INVALID_PARAMETER_3.  Page: ntddk/nf-ntddk-keexpandkernelstackandcallout. */
NTKERNELAPI NTSTATUS NTAPI KeExpandKernelStackAndCallout(PEXPAND_STACK_CALLOUT Callout,
                                                         PVOID Parameter, SIZE_T Size);

/** As KeExpandKernelStackAndCallout; Context is reserved.  With Wait FALSE IRQL <= DISPATCH_LEVEL.
 *  Page: ntddk/nf-ntddk-keexpandkernelstackandcalloutex. */
NTKERNELAPI NTSTATUS NTAPI KeExpandKernelStackAndCalloutEx(PEXPAND_STACK_CALLOUT Callout,
                                                           PVOID Parameter, SIZE_T Size,
                                                           BOOLEAN Wait, PVOID Context);

typedef enum _THREADINFOCLASS {
    ThreadBasicInformation,
    ThreadTimes,
    ThreadPriority,
    ThreadBasePriority,
    ThreadAffinityMask,
    ThreadImpersonationToken,
    ThreadDescriptorTableEntry,
    ThreadEnableAlignmentFaultFixup,
    ThreadEventPair,
    ThreadQuerySetWin32StartAddress,
    ThreadZeroTlsCell,
    ThreadPerformanceCount,
    ThreadAmILastThread,
    ThreadIdealProcessor,
    ThreadPriorityBoost,
    ThreadSetTlsArrayAddress,
    ThreadIsIoPending,
    ThreadHideFromDebugger,
    ThreadPagePriority = 24
} THREADINFOCLASS;

/** Sets ThreadPriority, ThreadBasePriority or ThreadPagePriority (which changes nothing), each a
 *  LONG.  PASSIVE_LEVEL.  STATUS_SUCCESS, STATUS_INVALID_INFO_CLASS (also for the classes that are
 *  not emulated), STATUS_INFO_LENGTH_MISMATCH, STATUS_ACCESS_VIOLATION, STATUS_INVALID_HANDLE,
 *  STATUS_OBJECT_TYPE_MISMATCH, STATUS_INVALID_PARAMETER.
 *  Pages: ntddk/nf-ntddk-zwsetinformationthread, ntifs/nf-ntifs-ntsetinformationthread. */
NTSYSAPI NTSTATUS NTAPI ZwSetInformationThread(HANDLE ThreadHandle,
                                               THREADINFOCLASS ThreadInformationClass,
                                               PVOID ThreadInformation,
                                               ULONG ThreadInformationLength);
NTSYSAPI NTSTATUS NTAPI NtSetInformationThread(HANDLE ThreadHandle,
                                               THREADINFOCLASS ThreadInformationClass,
                                               PVOID ThreadInformation,
                                               ULONG ThreadInformationLength);

/* Not emulated: no page says what the keys are. */
NTKERNELAPI PVOID NTAPI PsGetThreadProperty(PETHREAD Thread, ULONG_PTR Key, ULONG Flags);

WDM_EMU_END

#endif
