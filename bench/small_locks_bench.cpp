// Spin locks, mutexes and events through the shared library, every check on, beside what the host
// has.
//
// A second host thread sleeps meanwhile: while there is but one, glibc's mutexes leave out their
// atomic operations.
#include <benchmark/benchmark.h>
#include <pthread.h>

#include <mutex>
#include <semaphore>
#include <thread>

#include "bench/empty_calls.hpp"
extern "C" {
#include <ntifs.h>
}

namespace {

void spin_lock(benchmark::State &state) {
    alignas(64) KSPIN_LOCK lock;
    KeInitializeSpinLock(&lock);
    for (auto _ : state) {
        KIRQL before;
        KeAcquireSpinLock(&lock, &before);
        benchmark::ClobberMemory();
        KeReleaseSpinLock(&lock, before);
    }
}

void spin_lock_at_dispatch(benchmark::State &state) {
    alignas(64) KSPIN_LOCK lock;
    KeInitializeSpinLock(&lock);
    KIRQL before;
    KeRaiseIrql(DISPATCH_LEVEL, &before);
    for (auto _ : state) {
        KeAcquireSpinLockAtDpcLevel(&lock);
        benchmark::ClobberMemory();
        KeReleaseSpinLockFromDpcLevel(&lock);
    }
    KeLowerIrql(before);
}

void queued_spin_lock(benchmark::State &state) {
    alignas(64) KSPIN_LOCK lock;
    KeInitializeSpinLock(&lock);
    for (auto _ : state) {
        KLOCK_QUEUE_HANDLE mine;
        KeAcquireInStackQueuedSpinLock(&lock, &mine);
        benchmark::ClobberMemory();
        KeReleaseInStackQueuedSpinLock(&mine);
    }
}

void rw_spin_lock_shared(benchmark::State &state) {
    alignas(64) EX_SPIN_LOCK lock = 0;
    for (auto _ : state) {
        const KIRQL before = ExAcquireSpinLockShared(&lock);
        benchmark::ClobberMemory();
        ExReleaseSpinLockShared(&lock, before);
    }
}

void posix_spin_lock(benchmark::State &state) {
    alignas(64) pthread_spinlock_t lock;
    pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
    for (auto _ : state) {
        pthread_spin_lock(&lock);
        benchmark::ClobberMemory();
        pthread_spin_unlock(&lock);
    }
}

void fast_mutex(benchmark::State &state) {
    alignas(64) FAST_MUTEX mutex;
    ExInitializeFastMutex(&mutex);
    for (auto _ : state) {
        ExAcquireFastMutex(&mutex);
        benchmark::ClobberMemory();
        ExReleaseFastMutex(&mutex);
    }
}

void guarded_mutex(benchmark::State &state) {
    alignas(64) KGUARDED_MUTEX mutex;
    KeInitializeGuardedMutex(&mutex);
    for (auto _ : state) {
        KeAcquireGuardedMutex(&mutex);
        benchmark::ClobberMemory();
        KeReleaseGuardedMutex(&mutex);
    }
}

void std_mutex(benchmark::State &state) {
    alignas(64) std::mutex mutex;
    for (auto _ : state) {
        mutex.lock();
        benchmark::ClobberMemory();
        mutex.unlock();
    }
}

void event_set_and_reset(benchmark::State &state) {
    alignas(64) KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    for (auto _ : state) {
        KeSetEvent(&event, 0, FALSE);
        benchmark::ClobberMemory();
        KeResetEvent(&event);
    }
}

void event_set_and_wait(benchmark::State &state) {
    alignas(64) KEVENT event;
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    for (auto _ : state) {
        KeSetEvent(&event, 0, FALSE);
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, nullptr);
    }
}

void two_empty_calls(benchmark::State &state) {
    int object = 0;
    for (auto _ : state) {
        bench_empty_enter(&object, 0);
        benchmark::ClobberMemory();
        bench_empty_leave(&object, 0);
    }
}

// Each run's peers right beside it, as compare.py takes ratios within a round.
BENCHMARK(spin_lock)->Name("spin_lock/checked");
BENCHMARK(posix_spin_lock)->Name("spin_lock/pthread_spinlock");
BENCHMARK(two_empty_calls)->Name("spin_lock/floor_two_calls");
BENCHMARK(spin_lock_at_dispatch)->Name("spin_lock_at_dispatch/checked");
BENCHMARK(posix_spin_lock)->Name("spin_lock_at_dispatch/pthread_spinlock");
BENCHMARK(queued_spin_lock)->Name("queued_spin_lock/checked");
BENCHMARK(posix_spin_lock)->Name("queued_spin_lock/pthread_spinlock");
BENCHMARK(rw_spin_lock_shared)->Name("rw_spin_lock_shared/checked");
BENCHMARK(posix_spin_lock)->Name("rw_spin_lock_shared/pthread_spinlock");
BENCHMARK(fast_mutex)->Name("fast_mutex/checked");
BENCHMARK(std_mutex)->Name("fast_mutex/std_mutex");
BENCHMARK(guarded_mutex)->Name("guarded_mutex/checked");
BENCHMARK(std_mutex)->Name("guarded_mutex/std_mutex");
BENCHMARK(event_set_and_reset)->Name("event_set_reset/checked");
BENCHMARK(two_empty_calls)->Name("event_set_reset/floor_two_calls");
BENCHMARK(event_set_and_wait)->Name("event_set_wait/checked");
BENCHMARK(two_empty_calls)->Name("event_set_wait/floor_two_calls");

}  // namespace

int main(int argc, char **argv) {
    std::binary_semaphore over{0};
    std::thread sleeper{[&] { over.acquire(); }};
    benchmark::Initialize(&argc, argv);
    const bool understood = !benchmark::ReportUnrecognizedArguments(argc, argv);
    if (understood) {
        benchmark::RunSpecifiedBenchmarks();
    }
    over.release();
    sleeper.join();
    return understood ? 0 : 1;
}
