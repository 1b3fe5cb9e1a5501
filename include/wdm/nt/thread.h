/* System threads.  KTHREAD and ETHREAD are opaque, and one address serves as both. */
#ifndef WDM_EMU_NT_THREAD_H
#define WDM_EMU_NT_THREAD_H

#include "dispatcher.h"
#include "types.h"

WDM_EMU_BEGIN

typedef struct _ETHREAD ETHREAD, *PETHREAD;
typedef struct _KPROCESS KPROCESS, *PKPROCESS, *PRKPROCESS;
typedef struct _EPROCESS EPROCESS, *PEPROCESS;

typedef VOID NTAPI KSTART_ROUTINE(PVOID StartContext);
typedef KSTART_ROUTINE *PKSTART_ROUTINE;

#define THREAD_TERMINATE 0x0001
#define THREAD_SUSPEND_RESUME 0x0002
#define THREAD_ALERT 0x0004
#define THREAD_GET_CONTEXT 0x0008
#define THREAD_SET_CONTEXT 0x0010
#define THREAD_SET_INFORMATION 0x0020
#define THREAD_QUERY_INFORMATION 0x0040
#define THREAD_SET_LIMITED_INFORMATION 0x0400
#define THREAD_QUERY_LIMITED_INFORMATION 0x0800
#define THREAD_ALL_ACCESS 0x001FFFFF

/** Starts a thread in kernel mode.  The handle is closed with ZwClose.  IRQL = PASSIVE_LEVEL.
 *  STATUS_SUCCESS, STATUS_INSUFFICIENT_RESOURCES.  Page: wdm/nf-wdm-pscreatesystemthread. */
NTKERNELAPI NTSTATUS NTAPI PsCreateSystemThread(PHANDLE ThreadHandle, ULONG DesiredAccess,
                                                POBJECT_ATTRIBUTES ObjectAttributes,
                                                HANDLE ProcessHandle, PCLIENT_ID ClientId,
                                                PKSTART_ROUTINE StartRoutine, PVOID StartContext);

/** Ends the current system thread; does not return.  IRQL = PASSIVE_LEVEL.  Returns
 *  STATUS_INVALID_PARAMETER if the thread is not a system thread.
 *  Page: wdm/nf-wdm-psterminatesystemthread. */
NTKERNELAPI NTSTATUS NTAPI PsTerminateSystemThread(NTSTATUS ExitStatus);

/** The current thread; in a DPC the interrupted one.  Any IRQL.  Page:
 *  wdm/nf-wdm-kegetcurrentthread. */
NTKERNELAPI PKTHREAD NTAPI KeGetCurrentThread(VOID);

/** The same address as KeGetCurrentThread.  Any IRQL.  Page: wdm/nf-wdm-psgetcurrentthread. */
NTKERNELAPI PETHREAD NTAPI PsGetCurrentThread(VOID);

/** The current thread's identifier.  Any IRQL.  Page: ntddk/nf-ntddk-psgetcurrentthreadid. */
NTKERNELAPI HANDLE NTAPI PsGetCurrentThreadId(VOID);

/** A thread's identifier.  IRQL <= DISPATCH_LEVEL.  Page: ntddk/nf-ntddk-psgetthreadid. */
NTKERNELAPI HANDLE NTAPI PsGetThreadId(PETHREAD Thread);

WDM_EMU_END

#endif
