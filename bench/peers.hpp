// The locks that ours is measured against, all with the same five members.
#pragma once
#include <pthread.h>

#include <shared_mutex>

#if BENCH_HAS_ABSL
#include <absl/synchronization/mutex.h>
#endif

namespace bench {

/// Lives on each thread that uses a lock which asks nothing of its threads.
struct no_visit {};

struct std_shared_mutex {
    static constexpr const char *name = "std_shared_mutex";
    using visit = no_visit;
    void lock() { mutex.lock(); }
    void unlock() { mutex.unlock(); }
    void lock_shared() { mutex.lock_shared(); }
    void unlock_shared() { mutex.unlock_shared(); }
    alignas(64) std::shared_mutex mutex;
};

struct posix_rwlock {
    static constexpr const char *name = "pthread_rwlock";
    using visit = no_visit;
    void lock() { pthread_rwlock_wrlock(&rwlock); }
    void unlock() { pthread_rwlock_unlock(&rwlock); }
    void lock_shared() { pthread_rwlock_rdlock(&rwlock); }
    void unlock_shared() { pthread_rwlock_unlock(&rwlock); }
    alignas(64) pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
};

#if BENCH_HAS_ABSL
struct absl_mutex {
    static constexpr const char *name = "absl_mutex";
    using visit = no_visit;
    void lock() { mutex.Lock(); }
    void unlock() { mutex.Unlock(); }
    void lock_shared() { mutex.ReaderLock(); }
    void unlock_shared() { mutex.ReaderUnlock(); }
    alignas(64) absl::Mutex mutex;
};
#endif

}  // namespace bench
