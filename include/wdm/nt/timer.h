/* Timers: dispatcher objects that become signalled at a time, and may queue a DPC then.
 *
 * KTIMER is the driver's and has the size and the fields of x64.  EX_TIMER is the system's.  They
 * expire at their due time and not at a clock tick after it. */
#ifndef WDM_EMU_NT_TIMER_H
#define WDM_EMU_NT_TIMER_H

#include "dispatcher.h"
#include "dpc.h"
#include "io.h"
#include "types.h"

WDM_EMU_BEGIN

/* A notification timer releases all waiters and stays signalled; a synchronization timer one. */
typedef enum _TIMER_TYPE { NotificationTimer, SynchronizationTimer } TIMER_TYPE;

typedef struct _KTIMER {
    DISPATCHER_HEADER Header;
    ULARGE_INTEGER DueTime;
    LIST_ENTRY TimerListEntry;
    struct _KDPC *Dpc;
    ULONG Processor;
    ULONG Period;
} KTIMER, *PKTIMER, *PRKTIMER;

typedef struct _EX_TIMER EX_TIMER, *PEX_TIMER;

typedef VOID NTAPI EXT_CALLBACK(PEX_TIMER Timer, PVOID Context);
typedef EXT_CALLBACK *PEXT_CALLBACK;
typedef VOID NTAPI EXT_DELETE_CALLBACK(PVOID Context);
typedef EXT_DELETE_CALLBACK *PEXT_DELETE_CALLBACK;

typedef struct _EXT_SET_PARAMETERS_V0 {
    ULONG Version;
    ULONG Reserved;
    LONGLONG NoWakeTolerance;
} EXT_SET_PARAMETERS, *PEXT_SET_PARAMETERS, KT2_SET_PARAMETERS, *PKT2_SET_PARAMETERS;

typedef struct _EXT_DELETE_PARAMETERS {
    ULONG Version;
    ULONG Reserved;
    PEXT_DELETE_CALLBACK DeleteCallback;
    PVOID DeleteContext;
} EXT_DELETE_PARAMETERS, *PEXT_DELETE_PARAMETERS;

typedef PVOID PEXT_CANCEL_PARAMETERS;

#define EX_TIMER_HIGH_RESOLUTION 4
#define EX_TIMER_NO_WAKE 8
#define EX_TIMER_NOTIFICATION (1U << 31)
#define EX_TIMER_UNLIMITED_TOLERANCE ((LONGLONG)-1)

typedef VOID NTAPI IO_TIMER_ROUTINE(PDEVICE_OBJECT DeviceObject, PVOID Context);
typedef IO_TIMER_ROUTINE *PIO_TIMER_ROUTINE;

/** Makes a notification timer, not signalled, not set.  IRQL <= DISPATCH_LEVEL; storage must be
 *  non-paged.  Page: wdm/nf-wdm-keinitializetimer. */
NTKERNELAPI VOID NTAPI KeInitializeTimer(PKTIMER Timer);

/** Makes a timer of the type.  IRQL <= DISPATCH_LEVEL.  Page: wdm/nf-wdm-keinitializetimerex. */
NTKERNELAPI VOID NTAPI KeInitializeTimerEx(PKTIMER Timer, TIMER_TYPE Type);

/** Sets the timer: not signalled until DueTime (100 ns; negative relative, else absolute system
 *  time), when the DPC, if not NULL, is queued too.  TRUE if it was set already: that is
 *  cancelled.  IRQL <= DISPATCH_LEVEL.  Page: wdm/nf-wdm-kesettimer. */
NTKERNELAPI BOOLEAN NTAPI KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, PKDPC Dpc);

/** As KeSetTimer, and again each Period milliseconds if that is not 0.  Page:
 *  wdm/nf-wdm-kesettimerex. */
NTKERNELAPI BOOLEAN NTAPI KeSetTimerEx(PKTIMER Timer, LARGE_INTEGER DueTime, LONG Period,
                                       PKDPC Dpc);

/** As KeSetTimerEx; the tolerance, in milliseconds, is not made use of.
 *  Page: wdm/nf-wdm-kesetcoalescabletimer. */
