/* Critical and guarded regions: the thread's two counters that hold back APCs.
 *
 * They nest and mix, and have nothing to do with the IRQL.  Every enter needs its leave before
 * the thread ends or returns to the system. */
#ifndef WDM_EMU_NT_REGION_H
#define WDM_EMU_NT_REGION_H

#include "types.h"

WDM_EMU_BEGIN

/** Disables normal kernel APCs of this thread; special ones still run.  IRQL <= APC_LEVEL.
 *  Page: wdm/nf-wdm-keentercriticalregion. */
NTKERNELAPI VOID NTAPI KeEnterCriticalRegion(VOID);

/** Undoes one KeEnterCriticalRegion; pending normal kernel APCs may run.  IRQL <= APC_LEVEL.
 *  Page: wdm/nf-wdm-keleavecriticalregion. */
NTKERNELAPI VOID NTAPI KeLeaveCriticalRegion(VOID);

/** Disables all APCs of this thread.  IRQL <= APC_LEVEL.  Page:
 *  wdm/nf-wdm-keenterguardedregion. */
NTKERNELAPI VOID NTAPI KeEnterGuardedRegion(VOID);

/** Undoes one KeEnterGuardedRegion; pending APCs run at the outermost.  IRQL <= APC_LEVEL.
 *  Page: wdm/nf-wdm-keleaveguardedregion. */
NTKERNELAPI VOID NTAPI KeLeaveGuardedRegion(VOID);

/** TRUE inside a critical or guarded region, whatever the level.  IRQL <= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-keareapcsdisabled. */
NTKERNELAPI BOOLEAN NTAPI KeAreApcsDisabled(VOID);

/** TRUE inside a guarded region or at IRQL >= APC_LEVEL.  IRQL <= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-keareallapcsdisabled. */
NTKERNELAPI BOOLEAN NTAPI KeAreAllApcsDisabled(VOID);

/** The file systems' names of the critical region.  IRQL <= APC_LEVEL.
 *  Pages: ifs/fsrtlenterfilesystem, ifs/fsrtlexitfilesystem. */
#define FsRtlEnterFileSystem() KeEnterCriticalRegion()
#define FsRtlExitFileSystem() KeLeaveCriticalRegion()

WDM_EMU_END

#endif
