/* Observed behaviour: misuse of mutexes that raises a status; semaphores do so likewise. */
#define WDM_EMU_SEH_UNOPTIMIZED /* no meaning to the WDK */
#include "threads.h"

static NTSTATUS poll(PVOID object) {
    LARGE_INTEGER none;
    NTSTATUS status = STATUS_SUCCESS;
    none.QuadPart = 0;
    __try {
        status = KeWaitForSingleObject(object, Executive, KernelMode, FALSE, &none);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}

/* What the release raises, or success. */
static NTSTATUS release(PRKMUTEX mutex) {
    NTSTATUS status = STATUS_SUCCESS;
    __try {
        KeReleaseMutex(mutex, FALSE);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}

void mutex_recursion_limit_raises(void) {
    KMUTEX mutex;
    KeInitializeMutex(&mutex, 0);
    CHECK_THAT(poll(&mutex) == STATUS_SUCCESS);
    mutex.Header.SignalState = (LONG)MINLONG + 1; /* as if acquired so often */
    CHECK_THAT(poll(&mutex) == STATUS_SUCCESS);
    CHECK_THAT(mutex.Header.SignalState == (LONG)MINLONG);
    CHECK_THAT(poll(&mutex) == STATUS_MUTANT_LIMIT_EXCEEDED);
    CHECK_THAT(mutex.Header.SignalState == (LONG)MINLONG);
    CHECK_THAT(KeReleaseMutex(&mutex, FALSE) == (LONG)MINLONG);
    mutex.Header.SignalState = 0;
    CHECK_THAT(KeReleaseMutex(&mutex, FALSE) == 0);
    CHECK_THAT(!KeAreApcsDisabled());
}

static VOID NTAPI release_of_another(PVOID mutex) {
    CHECK_THAT(release(mutex) == STATUS_MUTANT_NOT_OWNED);
    CHECK_THAT(!KeAreApcsDisabled());
}

void mutex_release_by_stranger_raises(void) {
    KMUTEX mutex;
    KeInitializeMutex(&mutex, 0);
    CHECK_THAT(release(&mutex) == STATUS_MUTANT_NOT_OWNED);
    CHECK_THAT(KeReadStateMutex(&mutex) == 1);
    CHECK_THAT(poll(&mutex) == STATUS_SUCCESS);
    in_thread(release_of_another, &mutex);
    CHECK_THAT(KeReadStateMutex(&mutex) == 0);
    CHECK_THAT(KeReleaseMutex(&mutex, FALSE) == 0);
    CHECK_THAT(release(&mutex) == STATUS_MUTANT_NOT_OWNED);
    CHECK_THAT(!KeAreApcsDisabled());
}

void semaphore_beyond_the_limit_raises(void) {
    KSEMAPHORE semaphore;
    NTSTATUS status = STATUS_SUCCESS;
    KeInitializeSemaphore(&semaphore, 1, 2);
    __try {
        KeReleaseSemaphore(&semaphore, 0, 2, FALSE);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    CHECK_THAT(status == STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    CHECK_THAT(KeReadStateSemaphore(&semaphore) == 1);
    CHECK_THAT(KeReleaseSemaphore(&semaphore, 0, 1, FALSE) == 1);
    CHECK_THAT(KeReadStateSemaphore(&semaphore) == 2);
}