NTKERNELAPI BOOLEAN NTAPI KeSetCoalescableTimer(PKTIMER Timer, LARGE_INTEGER DueTime,
                                                ULONG Period, ULONG TolerableDelay, PKDPC Dpc);

/** Cancels the timer; TRUE if it was set.  A DPC that it has queued stays queued.
 *  IRQL <= DISPATCH_LEVEL.  Page: wdm/nf-wdm-kecanceltimer. */
NTKERNELAPI BOOLEAN NTAPI KeCancelTimer(PKTIMER Timer);

/** TRUE if it is signalled.  IRQL <= DISPATCH_LEVEL.  Page: wdm/nf-wdm-kereadstatetimer. */
NTKERNELAPI BOOLEAN NTAPI KeReadStateTimer(PKTIMER Timer);

/** A timer of the system's, which calls Callback at DISPATCH_LEVEL; NULL if there is no memory.
 *  A synchronization timer unless Attributes has EX_TIMER_NOTIFICATION.  It can be waited for.
 *  IRQL <= DISPATCH_LEVEL.  Page: wdm/nf-wdm-exallocatetimer. */
NTKERNELAPI PEX_TIMER NTAPI ExAllocateTimer(PEXT_CALLBACK Callback, PVOID CallbackContext,
                                            ULONG Attributes);

/** Sets it; DueTime and Period in 100 ns.  TRUE if it was set already: that is cancelled.
 *  IRQL <= DISPATCH_LEVEL.  Page: wdm/nf-wdm-exsettimer. */
NTKERNELAPI BOOLEAN NTAPI ExSetTimer(PEX_TIMER Timer, LONGLONG DueTime, LONGLONG Period,
                                     PEXT_SET_PARAMETERS Parameters);

/** Cancels it; TRUE if it was set.  Parameters is NULL.  IRQL <= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-excanceltimer. */
NTKERNELAPI BOOLEAN NTAPI ExCancelTimer(PEX_TIMER Timer, PEXT_CANCEL_PARAMETERS Parameters);

/** Ends its life: at once if it is not set and its callback not under way, else after that.
 *  Cancel: cancels it first, TRUE if it was set.  Wait, with Cancel only: until its callback has
 *  ended.  IRQL <= DISPATCH_LEVEL, <= APC_LEVEL with Wait.  Page: wdm/nf-wdm-exdeletetimer. */
NTKERNELAPI BOOLEAN NTAPI ExDeleteTimer(PEX_TIMER Timer, BOOLEAN Cancel, BOOLEAN Wait,
                                        PEXT_DELETE_PARAMETERS Parameters);

/** Pages: wdm/nf-wdm-exinitializesettimerparameters, wdm/nf-wdm-exinitializedeletetimerparameters.
 */
EMU_INLINE VOID ExInitializeSetTimerParameters(PEXT_SET_PARAMETERS Parameters) {
    Parameters->Version = 0;
    Parameters->Reserved = 0;
    Parameters->NoWakeTolerance = 0;
}
EMU_INLINE VOID ExInitializeDeleteTimerParameters(PEXT_DELETE_PARAMETERS Parameters) {
    Parameters->Version = 0;
    Parameters->Reserved = 0;
    Parameters->DeleteCallback = NULL;
    Parameters->DeleteContext = NULL;
}

/** A routine that is called once a second at DISPATCH_LEVEL while the device's timer is started.
 *  Once for a device object; another call replaces the routine.  PASSIVE_LEVEL.  STATUS_SUCCESS.
 *  Pages: wdm/nf-wdm-ioinitializetimer, wdm/nf-wdm-iostarttimer, wdm/nf-wdm-iostoptimer. */
NTKERNELAPI NTSTATUS NTAPI IoInitializeTimer(PDEVICE_OBJECT DeviceObject,
                                             PIO_TIMER_ROUTINE TimerRoutine, PVOID Context);
/** Both IRQL <= DISPATCH_LEVEL.  A call of the routine may still be under way when IoStopTimer
 *  returns. */
NTKERNELAPI VOID NTAPI IoStartTimer(PDEVICE_OBJECT DeviceObject);
NTKERNELAPI VOID NTAPI IoStopTimer(PDEVICE_OBJECT DeviceObject);

WDM_EMU_END

#endif
