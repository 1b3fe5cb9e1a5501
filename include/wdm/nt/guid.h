/* GUID and the macros that declare or define one.
 *
 * DEFINE_GUID declares, except after INITGUID has been defined in exactly one source file: there
 * it defines, weakly, because several files of a driver may do so. */
#ifndef WDM_EMU_NT_GUID_H
#define WDM_EMU_NT_GUID_H

#include "types.h"

WDM_EMU_BEGIN

#ifndef GUID_DEFINED
#define GUID_DEFINED
typedef struct _GUID {
    ULONG Data1;
    USHORT Data2;
    USHORT Data3;
    UCHAR Data4[8];
} GUID;
#endif
typedef GUID UUID, IID, CLSID;
typedef GUID *LPGUID, *PGUID;
typedef const GUID *LPCGUID, *PCGUID;

/* A const of C++ is local unless it says extern; gcc warns of an extern with a value in C. */
#ifdef __cplusplus
#define REFGUID const GUID &
#define EMU_GUID_STORAGE EXTERN_C
#else
#define EMU_GUID_STORAGE
#define REFGUID const GUID *
#endif

EMU_INLINE int InlineIsEqualGUID(LPCGUID first, LPCGUID second) {
    return __builtin_memcmp(first, second, sizeof(GUID)) == 0;
}

#ifdef __cplusplus
#define IsEqualGUID(first, second) InlineIsEqualGUID(&(first), &(second))
#else
#define IsEqualGUID(first, second) InlineIsEqualGUID(first, second)
#endif
#define IsEqualGUIDAligned(first, second) IsEqualGUID(first, second)

WDM_EMU_END

#endif

/* Outside the guard: a driver includes <wdm.h>, defines INITGUID (or includes <initguid.h>) and
 * then includes its own public header. */
#undef DEFINE_GUID
#ifdef INITGUID
#define DEFINE_GUID(name, a, b, c, d0, d1, d2, d3, d4, d5, d6, d7)                       \
    EXTERN_C const GUID DECLSPEC_SELECTANY name;                                         \
    EMU_GUID_STORAGE const GUID DECLSPEC_SELECTANY name = {                              \
        a, b, c, {d0, d1, d2, d3, d4, d5, d6, d7}}
#else
#define DEFINE_GUID(name, a, b, c, d0, d1, d2, d3, d4, d5, d6, d7) EXTERN_C const GUID name
#endif
