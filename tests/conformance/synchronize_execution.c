/* KeSynchronizeExecution. */
#include "conformance.h"

enum { level = 5, synchronize_level = 8 };

static KSPIN_LOCK lock;

static BOOLEAN NTAPI serve(PKINTERRUPT interrupt, PVOID context) {
    (void)interrupt;
    (void)context;
    return FALSE;
}

static BOOLEAN NTAPI look_around(PVOID answer) {
    CHECK_THAT(KeGetCurrentIrql() == synchronize_level);
    CHECK_THAT(lock != 0);
    return *(BOOLEAN *)answer;
}

void synchronize_execution_holds_the_lock(void) {
    PKINTERRUPT interrupt;
    BOOLEAN answer = FALSE;
    lock = 0;
    CHECK_THAT(NT_SUCCESS(IoConnectInterrupt(&interrupt, serve, NULL, &lock, 0x40, level,
                                             synchronize_level, Latched, FALSE,
                                             KeQueryActiveProcessors(), FALSE)));
    CHECK_THAT(KeSynchronizeExecution(interrupt, look_around, &answer) == FALSE);
    answer = TRUE;
    CHECK_THAT(KeSynchronizeExecution(interrupt, look_around, &answer) == TRUE);
    CHECK_THAT(lock == 0);
    CHECK_THAT(KeGetCurrentIrql() == PASSIVE_LEVEL);
    IoDisconnectInterrupt(interrupt);
}
