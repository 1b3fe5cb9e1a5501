/* Operations on lists and integers under a spin lock that the routine takes itself, with
 * interrupts disabled: at any level.  A list must be changed through them alone, with one lock,
 * which the caller must not hold. */
#ifndef WDM_EMU_NT_EX_INTERLOCKED_H
#define WDM_EMU_NT_EX_INTERLOCKED_H

#include "interlocked.h"
#include "list.h"
#include "resource.h"

WDM_EMU_BEGIN

/** Puts an entry first; returns the one that was, or NULL.  Any IRQL.
 *  Page: wdm/nf-wdm-exinterlockedinsertheadlist. */
NTKERNELAPI PLIST_ENTRY FASTCALL ExInterlockedInsertHeadList(PLIST_ENTRY ListHead,
                                                             PLIST_ENTRY ListEntry,
                                                             PKSPIN_LOCK Lock);

/** Puts an entry last; returns the one that was, or NULL.  Any IRQL.
 *  Page: wdm/nf-wdm-exinterlockedinserttaillist. */
NTKERNELAPI PLIST_ENTRY FASTCALL ExInterlockedInsertTailList(PLIST_ENTRY ListHead,
                                                             PLIST_ENTRY ListEntry,
                                                             PKSPIN_LOCK Lock);

/** Takes the first entry off, or returns NULL.  Any IRQL.
 *  Page: wdm/nf-wdm-exinterlockedremoveheadlist. */
NTKERNELAPI PLIST_ENTRY FASTCALL ExInterlockedRemoveHeadList(PLIST_ENTRY ListHead,
                                                             PKSPIN_LOCK Lock);

/** Puts an entry in front; returns the one that was, or NULL.  Any IRQL.
 *  Page: wdm/nf-wdm-exinterlockedpushentrylist. */
NTKERNELAPI PSINGLE_LIST_ENTRY FASTCALL ExInterlockedPushEntryList(PSINGLE_LIST_ENTRY ListHead,
                                                                   PSINGLE_LIST_ENTRY ListEntry,
                                                                   PKSPIN_LOCK Lock);

/** Takes the first entry off, or returns NULL.  Any IRQL.
 *  Page: wdm/nf-wdm-exinterlockedpopentrylist. */
NTKERNELAPI PSINGLE_LIST_ENTRY FASTCALL ExInterlockedPopEntryList(PSINGLE_LIST_ENTRY ListHead,
                                                                  PKSPIN_LOCK Lock);

/** Adds; returns the value before.  Any IRQL.  Page: wdm/nf-wdm-exinterlockedaddlargeinteger. */
NTKERNELAPI LARGE_INTEGER NTAPI ExInterlockedAddLargeInteger(PLARGE_INTEGER Addend,
                                                             LARGE_INTEGER Increment,
                                                             PKSPIN_LOCK Lock);

/** Adds; returns the value before.  Any IRQL.  Page: wdm/nf-wdm-exinterlockedaddulong. */
NTKERNELAPI ULONG NTAPI ExInterlockedAddUlong(PULONG Addend, ULONG Increment, PKSPIN_LOCK Lock);

/** Adds without a lock.  Any IRQL.  Page: wdm/nf-wdm-exinterlockedaddlargestatistic. */
#define ExInterlockedAddLargeStatistic(Addend, Increment) \
    ((VOID)InterlockedAdd64(&(Addend)->QuadPart, (Increment)))

/** Compares and exchanges without a lock.  Any IRQL.
 *  Page: wdm/nf-wdm-exinterlockedcompareexchange64. */
#define ExInterlockedCompareExchange64(Destination, Exchange, Comperand, Lock) \
    InterlockedCompareExchange64(Destination, *(Exchange), *(Comperand))

WDM_EMU_END

#endif
