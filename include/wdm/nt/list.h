/* The doubly and singly linked lists of NT, as inlines: pointer operations without any
 * synchronisation.
 *
 * Removing an entry checks its neighbours, as Windows does since version 8: a corrupt list stops
 * at the first removal or insertion (there: bug check 0x139, parameter 3) instead of
 * spreading. */
#ifndef WDM_EMU_NT_LIST_H
#define WDM_EMU_NT_LIST_H

#include "types.h"

WDM_EMU_BEGIN

/** Reports a corrupt LIST_ENTRY: bug check KERNEL_SECURITY_CHECK_FAILURE (0x139), first parameter
 *  3. Not a routine of NT; it is what the inlines below call. */
NTKERNELAPI DECLSPEC_NORETURN VOID NTAPI EmuCorruptList(const VOID *Entry);

/** Makes an empty list.  Any IRQL.  Page: wdm/nf-wdm-initializelisthead. */
EMU_INLINE VOID InitializeListHead(PLIST_ENTRY ListHead) {
    ListHead->Flink = ListHead->Blink = ListHead;
}

/** TRUE if the list has no entry.  Any IRQL.  Page: wdm/nf-wdm-islistempty. */
EMU_INLINE BOOLEAN IsListEmpty(const LIST_ENTRY *ListHead) {
    return (BOOLEAN)(ListHead->Flink == ListHead);
}

EMU_INLINE VOID RtlpCheckListEntry(const LIST_ENTRY *Entry) {
    if (__builtin_expect(Entry->Flink->Blink != Entry || Entry->Blink->Flink != Entry, 0))
        EmuCorruptList(Entry);
}

/** Unlinks without the check of the neighbours; TRUE if the list became empty. */
EMU_INLINE BOOLEAN RemoveEntryListUnsafe(PLIST_ENTRY Entry) {
    PLIST_ENTRY Next = Entry->Flink;
    PLIST_ENTRY Previous = Entry->Blink;
    Previous->Flink = Next;
    Next->Blink = Previous;
    return (BOOLEAN)(Next == Previous);
}

/** Unlinks an entry; TRUE if the list became empty.  Any IRQL.  Page:
 *  wdm/nf-wdm-removeentrylist. */
EMU_INLINE BOOLEAN RemoveEntryList(PLIST_ENTRY Entry) {
    RtlpCheckListEntry(Entry);
    return RemoveEntryListUnsafe(Entry);
}

/** Unlinks and returns the first entry; of an empty list, the head.  Any IRQL.
 *  Page: wdm/nf-wdm-removeheadlist. */
EMU_INLINE PLIST_ENTRY RemoveHeadList(PLIST_ENTRY ListHead) {
    PLIST_ENTRY Entry = ListHead->Flink;
    (void)RemoveEntryList(Entry);
    return Entry;
}

/** Unlinks and returns the last entry; of an empty list, the head.  Any IRQL.
 *  Page: wdm/nf-wdm-removetaillist. */
EMU_INLINE PLIST_ENTRY RemoveTailList(PLIST_ENTRY ListHead) {
    PLIST_ENTRY Entry = ListHead->Blink;
    (void)RemoveEntryList(Entry);
    return Entry;
}

/** Links an entry behind the last.  Any IRQL.  Page: wdm/nf-wdm-inserttaillist. */
EMU_INLINE VOID InsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY Entry) {
    PLIST_ENTRY Last = ListHead->Blink;
    RtlpCheckListEntry(ListHead);
    Entry->Flink = ListHead;
    Entry->Blink = Last;
    Last->Flink = Entry;
    ListHead->Blink = Entry;
}

/** Links an entry before the first.  Any IRQL.  Page: wdm/nf-wdm-insertheadlist. */
EMU_INLINE VOID InsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY Entry) {
    PLIST_ENTRY First = ListHead->Flink;
    RtlpCheckListEntry(ListHead);
    Entry->Flink = First;
    Entry->Blink = ListHead;
    First->Blink = Entry;
    ListHead->Flink = Entry;
}

/** Appends a ring of entries that has no head of its own.  Any IRQL.
 *  Page: wdm/nf-wdm-appendtaillist. */
EMU_INLINE VOID AppendTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListToAppend) {
    PLIST_ENTRY Last = ListHead->Blink;
    PLIST_ENTRY LastToAppend = ListToAppend->Blink;
    RtlpCheckListEntry(ListHead);
    RtlpCheckListEntry(ListToAppend);
    Last->Flink = ListToAppend;
    ListToAppend->Blink = Last;
    LastToAppend->Flink = ListHead;
    ListHead->Blink = LastToAppend;
}

/** Unlinks and returns the first entry, or NULL.  Any IRQL.  Page: wdm/nf-wdm-popentrylist. */
EMU_INLINE PSINGLE_LIST_ENTRY PopEntryList(PSINGLE_LIST_ENTRY ListHead) {
    PSINGLE_LIST_ENTRY First = ListHead->Next;
    if (First != NULL) ListHead->Next = First->Next;
    return First;
}

/** Links an entry before the first.  Any IRQL.  Page: wdm/nf-wdm-pushentrylist. */
EMU_INLINE VOID PushEntryList(PSINGLE_LIST_ENTRY ListHead, PSINGLE_LIST_ENTRY Entry) {
    Entry->Next = ListHead->Next;
    ListHead->Next = Entry;
}

WDM_EMU_END

#endif
