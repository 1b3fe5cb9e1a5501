/* The interrupt request levels of x64, and raising and lowering them. */
#ifndef WDM_EMU_NT_IRQL_H
#define WDM_EMU_NT_IRQL_H

#include "types.h"

WDM_EMU_BEGIN

#define PASSIVE_LEVEL 0
#define LOW_LEVEL 0
#define APC_LEVEL 1
#define DISPATCH_LEVEL 2
#define CMCI_LEVEL 5
#define CLOCK_LEVEL 13
#define IPI_LEVEL 14
#define DRS_LEVEL 14
#define POWER_LEVEL 14
#define PROFILE_LEVEL 15
#define HIGH_LEVEL 15
#define SYNCH_LEVEL (IPI_LEVEL - 2)

/** The current level.  Any IRQL.  Page: wdm/nf-wdm-kegetcurrentirql. */
NTKERNELAPI KIRQL NTAPI KeGetCurrentIrql(VOID);

/** Raises the level and returns the old one; the routine under KeRaiseIrql.  A NewIrql below the
 *  current level is bug check 0xC4/0x30 (verifier) or goes through (free).  Any IRQL.
 *  Page: wdm/nf-wdm-keraiseirql. */
NTKERNELAPI KIRQL NTAPI KfRaiseIrql(KIRQL NewIrql);

/** Raises the level and stores the old one.  Page: wdm/nf-wdm-keraiseirql. */
#define KeRaiseIrql(NewIrql, OldIrql) (*(OldIrql) = KfRaiseIrql(NewIrql))

/** Lowers the level to what the matching raise returned; pending APCs and DPCs run on the way.  A
 *  NewIrql above the current level is bug check 0xC4/0x31 (verifier) or goes through (free).  Any
 *  IRQL. Page: wdm/nf-wdm-kelowerirql. */
NTKERNELAPI VOID NTAPI KeLowerIrql(KIRQL NewIrql);

/** As KeRaiseIrql, but returns the old level.  Any IRQL.  Page: wdm/nf-wdm-kzraiseirql. */
NTKERNELAPI KIRQL NTAPI KzRaiseIrql(KIRQL NewIrql);

/** Same as KeLowerIrql.  Any IRQL.  Page: wdm/nf-wdm-kzlowerirql. */
NTKERNELAPI VOID NTAPI KzLowerIrql(KIRQL NewIrql);

/** Same as KeLowerIrql; has no page. */
NTKERNELAPI VOID NTAPI KfLowerIrql(KIRQL NewIrql);

/** Raises to DISPATCH_LEVEL and returns the old level.  IRQL <= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-keraiseirqltodpclevel. */
NTKERNELAPI KIRQL NTAPI KeRaiseIrqlToDpcLevel(VOID);

/** Raises to SYNCH_LEVEL (12) and returns the old level; has no page, observed. */
NTKERNELAPI KIRQL NTAPI KeRaiseIrqlToSynchLevel(VOID);

WDM_EMU_END

#endif
