/* Observed behaviour: Push lock.  Its routines want normal kernel APCs disabled, so each thread is
 * in a critical region. */
#include "threads.h"

enum { locked = 1, waiting = 2, waking = 4, multiple = 8, flags = 15, one_sharer = 16 };

/* A thread that takes the lock, stays until it is told to go, and releases. */
typedef struct _VISITOR {
    PEX_PUSH_LOCK Lock;
    BOOLEAN Exclusive;
    KEVENT Inside;
    KEVENT Leave;
    PVOID Thread;
} VISITOR;

static VOID NTAPI visit(PVOID context) {
    VISITOR *visitor = context;
    KeEnterCriticalRegion();
    if (visitor->Exclusive) {
        ExAcquirePushLockExclusive(visitor->Lock);
    } else {
        ExAcquirePushLockShared(visitor->Lock);
    }
    KeSetEvent(&visitor->Inside, 0, FALSE);
    wait_for(&visitor->Leave);
    if (visitor->Exclusive) {
        ExReleasePushLockExclusive(visitor->Lock);
    } else {
        ExReleasePushLockShared(visitor->Lock);
    }
    KeLeaveCriticalRegion();
}

static void start(VISITOR *visitor, PEX_PUSH_LOCK lock, BOOLEAN exclusive) {
    visitor->Lock = lock;
    visitor->Exclusive = exclusive;
    KeInitializeEvent(&visitor->Inside, NotificationEvent, FALSE);
    KeInitializeEvent(&visitor->Leave, NotificationEvent, FALSE);
    visitor->Thread = start_thread(visit, visitor);
}

/* Starts a visitor who has to wait; returns when it stands in the queue. */
static void queue(VISITOR *visitor, PEX_PUSH_LOCK lock, BOOLEAN exclusive) {
    const ULONG_PTR before = *(volatile EX_PUSH_LOCK *)lock;
    start(visitor, lock, exclusive);
    await_change(lock, before);
    CHECK_THAT(KeReadStateEvent(&visitor->Inside) == 0);
}

static BOOLEAN is_inside(VISITOR *visitor) { return KeReadStateEvent(&visitor->Inside) != 0; }

static void finish(VISITOR *visitor) {
    KeSetEvent(&visitor->Leave, 0, FALSE);
    join_thread(visitor->Thread);
}

static VOID NTAPI share_and_leave(PVOID lock) {
    KeEnterCriticalRegion();
    ExAcquirePushLockShared((PEX_PUSH_LOCK)lock);
    CHECK_THAT(*(PEX_PUSH_LOCK)lock == locked + 2 * one_sharer);
    ExReleasePushLockShared((PEX_PUSH_LOCK)lock);
    KeLeaveCriticalRegion();
}

void push_lock_word_without_waiters(void) {
    EX_PUSH_LOCK lock = 77;
    ExInitializePushLock(&lock);
    CHECK_THAT(lock == 0);
    KeEnterCriticalRegion();
    ExAcquirePushLockExclusive(&lock);
    CHECK_THAT(lock == locked);
    ExReleasePushLockExclusive(&lock);
    CHECK_THAT(lock == 0);
    ExAcquirePushLockShared(&lock);
    CHECK_THAT(lock == locked + one_sharer);
    in_thread(share_and_leave, &lock);
    CHECK_THAT(lock == locked + one_sharer);
    ExReleasePushLockShared(&lock);
    CHECK_THAT(lock == 0);
    KeLeaveCriticalRegion();
}

void push_lock_word_with_waiters(void) {
    EX_PUSH_LOCK lock = 0;
    ULONG_PTR first;
    VISITOR writer, reader;
    KeEnterCriticalRegion();
    ExAcquirePushLockExclusive(&lock);
    queue(&writer, &lock, TRUE);
    CHECK_THAT((lock & flags) == (locked | waiting));
    first = lock & ~(ULONG_PTR)flags;
    CHECK_THAT(first != 0);
    queue(&reader, &lock, FALSE);
    CHECK_THAT((lock & (locked | waiting)) == (locked | waiting));
    CHECK_THAT((lock & ~(ULONG_PTR)flags) != first);
    ExReleasePushLockExclusive(&lock);
    finish(&writer);
    finish(&reader);
    CHECK_THAT(lock == 0);
    KeLeaveCriticalRegion();
}

void push_lock_word_with_sharers_and_a_waiter(void) {
    EX_PUSH_LOCK lock = 0;
    VISITOR sharer, writer;
    KeEnterCriticalRegion();
    ExAcquirePushLockShared(&lock);
    start(&sharer, &lock, FALSE);
    wait_for(&sharer.Inside);
    queue(&writer, &lock, TRUE);
    CHECK_THAT((lock & flags) == (locked | waiting | multiple));
    ExReleasePushLockShared(&lock);
    CHECK_THAT(!is_inside(&writer));
    finish(&sharer);
    wait_for(&writer.Inside);
    finish(&writer);
    CHECK_THAT(lock == 0);
    KeLeaveCriticalRegion();
}

