/* Guarded mutexes.
 *
 * Up to Windows 7 (target 6.1) the holder is in a guarded region, its level untouched.  Since
 * Windows 8 a guarded mutex is a fast mutex: the level goes to APC_LEVEL and comes back, and the
 * APC counters stay. */
#ifndef WDM_EMU_NT_GUARDED_MUTEX_H
#define WDM_EMU_NT_GUARDED_MUTEX_H

#include "dispatcher.h"
#include "irql.h"

WDM_EMU_BEGIN

typedef struct _KGATE {
    DISPATCHER_HEADER Header;
} KGATE, *PKGATE;

typedef struct _KGUARDED_MUTEX {
    LONG Count;
    PKTHREAD Owner;
    ULONG Contention; /* how many acquires had to wait */
    KGATE Gate;
    __extension__ union {
        __extension__ struct {
            SHORT KernelApcDisable;
            SHORT SpecialApcDisable;
        };
        ULONG CombinedApcDisable;
    };
} KGUARDED_MUTEX, *PKGUARDED_MUTEX;

/** Makes a free guarded mutex.  IRQL <= APC_LEVEL.  Page: wdm/nf-wdm-keinitializeguardedmutex. */
NTKERNELAPI VOID FASTCALL KeInitializeGuardedMutex(PKGUARDED_MUTEX Mutex);

/** Disables all APCs and waits until the mutex is this thread's.  IRQL <= APC_LEVEL (else bug
 *  check 0xC4/0x2000F).  A second acquire by the holder hangs.
 *  Page: wdm/nf-wdm-keacquireguardedmutex. */
NTKERNELAPI VOID FASTCALL KeAcquireGuardedMutex(PKGUARDED_MUTEX Mutex);

/** As KeAcquireGuardedMutex if that needs no wait; else FALSE, and nothing is changed.
 *  IRQL <= APC_LEVEL.  Page: wdm/nf-wdm-ketrytoacquireguardedmutex. */
NTKERNELAPI BOOLEAN FASTCALL KeTryToAcquireGuardedMutex(PKGUARDED_MUTEX Mutex);

/** Gives the mutex back and enables APCs as before.  IRQL <= APC_LEVEL.
 *  Page: wdm/nf-wdm-kereleaseguardedmutex. */
NTKERNELAPI VOID FASTCALL KeReleaseGuardedMutex(PKGUARDED_MUTEX Mutex);

/** Waits until the mutex is this thread's.  IRQL <= APC_LEVEL, all APCs disabled: in a guarded
 *  region or at APC_LEVEL.  Page: wdm/nf-wdm-keacquireguardedmutexunsafe. */
NTKERNELAPI VOID FASTCALL KeAcquireGuardedMutexUnsafe(PKGUARDED_MUTEX Mutex);

/** Gives back what the Unsafe acquire took.  Preconditions as that.
 *  Page: wdm/nf-wdm-kereleaseguardedmutexunsafe. */
NTKERNELAPI VOID FASTCALL KeReleaseGuardedMutexUnsafe(PKGUARDED_MUTEX Mutex);

WDM_EMU_END

#endif
