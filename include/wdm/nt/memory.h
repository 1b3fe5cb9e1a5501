/* Copying, filling and comparing memory, without <string.h>: drivers define names that it would
 * clash with.
 *
 * In C the mem and str functions are declared all the same, with their standard types, for
 * <wdm.h> brings them along on Windows.  In C++ include <string.h>. */
#ifndef WDM_EMU_NT_MEMORY_H
#define WDM_EMU_NT_MEMORY_H

#include "types.h"

#ifndef __cplusplus
void *memcpy(void *__restrict__, const void *__restrict__, __SIZE_TYPE__);
void *memmove(void *, const void *, __SIZE_TYPE__);
void *memset(void *, int, __SIZE_TYPE__);
int memcmp(const void *, const void *, __SIZE_TYPE__);
__SIZE_TYPE__ strlen(const char *);
int strcmp(const char *, const char *);
int strncmp(const char *, const char *, __SIZE_TYPE__);
#endif

WDM_EMU_BEGIN

/* A driver that is watched for races (WDM_EMU_RACES, see docs/races.md) says which memory it
 * copies and fills. */
#ifdef WDM_EMU_RACES
NTKERNELAPI void *EmuCopyMemory(void *, const void *, SIZE_T);
NTKERNELAPI void *EmuFillMemory(void *, int, SIZE_T);
NTKERNELAPI int EmuCompareMemory(const void *, const void *, SIZE_T);
#define WDM_EMU_COPY EmuCopyMemory
#define WDM_EMU_MOVE EmuCopyMemory
#define WDM_EMU_FILL EmuFillMemory
#define WDM_EMU_COMPARE EmuCompareMemory
#ifndef __cplusplus
#define memcpy EmuCopyMemory
#define memmove EmuCopyMemory
#define memset EmuFillMemory
#define memcmp EmuCompareMemory
#endif
#else
#define WDM_EMU_COPY __builtin_memcpy
#define WDM_EMU_MOVE __builtin_memmove
#define WDM_EMU_FILL __builtin_memset
#define WDM_EMU_COMPARE __builtin_memcmp
#endif

/* Any IRQL if the memory is resident.  Pages: wdm/nf-wdm-rtlcopymemory and siblings. */
#define RtlCopyMemory(Destination, Source, Length) \
    ((void)WDM_EMU_COPY((Destination), (Source), (Length)))
#define RtlMoveMemory(Destination, Source, Length) \
    ((void)WDM_EMU_MOVE((Destination), (Source), (Length)))
#define RtlFillMemory(Destination, Length, Fill) \
    ((void)WDM_EMU_FILL((Destination), (Fill), (Length)))
#define RtlZeroMemory(Destination, Length) ((void)WDM_EMU_FILL((Destination), 0, (Length)))
#define RtlEqualMemory(First, Second, Length) (!WDM_EMU_COMPARE((First), (Second), (Length)))
#define RtlCopyBytes RtlCopyMemory
#define RtlZeroBytes RtlZeroMemory
#define RtlFillBytes RtlFillMemory
#define RtlCopyMemoryNonTemporal RtlCopyMemory
#define RtlFillMemoryNonTemporal RtlFillMemory

/** The number of leading bytes that are equal; Length if all are.  Page:
 *  wdm/nf-wdm-rtlcomparememory. */
EMU_INLINE SIZE_T RtlCompareMemory(const VOID *Source1, const VOID *Source2, SIZE_T Length) {
    const UCHAR *First = (const UCHAR *)Source1;
    const UCHAR *Second = (const UCHAR *)Source2;
    SIZE_T Equal = 0;
    while (Equal < Length && First[Equal] == Second[Equal]) ++Equal;
    return Equal;
}

/** Zeroes memory in a way the compiler does not drop.  Page: wdm/nf-wdm-rtlsecurezeromemory. */
EMU_INLINE PVOID RtlSecureZeroMemory(PVOID Pointer, SIZE_T Length) {
    WDM_EMU_FILL(Pointer, 0, Length);
    __asm__ __volatile__("" : : "r"(Pointer) : "memory");
    return Pointer;
}

/** True if all bytes are zero.  Page: wdm/nf-wdm-rtliszeromemory. */
EMU_INLINE BOOLEAN RtlIsZeroMemory(PVOID Buffer, SIZE_T Length) {
    const UCHAR *Byte = (const UCHAR *)Buffer;
    SIZE_T Index = 0;
    while (Index < Length && Byte[Index] == 0) ++Index;
    return (BOOLEAN)(Index == Length);
}

#define RtlUshortByteSwap(value) __builtin_bswap16((USHORT)(value))
#define RtlUlongByteSwap(value) __builtin_bswap32((ULONG)(value))
#define RtlUlonglongByteSwap(value) __builtin_bswap64((ULONGLONG)(value))

WDM_EMU_END

#endif
