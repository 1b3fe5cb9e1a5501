/* A driver of one push lock, as it would stand in somebody's own tree; also compiled as C++. */
#include <ntifs.h>

#include "driver.h"

#define COUNTER_TAG 'rtnC'

typedef struct _COUNTER {
    EX_PUSH_LOCK Lock;
    LONG Value;
} COUNTER;

PCOUNTER CounterCreate(VOID)
{
    PCOUNTER counter;

    counter = (PCOUNTER)ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(COUNTER), COUNTER_TAG);
    if (counter != NULL) {
        ExInitializePushLock(&counter->Lock);
        counter->Value = 0;
    }
    return counter;
}

LONG CounterAdd(PCOUNTER Counter, LONG Amount)
{
    LONG value;

    KeEnterCriticalRegion();
    ExAcquirePushLockExclusive(&Counter->Lock);
    Counter->Value += Amount;
    value = Counter->Value;
    ExReleasePushLockExclusive(&Counter->Lock);
    KeLeaveCriticalRegion();
    return value;
}

LONG CounterAddCarelessly(PCOUNTER Counter, LONG Amount)
{
    ExAcquirePushLockExclusive(&Counter->Lock);
    Counter->Value += Amount;
    ExReleasePushLockExclusive(&Counter->Lock);
    return Counter->Value;
}

VOID CounterDelete(PCOUNTER Counter)
{
    ExFreePoolWithTag(Counter, COUNTER_TAG);
}
