/* Fast mutexes.
 *
 * In non-paged memory, made by ExInitializeFastMutex, not recursive, released by the thread that
 * acquired.  The plain routines raise the holder to APC_LEVEL; the Unsafe ones expect the caller
 * to have normal kernel APCs disabled.  Count is 1 when free and Owner the holder's PKTHREAD;
 * OldIrql keeps the level that the last plain acquire found. */
#ifndef WDM_EMU_NT_FAST_MUTEX_H
#define WDM_EMU_NT_FAST_MUTEX_H

#include "dispatcher.h"
#include "irql.h"

WDM_EMU_BEGIN

/* Bits of Count. */
#define FM_LOCK_BIT (0x1) /* free */
#define FM_LOCK_BIT_V (0x0)
#define FM_LOCK_WAITER_WOKEN (0x2)
#define FM_LOCK_WAITER_INC (0x4)

typedef struct _FAST_MUTEX {
    LONG Count;
    PVOID Owner;
    ULONG Contention; /* how many acquires had to wait */
    KEVENT Event;
    ULONG OldIrql;
} FAST_MUTEX, *PFAST_MUTEX;

/** Makes a free fast mutex.  IRQL <= DISPATCH_LEVEL.  Page: wdm/nf-wdm-exinitializefastmutex. */
NTKERNELAPI VOID NTAPI ExInitializeFastMutex(PFAST_MUTEX FastMutex);

/** Raises to APC_LEVEL and waits until the mutex is this thread's.  IRQL <= APC_LEVEL (else bug
 *  check 0xC4/0x33).  A second acquire by the holder hangs.
 *  Page: wdm/nf-wdm-exacquirefastmutex. */
NTKERNELAPI VOID FASTCALL ExAcquireFastMutex(PFAST_MUTEX FastMutex);

/** Takes the mutex and raises to APC_LEVEL if that needs no wait; else FALSE, the level as before.
 *  IRQL <= APC_LEVEL (else bug check 0xC4/0x33).  Page: wdm/nf-wdm-extrytoacquirefastmutex. */
NTKERNELAPI BOOLEAN FASTCALL ExTryToAcquireFastMutex(PFAST_MUTEX FastMutex);

/** Gives the mutex back and lowers to the level that the acquire found.  IRQL = APC_LEVEL (else
 *  bug check 0xC4/0x34).  Page: wdm/nf-wdm-exreleasefastmutex. */
NTKERNELAPI VOID FASTCALL ExReleaseFastMutex(PFAST_MUTEX FastMutex);

/** Waits until the mutex is this thread's and leaves the level.  IRQL <= APC_LEVEL, normal kernel
 *  APCs disabled (else bug check 0xC4/0x39).  Page: wdm/nf-wdm-exacquirefastmutexunsafe. */
NTKERNELAPI VOID FASTCALL ExAcquireFastMutexUnsafe(PFAST_MUTEX FastMutex);

/** Gives back what the Unsafe acquire took.  Preconditions as that (else bug check 0xC4/0x3A).
 *  Page: wdm/nf-wdm-exreleasefastmutexunsafe. */
NTKERNELAPI VOID FASTCALL ExReleaseFastMutexUnsafe(PFAST_MUTEX FastMutex);

WDM_EMU_END

#endif
