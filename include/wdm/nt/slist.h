/* Sequenced singly-linked lists: pushed and popped by any number of threads, at any level.
 *
 * Header and entries are aligned to 16 bytes.  Head word: depth and a sequence number that every
 * change advances; second word: the first entry, whose low bits are the library's. */
#ifndef WDM_EMU_NT_SLIST_H
#define WDM_EMU_NT_SLIST_H

#include "resource.h"

WDM_EMU_BEGIN

typedef struct DECLSPEC_ALIGN(16) _SLIST_ENTRY {
    struct _SLIST_ENTRY *Next;
} SLIST_ENTRY, *PSLIST_ENTRY;

typedef union DECLSPEC_ALIGN(16) _SLIST_HEADER {
    __extension__ struct {
        ULONGLONG Alignment;
        ULONGLONG Region;
    };
    struct { /* before processors had a 16-byte compare-exchange */
        ULONGLONG Depth : 16;
        ULONGLONG Sequence : 9;
        ULONGLONG NextEntry : 39;
        ULONGLONG HeaderType : 1;
        ULONGLONG Init : 1;
        ULONGLONG Reserved : 59;
        ULONGLONG Region : 3;
    } Header8;
    struct {
        ULONGLONG Depth : 16;
        ULONGLONG Sequence : 48;
        ULONGLONG HeaderType : 1;
        ULONGLONG Init : 1;
        ULONGLONG Reserved : 2;
        ULONGLONG NextEntry : 60;
    } Header16;
    struct {
        ULONGLONG Depth : 16;
        ULONGLONG Sequence : 48;
        ULONGLONG Reserved : 4;
        ULONGLONG NextEntry : 60;
    } HeaderX64;
} SLIST_HEADER, *PSLIST_HEADER;

/** Makes an empty list.  Any IRQL.  Page: wdm/nf-wdm-initializeslisthead. */
NTKERNELAPI VOID NTAPI InitializeSListHead(PSLIST_HEADER SListHead);

/** The first entry, or NULL, without removing it.  Any IRQL.  Page: wdm/nf-wdm-firstentryslist. */
NTKERNELAPI PSLIST_ENTRY NTAPI FirstEntrySList(const SLIST_HEADER *SListHead);

/** How many entries, modulo 65536.  IRQL <= DISPATCH_LEVEL.  Page: wdm/nf-wdm-exquerydepthslist. */
NTKERNELAPI USHORT NTAPI ExQueryDepthSList(PSLIST_HEADER SListHead);

/** Puts an entry in front and returns the one that was there, or NULL.  Any IRQL.
 *  Page: wdm/nf-wdm-exinterlockedpushentryslist. */
NTKERNELAPI PSLIST_ENTRY NTAPI ExpInterlockedPushEntrySList(PSLIST_HEADER ListHead,
                                                            PSLIST_ENTRY ListEntry);

/** Takes the first entry off, or returns NULL.  Any IRQL.
 *  Page: wdm/nf-wdm-exinterlockedpopentryslist. */
NTKERNELAPI PSLIST_ENTRY NTAPI ExpInterlockedPopEntrySList(PSLIST_HEADER ListHead);

/** Takes all entries off and returns the first, or NULL.  Any IRQL.
 *  Page: wdm/nf-wdm-exinterlockedflushslist. */
NTKERNELAPI PSLIST_ENTRY NTAPI ExpInterlockedFlushSList(PSLIST_HEADER ListHead);

/* The spin lock is not used on x64. */
#define ExInterlockedPushEntrySList(ListHead, ListEntry, Lock) \
    ExpInterlockedPushEntrySList(ListHead, ListEntry)
#define ExInterlockedPopEntrySList(ListHead, Lock) ExpInterlockedPopEntrySList(ListHead)
#define ExInterlockedFlushSList(ListHead) ExpInterlockedFlushSList(ListHead)
#define InterlockedPushEntrySList(ListHead, ListEntry) \
    ExpInterlockedPushEntrySList(ListHead, ListEntry)
#define InterlockedPopEntrySList(ListHead) ExpInterlockedPopEntrySList(ListHead)
#define InterlockedFlushSList(ListHead) ExpInterlockedFlushSList(ListHead)
#define QueryDepthSList(ListHead) ExQueryDepthSList(ListHead)
#define ExInitializeSListHead InitializeSListHead

WDM_EMU_END

#endif
