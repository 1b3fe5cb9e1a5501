/* Observed behaviour: APC state. */
#include "conformance.h"

void apc_state_regions_nest_and_mix(void) {
    KIRQL before;
    KeEnterCriticalRegion();
    KeEnterGuardedRegion();
    KeEnterCriticalRegion();
    KeRaiseIrql(APC_LEVEL, &before);
    KeLeaveGuardedRegion();
    CHECK_THAT(KeAreApcsDisabled());
    KeLeaveCriticalRegion();
    CHECK_THAT(KeAreApcsDisabled());
    KeLeaveCriticalRegion();
    CHECK_THAT(!KeAreApcsDisabled());
    KeLowerIrql(before);
    CHECK_THAT(!KeAreAllApcsDisabled());
}

void apc_state_unpaired_leave_counts_as_disabled(void) {
    KeLeaveCriticalRegion();
    CHECK_THAT(KeAreApcsDisabled());
    KeEnterCriticalRegion();
    CHECK_THAT(!KeAreApcsDisabled());
    KeLeaveGuardedRegion();
    CHECK_THAT(KeAreApcsDisabled());
    CHECK_THAT(KeAreAllApcsDisabled());
    KeEnterGuardedRegion();
    CHECK_THAT(!KeAreApcsDisabled());
}

void apc_state_queries(void) {
    KIRQL before;
    KeRaiseIrql(APC_LEVEL, &before);
    CHECK_THAT(!KeAreApcsDisabled());
    CHECK_THAT(KeAreAllApcsDisabled());
    KeLowerIrql(before);
    KeEnterCriticalRegion();
    CHECK_THAT(KeAreApcsDisabled());
    CHECK_THAT(!KeAreAllApcsDisabled());
    KeLeaveCriticalRegion();
    KeEnterGuardedRegion();
    CHECK_THAT(KeAreApcsDisabled());
    CHECK_THAT(KeAreAllApcsDisabled());
    KeLeaveGuardedRegion();
}
