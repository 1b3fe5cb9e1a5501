/* Processors: how many there are, which one this is, and on which a thread may run.
 *
 * The machine has one group of 1 to 64 processors (EMU_OPTIONS=processors=N) and one NUMA node. */
#ifndef WDM_EMU_NT_PROCESSOR_H
#define WDM_EMU_NT_PROCESSOR_H

#include "types.h"

WDM_EMU_BEGIN

typedef struct _KFLOATING_SAVE {
    ULONG Dummy;
} KFLOATING_SAVE, *PKFLOATING_SAVE;

#define MAXIMUM_PROCESSORS 64

/* A variable on Windows, obsolete. */
#define KeNumberProcessors ((CCHAR)KeQueryActiveProcessorCount(NULL))

/** The processor the caller runs on.  Below DISPATCH_LEVEL it may be another one by the time that
 *  this returns.  Any IRQL.  Page: ntddk/nf-ntddk-kegetcurrentprocessornumber. */
NTKERNELAPI ULONG NTAPI KeGetCurrentProcessorNumber(VOID);

/** The same as an index over all groups; fills ProcNumber if it is not NULL.  Any IRQL.
 *  Page: wdm/nf-wdm-kegetcurrentprocessornumberex. */
NTKERNELAPI ULONG NTAPI KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER ProcNumber);

/** The index of a processor, INVALID_PROCESSOR_INDEX if it is none.  Any IRQL.
 *  Page: wdm/nf-wdm-kegetprocessorindexfromnumber. */
NTKERNELAPI ULONG NTAPI KeGetProcessorIndexFromNumber(PPROCESSOR_NUMBER ProcNumber);

/** The processor of an index.  Any IRQL.  STATUS_SUCCESS, STATUS_INVALID_PARAMETER.
 *  Page: wdm/nf-wdm-kegetprocessornumberfromindex. */
NTKERNELAPI NTSTATUS NTAPI KeGetProcessorNumberFromIndex(ULONG ProcIndex,
                                                         PPROCESSOR_NUMBER ProcNumber);

/** How many there are in group 0; their mask in ActiveProcessors if that is not NULL.  Any IRQL.
 *  Page: wdm/nf-wdm-kequeryactiveprocessorcount. */
NTKERNELAPI ULONG NTAPI KeQueryActiveProcessorCount(PKAFFINITY ActiveProcessors);

/** How many there are in a group, or in all with ALL_PROCESSOR_GROUPS; 0 for a group that is none.
 *  Any IRQL.  Page: wdm/nf-wdm-kequeryactiveprocessorcountex. */
NTKERNELAPI ULONG NTAPI KeQueryActiveProcessorCountEx(USHORT GroupNumber);

/** The mask of those of group 0.  Any IRQL.  Page: wdm/nf-wdm-kequeryactiveprocessors. */
NTKERNELAPI KAFFINITY NTAPI KeQueryActiveProcessors(VOID);

/** As many as there are: none are added.  Any IRQL.
 *  Pages: wdm/nf-wdm-kequerymaximumprocessorcount, wdm/nf-wdm-kequerymaximumprocessorcountex. */
NTKERNELAPI ULONG NTAPI KeQueryMaximumProcessorCount(VOID);
NTKERNELAPI ULONG NTAPI KeQueryMaximumProcessorCountEx(USHORT GroupNumber);

/** One group.  Any IRQL.  Pages: wdm/nf-wdm-kequeryactivegroupcount,
 *  wdm/nf-wdm-kequerymaximumgroupcount, wdm/nf-wdm-kequerygroupaffinity. */
NTKERNELAPI USHORT NTAPI KeQueryActiveGroupCount(VOID);
NTKERNELAPI USHORT NTAPI KeQueryMaximumGroupCount(VOID);
NTKERNELAPI KAFFINITY NTAPI KeQueryGroupAffinity(USHORT GroupNumber);

/** One NUMA node, 0.  Any IRQL.  Pages: wdm/nf-wdm-kegetcurrentnodenumber,
 *  wdm/nf-wdm-kequeryhighestnodenumber, wdm/nf-wdm-kequerynodeactiveaffinity,
 *  wdm/nf-wdm-kequerynodemaximumprocessorcount. */
NTKERNELAPI USHORT NTAPI KeGetCurrentNodeNumber(VOID);
NTKERNELAPI USHORT NTAPI KeQueryHighestNodeNumber(VOID);
NTKERNELAPI VOID NTAPI KeQueryNodeActiveAffinity(USHORT NodeNumber, PGROUP_AFFINITY Affinity,
                                                 PUSHORT Count);
NTKERNELAPI USHORT NTAPI KeQueryNodeMaximumProcessorCount(USHORT NodeNumber);

