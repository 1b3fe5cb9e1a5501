/* Observed behaviour: Spin locks. */
#include "conformance.h"

void spin_lock_initialised_to_zero(void) {
    KSPIN_LOCK lock = 77;
    KeInitializeSpinLock(&lock);
    CHECK_THAT(lock == 0);
}

void spin_lock_test_and_held_word(void) {
    KSPIN_LOCK lock;
    KIRQL before;
    KeInitializeSpinLock(&lock);
    CHECK_THAT(KeTestSpinLock(&lock));
    KeAcquireSpinLock(&lock, &before);
    CHECK_THAT(lock == 1);
    CHECK_THAT(!KeTestSpinLock(&lock));
    KeReleaseSpinLock(&lock, before);
    CHECK_THAT(lock == 0);
    CHECK_THAT(KeTestSpinLock(&lock));
}

void spin_lock_queued_word_and_owner_bit(void) {
    KSPIN_LOCK lock;
    KLOCK_QUEUE_HANDLE handle;
    KeInitializeSpinLock(&lock);
    KeAcquireInStackQueuedSpinLock(&lock, &handle);
    CHECK_THAT(KeGetCurrentIrql() == DISPATCH_LEVEL);
    CHECK_THAT(lock == (KSPIN_LOCK)&handle);
    CHECK_THAT((ULONG_PTR)handle.LockQueue.Lock == ((ULONG_PTR)&lock | 2));
    CHECK_THAT(handle.OldIrql == PASSIVE_LEVEL);
    CHECK_THAT(!KeTestSpinLock(&lock));
    KeReleaseInStackQueuedSpinLock(&handle);
    CHECK_THAT(lock == 0);
    CHECK_THAT(((ULONG_PTR)handle.LockQueue.Lock & 2) == 0);
    CHECK_THAT(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

void spin_lock_acquire_from_high_level(void) {
    KSPIN_LOCK lock;
    KLOCK_QUEUE_HANDLE handle;
    KIRQL passive;
    KIRQL before;
    KeInitializeSpinLock(&lock);
    KeRaiseIrql(HIGH_LEVEL, &passive);
    KeAcquireSpinLock(&lock, &before);
    CHECK_THAT(before == HIGH_LEVEL);
    CHECK_THAT(KeGetCurrentIrql() == DISPATCH_LEVEL);
    KeReleaseSpinLock(&lock, before);
    CHECK_THAT(KeGetCurrentIrql() == HIGH_LEVEL);
    KeAcquireInStackQueuedSpinLock(&lock, &handle);
    CHECK_THAT(handle.OldIrql == HIGH_LEVEL);
    CHECK_THAT(KeGetCurrentIrql() == DISPATCH_LEVEL);
    KeReleaseInStackQueuedSpinLock(&handle);
    CHECK_THAT(KeGetCurrentIrql() == HIGH_LEVEL);
    KeLowerIrql(passive);
}

void spin_lock_leaves_apc_counters(void) {
    KSPIN_LOCK lock;
    KIRQL before;
    KeInitializeSpinLock(&lock);
    KeAcquireSpinLock(&lock, &before);
    CHECK_THAT(!KeAreApcsDisabled());
    KeReleaseSpinLock(&lock, before);
    CHECK_THAT(!KeAreApcsDisabled());
}

void spin_lock_pairs_mix(void) {
    KSPIN_LOCK lock;
    KIRQL before;
    KeInitializeSpinLock(&lock);
    KeAcquireSpinLock(&lock, &before);
    KeReleaseSpinLockFromDpcLevel(&lock);
    CHECK_THAT(lock == 0);
    CHECK_THAT(KeGetCurrentIrql() == DISPATCH_LEVEL);
    KeAcquireSpinLockAtDpcLevel(&lock);
    CHECK_THAT(lock == 1);
    KeReleaseSpinLock(&lock, before);
    CHECK_THAT(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

void spin_lock_second_try_fails(void) {
    KSPIN_LOCK lock;
    KIRQL before;
    KeInitializeSpinLock(&lock);
    KeRaiseIrql(DISPATCH_LEVEL, &before);
    CHECK_THAT(KeTryToAcquireSpinLockAtDpcLevel(&lock));
    CHECK_THAT(!KeTryToAcquireSpinLockAtDpcLevel(&lock));
    CHECK_THAT(lock == 1);
    KeReleaseSpinLockFromDpcLevel(&lock);
    CHECK_THAT(lock == 0);
    KeLowerIrql(before);
}