/* While the woken waiter has not come yet, the word may be unlocked and waiting, and whoever comes
 * first may have the lock. */
void push_lock_unlocked_and_waiting_is_legal(void) {
    EX_PUSH_LOCK lock = 0;
    ULONG_PTR seen;
    VISITOR first, second;
    KeEnterCriticalRegion();
    ExAcquirePushLockExclusive(&lock);
    queue(&first, &lock, TRUE);
    queue(&second, &lock, TRUE);
    ExReleasePushLockExclusive(&lock);
    seen = *(volatile EX_PUSH_LOCK *)&lock;
    CHECK_THAT((seen & waiting) != 0); /* the second waits in any case */
    CHECK_THAT((seen & multiple) == 0);
    if (ExTryAcquirePushLockExclusive(&lock)) {
        CHECK_THAT(!is_inside(&first));
        CHECK_THAT((lock & (locked | waiting)) == (locked | waiting));
        ExReleasePushLockExclusive(&lock);
    }
    finish(&first);
    finish(&second);
    CHECK_THAT(lock == 0);
    KeLeaveCriticalRegion();
}

void push_lock_oldest_writer_wakes_alone(void) {
    EX_PUSH_LOCK lock = 0;
    VISITOR first, second, reader;
    KeEnterCriticalRegion();
    ExAcquirePushLockExclusive(&lock);
    queue(&first, &lock, TRUE);
    queue(&second, &lock, TRUE);
    queue(&reader, &lock, FALSE);
    ExReleasePushLockExclusive(&lock);
    wait_for(&first.Inside);
    CHECK_THAT(!is_inside(&second));
    CHECK_THAT(!is_inside(&reader));
    finish(&first);
    wait_for(&second.Inside);
    CHECK_THAT(!is_inside(&reader));
    finish(&second);
    wait_for(&reader.Inside);
    finish(&reader);
    CHECK_THAT(lock == 0);
    KeLeaveCriticalRegion();
}

void push_lock_new_reader_queues_behind_a_waiter(void) {
    EX_PUSH_LOCK lock = 0;
    VISITOR writer, reader;
    KeEnterCriticalRegion();
    ExAcquirePushLockShared(&lock);
    queue(&writer, &lock, TRUE);
    queue(&reader, &lock, FALSE);
    ExReleasePushLockShared(&lock);
    wait_for(&writer.Inside);
    CHECK_THAT(!is_inside(&reader));
    finish(&writer);
    wait_for(&reader.Inside);
    finish(&reader);
    KeLeaveCriticalRegion();
}

void push_lock_consecutive_readers_wake_together(void) {
    EX_PUSH_LOCK lock = 0;
    VISITOR readers[3], writer;
    ULONG i;
    KeEnterCriticalRegion();
    ExAcquirePushLockExclusive(&lock);
    for (i = 0; i < RTL_NUMBER_OF(readers); ++i) {
        queue(&readers[i], &lock, FALSE);
    }
    queue(&writer, &lock, TRUE);
    ExReleasePushLockExclusive(&lock);
    for (i = 0; i < RTL_NUMBER_OF(readers); ++i) {
        wait_for(&readers[i].Inside); /* none has left */
    }
    CHECK_THAT(!is_inside(&writer));
    for (i = 0; i < RTL_NUMBER_OF(readers); ++i) {
        finish(&readers[i]);
    }
    wait_for(&writer.Inside);
    finish(&writer);
    CHECK_THAT(lock == 0);
    KeLeaveCriticalRegion();
}

void push_lock_releases_are_interchangeable(void) {
    EX_PUSH_LOCK lock = 0;
    KeEnterCriticalRegion();
    ExAcquirePushLockExclusive(&lock);
    ExReleasePushLock(&lock);
    CHECK_THAT(lock == 0);
    ExAcquirePushLockShared(&lock);
    ExReleasePushLock(&lock);
    CHECK_THAT(lock == 0);
    ExAcquirePushLockShared(&lock);
    ExAcquirePushLockShared(&lock);
    ExReleasePushLock(&lock);
    CHECK_THAT(lock == locked + one_sharer);
    ExReleasePushLockShared(&lock);
    CHECK_THAT(lock == 0);
    ExAcquirePushLockExclusive(&lock);
    ExReleasePushLockExclusive(&lock);
    CHECK_THAT(lock == 0);
    KeLeaveCriticalRegion();
}