/** The affinities of a node, one for each of its groups, into an array of GroupAffinitiesCount.
 *  Any IRQL.  STATUS_SUCCESS, STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_PARAMETER.
 *  Page: wdm/nf-wdm-kequerynodeactiveaffinity2. */
NTKERNELAPI NTSTATUS NTAPI KeQueryNodeActiveAffinity2(USHORT NodeNumber,
                                                      PGROUP_AFFINITY GroupAffinities,
                                                      USHORT GroupAffinitiesCount,
                                                      PUSHORT GroupAffinitiesRequired);
/** Page: wdm/nf-wdm-kequerynodeactiveprocessorcount. */
NTKERNELAPI ULONG NTAPI KeQueryNodeActiveProcessorCount(USHORT NodeNumber);

/** The size of a cache line.  Any IRQL.
 *  Page: wdm/nf-wdm-kegetrecommendedshareddataalignment. */
NTKERNELAPI ULONG NTAPI KeGetRecommendedSharedDataAlignment(VOID);

/** Lets the current thread run on these processors only; at DISPATCH_LEVEL from when the level
 *  falls.  A mask without an active processor changes nothing.  IRQL <= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-kesetsystemaffinitythread. */
NTKERNELAPI VOID NTAPI KeSetSystemAffinityThread(KAFFINITY Affinity);

/** As KeSetSystemAffinityThread; returns the system affinity it replaces, 0 if there was none.
 *  Page: wdm/nf-wdm-kesetsystemaffinitythreadex. */
NTKERNELAPI KAFFINITY NTAPI KeSetSystemAffinityThreadEx(KAFFINITY Affinity);

/** Ends what KeSetSystemAffinityThread began.  IRQL <= DISPATCH_LEVEL.  Page:
 *  wdm/nf-wdm-kereverttouseraffinitythread. */
NTKERNELAPI VOID NTAPI KeRevertToUserAffinityThread(VOID);

/** Goes back to what KeSetSystemAffinityThreadEx returned, 0 for the thread's own affinity.
 *  Page: wdm/nf-wdm-kereverttouseraffinitythreadex. */
NTKERNELAPI VOID NTAPI KeRevertToUserAffinityThreadEx(KAFFINITY Affinity);

/** The same two with a group; PreviousAffinity may be NULL, and is zero if nothing was changed.
 *  Pages: wdm/nf-wdm-kesetsystemgroupaffinitythread,
 *  wdm/nf-wdm-kereverttousergroupaffinitythread. */
NTKERNELAPI VOID NTAPI KeSetSystemGroupAffinityThread(PGROUP_AFFINITY Affinity,
                                                      PGROUP_AFFINITY PreviousAffinity);
NTKERNELAPI VOID NTAPI KeRevertToUserGroupAffinityThread(PGROUP_AFFINITY PreviousAffinity);

struct _AFFINITY_TOKEN;
typedef struct _AFFINITY_TOKEN AFFINITY_TOKEN, *PAFFINITY_TOKEN;

/** A place for the affinity to go back to, for PsSetSystemMultipleGroupAffinityThread.
 *  IRQL <= DISPATCH_LEVEL.  STATUS_SUCCESS.  Pages: wdm/nf-wdm-psallocateaffinitytoken,
 *  wdm/nf-wdm-psfreeaffinitytoken. */
NTKERNELAPI NTSTATUS NTAPI PsAllocateAffinityToken(PAFFINITY_TOKEN *AffinityToken);
NTKERNELAPI VOID NTAPI PsFreeAffinityToken(PAFFINITY_TOKEN AffinityToken);

/** Lets the current thread run on these processors only; of the groups there is one, 0.
 *  STATUS_SUCCESS, STATUS_INVALID_PARAMETER if no active processor is among them.
 *  Pages: wdm/nf-wdm-pssetsystemmultiplegroupaffinitythread,
 *  wdm/nf-wdm-psreverttousermultiplegroupaffinitythread. */
NTKERNELAPI NTSTATUS NTAPI PsSetSystemMultipleGroupAffinityThread(PGROUP_AFFINITY GroupAffinities,
                                                                  USHORT GroupCount,
                                                                  PAFFINITY_TOKEN AffinityToken);
NTKERNELAPI VOID NTAPI PsRevertToUserMultipleGroupAffinityThread(PAFFINITY_TOKEN AffinityToken);

/** Floating point needs no saving on x64: nothing, STATUS_SUCCESS.  IRQL <= DISPATCH_LEVEL.
 *  Pages: wdm/nf-wdm-kesavefloatingpointstate, wdm/nf-wdm-kerestorefloatingpointstate. */
NTKERNELAPI NTSTATUS NTAPI KeSaveFloatingPointState(PKFLOATING_SAVE FloatSave);
NTKERNELAPI NTSTATUS NTAPI KeRestoreFloatingPointState(PKFLOATING_SAVE FloatSave);

WDM_EMU_END

#endif
