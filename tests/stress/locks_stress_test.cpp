// Every family of held locks under stress: whoever adds one to lock_families.def must add its
// scenario here.
#include <emu/interrupt.hpp>

#include "stress/stress.hpp"

using namespace tests;
using namespace tests::stress;

namespace {

// One acquire and release in a random one of the ways that fit together.
using visit = void (*)(void *lock, guarded &data, random_numbers &any);

template <class Lock>
void everybody_visits(const plan &how, Lock &lock, visit one) {
    guarded data;
    take_turns(how, [&](random_numbers &any) {
        one(const_cast<void *>(static_cast<const volatile void *>(&lock)), data, any);
    });
    data.check();
}

void stress_push_lock(const plan &how) {
    EX_PUSH_LOCK lock;
    ExInitializePushLock(&lock);
    everybody_visits(how, lock, [](void *it, guarded &data, random_numbers &any) {
        auto *const lock = static_cast<PEX_PUSH_LOCK>(it);
        const bool by_filter = any.one_in(4), exclusive = any.one_in(2);
        if (by_filter) {
            exclusive ? FltAcquirePushLockExclusive(lock) : FltAcquirePushLockShared(lock);
        } else {
            KeEnterCriticalRegion();
            exclusive ? ExAcquirePushLockExclusive(lock) : ExAcquirePushLockShared(lock);
        }
        exclusive ? data.write() : data.read();
        if (by_filter) {
            FltReleasePushLock(lock);
            return;
        }
        if (any.one_in(2)) {
            ExReleasePushLock(lock);
        } else {
            exclusive ? ExReleasePushLockExclusive(lock) : ExReleasePushLockShared(lock);
        }
        KeLeaveCriticalRegion();
    });
    EMU_CHECK(lock == 0);
}

bool take_resource(PERESOURCE it, bool exclusive, random_numbers &any) {
    if (exclusive) {
        return ExAcquireResourceExclusiveLite(it, any.one_in(3) ? FALSE : TRUE) != FALSE;
    }
    switch (any.below(3)) {
        case 0: return ExAcquireResourceSharedLite(it, any.one_in(3) ? FALSE : TRUE) != FALSE;
        case 1: return ExAcquireSharedStarveExclusive(it, TRUE) != FALSE;
        default: return ExAcquireSharedWaitForExclusive(it, TRUE) != FALSE;
    }
}

// An exclusive owner may come again, either way, and may go on as a sharer.
void visit_resource(void *lock, guarded &data, random_numbers &any) {
    auto *const it = static_cast<PERESOURCE>(lock);
    const bool exclusive = any.one_in(2);
    KeEnterCriticalRegion();
    if (take_resource(it, exclusive, any)) {
        exclusive ? data.write() : data.read();
        if (exclusive && any.one_in(3)) {
            EMU_CHECK(ExAcquireResourceExclusiveLite(it, TRUE));
            EMU_CHECK(ExAcquireResourceSharedLite(it, TRUE));
            data.write();
            ExReleaseResourceLite(it);
            ExReleaseResourceLite(it);
        }
        if (exclusive && any.one_in(3)) {
            ExConvertExclusiveToSharedLite(it);
            data.read();
        }
        ExReleaseResourceLite(it);
    }
    KeLeaveCriticalRegion();
}

void stress_eresource(const plan &how) {
    ERESOURCE resource;
    ExInitializeResourceLite(&resource);
    everybody_visits(how, resource, visit_resource);
    EMU_CHECK(resource.ActiveEntries == 0);
    ExDeleteResourceLite(&resource);
}

// What is to be done once: each round has an object of its own.
struct initialised {
    RTL_RUN_ONCE once = RTL_RUN_ONCE_INIT;
    std::atomic<int> calls{0}, successes{0};
};

ULONG NTAPI initialise(PRTL_RUN_ONCE, PVOID parameter, PVOID *context) {
    auto &of = *static_cast<initialised *>(parameter);
    *context = parameter;
    const bool works = of.calls.fetch_add(1) % 3 == 2;  // at the third attempt
    of.successes += works ? 1 : 0;
    return works ? TRUE : FALSE;
}

void stress_run_once(const plan &how) {
    std::vector<initialised> all(how.turns / 4 + 1);
    run_threads(how, [&](random_numbers &any, unsigned) {
        for (initialised &each : all) {
            alignas(8) PVOID context = nullptr;
            while (!NT_SUCCESS(RtlRunOnceExecuteOnce(&each.once, initialise, &each, &context))) {
            }
            EMU_CHECK(context == &each);
            EMU_CHECK(each.successes == 1);
            if (any.one_in(2)) {
                EMU_CHECK(RtlRunOnceBeginInitialize(&each.once, RTL_RUN_ONCE_CHECK_ONLY,
                                                    &context) == STATUS_SUCCESS);
            }
        }
    });
    for (const initialised &each : all) {
        EMU_CHECK(each.calls == 3);
        EMU_CHECK(each.successes == 1);
    }
}

void stress_spin_lock(const plan &how) {
    KSPIN_LOCK lock;
    KeInitializeSpinLock(&lock);
    everybody_visits(how, lock, [](void *it, guarded &data, random_numbers &any) {
        auto *const lock = static_cast<PKSPIN_LOCK>(it);
        KIRQL before;
        if (any.one_in(2)) {
            KeAcquireSpinLock(lock, &before);
            data.write();
            KeReleaseSpinLock(lock, before);
            return;
        }
        KeRaiseIrql(DISPATCH_LEVEL, &before);
        bool taken = true;
        if (any.one_in(2)) {
            KeAcquireSpinLockAtDpcLevel(lock);
        } else {
            taken = KeTryToAcquireSpinLockAtDpcLevel(lock) != FALSE;
        }
        if (taken) {
            data.write();
            KeReleaseSpinLockFromDpcLevel(lock);
        }
        KeLowerIrql(before);
    });
    EMU_CHECK(lock == 0);
}

// The next in the queue may have been scheduled out by the host, and nobody overtakes him: with
// more threads than host processors each hand-over takes long.
plan for_queue(plan how) {
    how.turns = how.turns / 16 + 4;
    return how;
}

void stress_queued_spin_lock(const plan &how) {
    KSPIN_LOCK lock;
    KeInitializeSpinLock(&lock);
    everybody_visits(for_queue(how), lock, [](void *it, guarded &data, random_numbers &any) {
        auto *const lock = static_cast<PKSPIN_LOCK>(it);
        KLOCK_QUEUE_HANDLE mine;
        if (any.one_in(2)) {
            KeAcquireInStackQueuedSpinLock(lock, &mine);
            data.write();
            KeReleaseInStackQueuedSpinLock(&mine);
        } else {
            const KIRQL before = raise_to(DISPATCH_LEVEL);
            KeAcquireInStackQueuedSpinLockAtDpcLevel(lock, &mine);
            data.write();
            KeReleaseInStackQueuedSpinLockFromDpcLevel(&mine);
            KeLowerIrql(before);
        }
    });
    EMU_CHECK(lock == 0);
}

void visit_rw_spin_lock(void *it, guarded &data, random_numbers &any) {
    auto *const lock = static_cast<PEX_SPIN_LOCK>(it);
    if (any.one_in(2)) {
        const KIRQL before = ExAcquireSpinLockExclusive(lock);
        data.write();
        ExReleaseSpinLockExclusive(lock, before);
        return;
    }
    const KIRQL before = ExAcquireSpinLockShared(lock);
    data.read();
    if (any.one_in(2) && ExTryConvertSharedSpinLockExclusive(lock)) {
        data.write();
        ExReleaseSpinLockExclusive(lock, before);
    } else {
        ExReleaseSpinLockShared(lock, before);
    }
}

void stress_rw_spin_lock(const plan &how) {
    EX_SPIN_LOCK lock = 0;
    everybody_visits(how, lock, visit_rw_spin_lock);
    EMU_CHECK(lock == 0);
}

void stress_cancel_spin_lock(const plan &how) {
    int none = 0;
    everybody_visits(for_queue(how), none, [](void *, guarded &data, random_numbers &) {
        KIRQL before;
        IoAcquireCancelSpinLock(&before);
        data.write();
        IoReleaseCancelSpinLock(before);
    });
}

void stress_fast_mutex(const plan &how) {
    FAST_MUTEX mutex;
    ExInitializeFastMutex(&mutex);
    everybody_visits(how, mutex, [](void *it, guarded &data, random_numbers &any) {
        auto *const mutex = static_cast<PFAST_MUTEX>(it);
        const bool unsafe = any.one_in(3);
        if (unsafe) {
            KeEnterCriticalRegion();
            ExAcquireFastMutexUnsafe(mutex);
        } else if (any.one_in(3)) {
            if (!ExTryToAcquireFastMutex(mutex)) {
                return;
            }
        } else {
            ExAcquireFastMutex(mutex);
        }
        data.write();
        if (unsafe) {
            ExReleaseFastMutexUnsafe(mutex);
            KeLeaveCriticalRegion();
        } else {
            ExReleaseFastMutex(mutex);
        }
    });
    EMU_CHECK(mutex.Count == 1 && mutex.Owner == nullptr);
}

void stress_guarded_mutex(const plan &how) {
    KGUARDED_MUTEX mutex;
    KeInitializeGuardedMutex(&mutex);
    everybody_visits(how, mutex, [](void *it, guarded &data, random_numbers &any) {
        auto *const mutex = static_cast<PKGUARDED_MUTEX>(it);
        if (any.one_in(3)) {
            if (!KeTryToAcquireGuardedMutex(mutex)) {
                return;
            }
        } else {
            KeAcquireGuardedMutex(mutex);
        }
        data.write();
        KeReleaseGuardedMutex(mutex);
    });
    EMU_CHECK(mutex.Count == 1 && mutex.Owner == nullptr);
}

// Each turn is a life of the object: users come and go until somebody runs it down.
void stress_rundown(const plan &how) {
    for (unsigned life = 0; life < how.turns / 50 + 1; ++life) {
        EX_RUNDOWN_REF it;
        ExInitializeRundownProtection(&it);
        std::atomic<int> inside{0};
        std::atomic<bool> gone{false};
        run_threads({how.from + life, how.threads, 0}, [&](random_numbers &any, unsigned number) {
            for (unsigned turn = any.below(8); number != 0 || turn > 0; turn -= turn > 0) {
                const ULONG count = 1 + any.below(3);
                if (!ExAcquireRundownProtectionEx(&it, count)) {
                    return;
                }
                ++inside;
                EMU_CHECK(!gone);
                --inside;
                ExReleaseRundownProtectionEx(&it, count);
            }
            ExWaitForRundownProtectionRelease(&it);  // the first of them, in the end
            gone = true;
            EMU_CHECK(inside == 0);
        });
        EMU_CHECK(gone && !ExAcquireRundownProtection(&it));
    }
}

void stress_remove_lock(const plan &how) {
    for (unsigned life = 0; life < how.turns / 50 + 1; ++life) {
        IO_REMOVE_LOCK it;
        IoInitializeRemoveLock(&it, 'sstS', 0, 0);
        std::atomic<int> inside{0};
        std::atomic<bool> gone{false};
        run_threads({how.from + life, how.threads, 0}, [&](random_numbers &any, unsigned number) {
            PVOID tag = reinterpret_cast<PVOID>(std::uintptr_t{1} + any.below(2));
            for (unsigned turn = any.below(8); number != 0 || turn > 0; turn -= turn > 0) {
                if (!NT_SUCCESS(IoAcquireRemoveLock(&it, tag))) {
                    return;
                }
                ++inside;
                EMU_CHECK(!gone);
                --inside;
                IoReleaseRemoveLock(&it, tag);
            }
            EMU_CHECK(IoAcquireRemoveLock(&it, &it) == STATUS_SUCCESS);
            IoReleaseRemoveLockAndWait(&it, &it);
            gone = true;
            EMU_CHECK(inside == 0);
        });
        EMU_CHECK(gone && it.Common.IoCount == 0);
    }
}

// A mutex and a mutant in random depths, and waits that give up at once.
template <class Release>
void visit_owned(PVOID object, guarded &data, random_numbers &any, const Release &release) {
    if (any.one_in(3)) {
        if (poll(object) != STATUS_SUCCESS) {
            return;
        }
    } else {
        EMU_CHECK(wait_for(object) == STATUS_SUCCESS);
    }
    const unsigned deeper = any.below(3);
    for (unsigned i = 0; i < deeper; ++i) {
        EMU_CHECK(wait_for(object) == STATUS_SUCCESS);
    }
    data.write();
    for (unsigned i = 0; i <= deeper; ++i) {
        release();
    }
}

void stress_mutex(const plan &how) {
    KMUTEX mutex;
    KeInitializeMutex(&mutex, 0);
    everybody_visits(how, mutex, [](void *it, guarded &data, random_numbers &any) {
        visit_owned(it, data, any, [&] { KeReleaseMutex(static_cast<PRKMUTEX>(it), FALSE); });
        EMU_CHECK(!KeAreApcsDisabled());
    });
    EMU_CHECK(KeReadStateMutex(&mutex) == 1);
}

void stress_mutant(const plan &how) {
    KMUTANT mutant;
    KeInitializeMutant(&mutant, FALSE);
    everybody_visits(how, mutant, [](void *it, guarded &data, random_numbers &any) {
        visit_owned(it, data, any,
                    [&] { KeReleaseMutant(static_cast<PRKMUTANT>(it), 0, FALSE, FALSE); });
    });
    EMU_CHECK(KeReadStateMutant(&mutant) == 1);
}

struct interrupting {
    PKINTERRUPT interrupt = nullptr;
    guarded data;
};

// The service routine, synchronised routines and holders of the lock exclude each other.
void stress_interrupt_spin_lock(const plan &how) {
    interrupting device;
    EMU_CHECK(NT_SUCCESS(IoConnectInterrupt(
        &device.interrupt,
        [](PKINTERRUPT, PVOID context) -> BOOLEAN {
            static_cast<interrupting *>(context)->data.write();
            return TRUE;
        },
        &device, nullptr, 0x31, 7, 7, LevelSensitive, FALSE, ~KAFFINITY{0}, FALSE)));
    take_turns(how, [&](random_numbers &any) {
        switch (any.below(3)) {
            case 0: emu::raise_interrupt(device.interrupt, static_cast<int>(any.below(4))); break;
            case 1: {
                const KIRQL before = KeAcquireInterruptSpinLock(device.interrupt);
                device.data.write();
                KeReleaseInterruptSpinLock(device.interrupt, before);
                break;
            }
            default:
                EMU_CHECK(KeSynchronizeExecution(
                    device.interrupt,
                    [](PVOID context) -> BOOLEAN {
                        static_cast<interrupting *>(context)->data.write();
                        return TRUE;
                    },
                    &device));
        }
    });
    IoDisconnectInterrupt(device.interrupt);
    device.data.check();
}

}  // namespace

TEST_CASE("stress: every family of locks keeps its word (native, simulated)") {
    static constexpr struct {
        const char *name;
        void (*scenario)(const plan &);
    } families[] = {
#define EMU_LOCK_FAMILY(name, text) {text, stress_##name},
#include "emu/base/lock_families.def"
#undef EMU_LOCK_FAMILY
    };
    for (const auto &each : families) {
        put_under_stress(each.name, each.scenario);
    }
}
