/* Levels. */
#include "conformance.h"

void irql_raise_returns_the_old_level(void) {
    KIRQL before = 99;
    KIRQL level;
    for (level = PASSIVE_LEVEL; level <= HIGH_LEVEL; ++level) {
        KeRaiseIrql(level, &before);
        CHECK_THAT(before == PASSIVE_LEVEL);
        CHECK_THAT(KeGetCurrentIrql() == level);
        KeLowerIrql(PASSIVE_LEVEL);
        CHECK_THAT(KeGetCurrentIrql() == PASSIVE_LEVEL);
    }
}

void irql_same_level_is_no_operation(void) {
    KIRQL before;
    KeRaiseIrql(DISPATCH_LEVEL, &before);
    KeRaiseIrql(DISPATCH_LEVEL, &before);
    CHECK_THAT(before == DISPATCH_LEVEL);
    KeLowerIrql(DISPATCH_LEVEL);
    CHECK_THAT(KeGetCurrentIrql() == DISPATCH_LEVEL);
    KeLowerIrql(PASSIVE_LEVEL);
}

void irql_raises_down_and_lowers_up(void) {
    KIRQL before;
    KeRaiseIrql(DISPATCH_LEVEL, &before);
    KeRaiseIrql(APC_LEVEL, &before);
    CHECK_THAT(before == DISPATCH_LEVEL);
    CHECK_THAT(KeGetCurrentIrql() == APC_LEVEL);
    KeLowerIrql(HIGH_LEVEL);
    CHECK_THAT(KeGetCurrentIrql() == HIGH_LEVEL);
    KeLowerIrql(PASSIVE_LEVEL);
}

void irql_synch_level_is_12(void) {
    CHECK_THAT(SYNCH_LEVEL == 12);
    CHECK_THAT(KeRaiseIrqlToSynchLevel() == PASSIVE_LEVEL);
    CHECK_THAT(KeGetCurrentIrql() == 12);
    KeLowerIrql(PASSIVE_LEVEL);
}
