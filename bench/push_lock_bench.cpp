// Push locks as a driver sees them: through the shared library, every check on.
#include "bench/lock_runs.hpp"

#include "bench/empty_calls.hpp"
extern "C" {
#include <ntifs.h>
}

namespace {

struct in_region {
    in_region() { KeEnterCriticalRegion(); }
    ~in_region() { KeLeaveCriticalRegion(); }
};

struct checked {
    static constexpr const char *name = "checked";
    using visit = in_region;
    void lock() { ExAcquirePushLockExclusiveEx(&word, 0); }
    void unlock() { ExReleasePushLockExclusiveEx(&word, 0); }
    void lock_shared() { ExAcquirePushLockSharedEx(&word, 0); }
    void unlock_shared() { ExReleasePushLockSharedEx(&word, 0); }
    alignas(64) EX_PUSH_LOCK word{};
};

// As most drivers write it: the region is entered and left each time.
struct checked_with_region {
    static constexpr const char *name = "checked_with_region";
    using visit = bench::no_visit;
    void lock() {
        KeEnterCriticalRegion();
        ExAcquirePushLockExclusiveEx(&word, 0);
    }
    void unlock() {
        ExReleasePushLockExclusiveEx(&word, 0);
        KeLeaveCriticalRegion();
    }
    void lock_shared() {
        KeEnterCriticalRegion();
        ExAcquirePushLockSharedEx(&word, 0);
    }
    void unlock_shared() {
        ExReleasePushLockSharedEx(&word, 0);
        KeLeaveCriticalRegion();
    }
    alignas(64) EX_PUSH_LOCK word{};
};

// Two calls into a shared library: no lock behind such an interface can be cheaper.
struct empty_calls {
    static constexpr const char *name = "floor_two_calls";
    using visit = bench::no_visit;
    void lock() { bench_empty_enter(this, 0); }
    void unlock() { bench_empty_leave(this, 0); }
    void lock_shared() { lock(); }
    void unlock_shared() { unlock(); }
};

}  // namespace

int main(int argc, char **argv) {
    bench::register_alone<empty_calls>();
    bench::register_alone<checked_with_region>();
    bench::register_against_peers<checked>();
    return bench::run_registered(argc, argv);
}
