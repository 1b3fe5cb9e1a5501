/* APC objects as the public headers have them.  The routines that use them have no page and stand
 * in apc_undocumented.h. */
#ifndef WDM_EMU_NT_APC_H
#define WDM_EMU_NT_APC_H

#include "dispatcher.h"

WDM_EMU_BEGIN

typedef struct _KAPC {
    UCHAR Type;
    UCHAR SpareByte0;
    UCHAR Size;
    UCHAR SpareByte1;
    ULONG SpareLong0;
    struct _KTHREAD *Thread;
    LIST_ENTRY ApcListEntry;
    __extension__ union {
        PVOID Reserved[3];
        __extension__ struct {
            PVOID KernelRoutine;
            PVOID RundownRoutine;
            PVOID NormalRoutine;
        };
    };
    PVOID NormalContext;
    PVOID SystemArgument1;
    PVOID SystemArgument2;
    CCHAR ApcStateIndex;
    KPROCESSOR_MODE ApcMode;
    BOOLEAN Inserted;
} KAPC, *PKAPC, *PRKAPC;

WDM_EMU_END

#endif
