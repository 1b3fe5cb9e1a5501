/* DPCs of medium importance on the processor that queues them. */
#include "conformance.h"

static ULONG runs;
static PVOID seen_first, seen_second;
static KIRQL seen_level;

static VOID NTAPI note_run(PKDPC dpc, PVOID context, PVOID first, PVOID second) {
    (void)dpc;
    (void)context;
    ++runs;
    seen_first = first;
    seen_second = second;
    seen_level = KeGetCurrentIrql();
}

static void prepare(PKDPC dpc) {
    runs = 0;
    KeInitializeDpc(dpc, note_run, NULL);
}

void dpc_runs_before_insert_returns(void) {
    KDPC dpc;
    KIRQL before;
    prepare(&dpc);
    CHECK_THAT(KeInsertQueueDpc(&dpc, NULL, NULL));
    CHECK_THAT(runs == 1);
    CHECK_THAT(seen_level == DISPATCH_LEVEL);
    KeRaiseIrql(APC_LEVEL, &before);
    CHECK_THAT(KeInsertQueueDpc(&dpc, NULL, NULL));
    CHECK_THAT(runs == 2);
    KeLowerIrql(before);
}

void dpc_runs_as_the_level_falls(void) {
    static const KIRQL levels[] = {DISPATCH_LEVEL, HIGH_LEVEL};
    KDPC dpc;
    KIRQL before;
    ULONG i;
    for (i = 0; i < RTL_NUMBER_OF(levels); ++i) {
        prepare(&dpc);
        KeRaiseIrql(levels[i], &before);
        CHECK_THAT(KeInsertQueueDpc(&dpc, NULL, NULL));
        CHECK_THAT(runs == 0);
        KeLowerIrql(DISPATCH_LEVEL);
        CHECK_THAT(runs == 0);
        KeLowerIrql(before);
        CHECK_THAT(runs == 1);
    }
}

void dpc_second_insert_keeps_the_first_arguments(void) {
    KDPC dpc;
    KIRQL before;
    prepare(&dpc);
    KeRaiseIrql(DISPATCH_LEVEL, &before);
    CHECK_THAT(KeInsertQueueDpc(&dpc, &dpc, &runs));
    CHECK_THAT(!KeInsertQueueDpc(&dpc, NULL, NULL));
    KeLowerIrql(before);
    CHECK_THAT(runs == 1);
    CHECK_THAT(seen_first == &dpc);
    CHECK_THAT(seen_second == &runs);
}

void dpc_remove_is_true_only_if_queued(void) {
    KDPC dpc;
    KIRQL before;
    prepare(&dpc);
    CHECK_THAT(!KeRemoveQueueDpc(&dpc));
    KeRaiseIrql(HIGH_LEVEL, &before);
    CHECK_THAT(KeInsertQueueDpc(&dpc, NULL, NULL));
    CHECK_THAT(KeRemoveQueueDpc(&dpc));
    CHECK_THAT(!KeRemoveQueueDpc(&dpc));
    KeLowerIrql(before);
    CHECK_THAT(runs == 0);
}

void dpc_initial_fields(void) {
    KDPC dpc;
    RtlFillMemory(&dpc, sizeof(dpc), 0x55);
    KeInitializeDpc(&dpc, note_run, &runs);
    CHECK_THAT(dpc.Importance == MediumImportance);
    CHECK_THAT(dpc.Number == 0);
    CHECK_THAT(dpc.DpcData == NULL);
    CHECK_THAT(dpc.DeferredRoutine == note_run);
    CHECK_THAT(dpc.DeferredContext == &runs);
    CHECK_THAT(dpc.DpcListEntry.Flink == (PVOID)0x5555555555555555ULL);
    CHECK_THAT(dpc.SystemArgument1 == (PVOID)0x5555555555555555ULL);
    CHECK_THAT(dpc.SystemArgument2 == (PVOID)0x5555555555555555ULL);
}
