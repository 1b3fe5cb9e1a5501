// The spin lock families as tables, so that a test can hold for every routine it applies to.
#pragma once
#include <memory>

#include "both_backends.hpp"

extern "C" {
#include <ntifs.h>
}

namespace tests {

/// One way to hold a KSPIN_LOCK: acquire and release that go together.
struct spin_lock_pair {
    const char *name;
    bool raises;  // else the caller is at DISPATCH_LEVEL
    bool queued;
    void (*acquire)(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle);
    void (*release)(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle);
};

// Ordinary raising acquires keep the level in the handle too, which the queued ones do themselves.
inline constexpr spin_lock_pair spin_lock_pairs[] = {
    {"KeAcquireSpinLock", true, false,
     [](PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle) {
         KeAcquireSpinLock(lock, &handle->OldIrql);
     },
     [](PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle) {
         KeReleaseSpinLock(lock, handle->OldIrql);
     }},
    {"KfAcquireSpinLock", true, false,
     [](PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle) {
         handle->OldIrql = KfAcquireSpinLock(lock);
     },
     [](PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle) {
         KfReleaseSpinLock(lock, handle->OldIrql);
     }},
    {"KeAcquireSpinLockForDpc", true, false,
     [](PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle) {
         handle->OldIrql = KeAcquireSpinLockForDpc(lock);
     },
     [](PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle) {
         KeReleaseSpinLockForDpc(lock, handle->OldIrql);
     }},
    {"KeAcquireSpinLockAtDpcLevel", false, false,
     [](PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE) { KeAcquireSpinLockAtDpcLevel(lock); },
     [](PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE) { KeReleaseSpinLockFromDpcLevel(lock); }},
    {"KefAcquireSpinLockAtDpcLevel", false, false,
     [](PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE) { KefAcquireSpinLockAtDpcLevel(lock); },
     [](PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE) { KefReleaseSpinLockFromDpcLevel(lock); }},
    {"KeAcquireInStackQueuedSpinLock", true, true, KeAcquireInStackQueuedSpinLock,
     [](PKSPIN_LOCK, PKLOCK_QUEUE_HANDLE handle) { KeReleaseInStackQueuedSpinLock(handle); }},
    {"KeAcquireInStackQueuedSpinLockForDpc", true, true, KeAcquireInStackQueuedSpinLockForDpc,
     [](PKSPIN_LOCK, PKLOCK_QUEUE_HANDLE handle) {
         KeReleaseInStackQueuedSpinLockForDpc(handle);
     }},
    {"KeAcquireInStackQueuedSpinLockAtDpcLevel", false, true,
     KeAcquireInStackQueuedSpinLockAtDpcLevel,
     [](PKSPIN_LOCK, PKLOCK_QUEUE_HANDLE handle) {
         KeReleaseInStackQueuedSpinLockFromDpcLevel(handle);
     }},
};

/// One way to hold an EX_SPIN_LOCK.
struct rw_pair {
    const char *name;
    bool raises;
    bool shared;
    KIRQL (*acquire)(PEX_SPIN_LOCK lock);
    void (*release)(PEX_SPIN_LOCK lock, KIRQL before);
};

inline constexpr rw_pair rw_pairs[] = {
    {"ExAcquireSpinLockExclusive", true, false, ExAcquireSpinLockExclusive,
     ExReleaseSpinLockExclusive},
    {"ExAcquireSpinLockShared", true, true, ExAcquireSpinLockShared, ExReleaseSpinLockShared},
    {"ExAcquireSpinLockExclusiveAtDpcLevel", false, false,
     [](PEX_SPIN_LOCK lock) {
         ExAcquireSpinLockExclusiveAtDpcLevel(lock);
         return KeGetCurrentIrql();
     },
     [](PEX_SPIN_LOCK lock, KIRQL) { ExReleaseSpinLockExclusiveFromDpcLevel(lock); }},
    {"ExAcquireSpinLockSharedAtDpcLevel", false, true,
     [](PEX_SPIN_LOCK lock) {
         ExAcquireSpinLockSharedAtDpcLevel(lock);
         return KeGetCurrentIrql();
     },
     [](PEX_SPIN_LOCK lock, KIRQL) { ExReleaseSpinLockSharedFromDpcLevel(lock); }},
};

/// A lock that another thread holds until let_go().
template <class Hold, class Release>
struct held_elsewhere {
    held_elsewhere(Hold hold, Release release) {
        KeInitializeEvent(&taken_, NotificationEvent, FALSE);
        thread_ = std::make_unique<emu::system_thread>("holder", [this, hold, release] {
            hold();
            KeSetEvent(&taken_, 0, FALSE);
            const KIRQL here = KeGetCurrentIrql();  // where it may not wait, so it spins
            KfRaiseIrql(DISPATCH_LEVEL);
            KeAcquireSpinLockAtDpcLevel(&gate_);
            KeReleaseSpinLockFromDpcLevel(&gate_);
            KeLowerIrql(here);
            release();
        });
        wait_for(&taken_);
    }
    void let_go() {
        __atomic_store_n(&gate_, 0, __ATOMIC_RELEASE);
        thread_->join();
    }

private:
    KEVENT taken_;
    KSPIN_LOCK gate_ = 1;  // held by nobody
    std::unique_ptr<emu::system_thread> thread_;
};

}  // namespace tests
