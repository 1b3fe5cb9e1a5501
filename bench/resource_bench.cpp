// Executive resources as a driver sees them, beside the push lock: through the shared library,
// every check on.
#include "bench/lock_runs.hpp"

extern "C" {
#include <ntifs.h>
}

namespace {

struct in_region {
    in_region() { KeEnterCriticalRegion(); }
    ~in_region() { KeLeaveCriticalRegion(); }
};

struct resource {
    static constexpr const char *name = "resource";
    using visit = in_region;
    resource() { ExInitializeResourceLite(&it); }
    ~resource() { ExDeleteResourceLite(&it); }
    resource(const resource &) = delete;
    resource &operator=(const resource &) = delete;
    void lock() { ExAcquireResourceExclusiveLite(&it, TRUE); }
    void unlock() { ExReleaseResourceLite(&it); }
    void lock_shared() { ExAcquireResourceSharedLite(&it, TRUE); }
    void unlock_shared() { ExReleaseResourceLite(&it); }
    alignas(64) ERESOURCE it;
};

struct push_lock {
    static constexpr const char *name = "push_lock";
    using visit = in_region;
    void lock() { ExAcquirePushLockExclusiveEx(&word, 0); }
    void unlock() { ExReleasePushLockExclusiveEx(&word, 0); }
    void lock_shared() { ExAcquirePushLockSharedEx(&word, 0); }
    void unlock_shared() { ExReleasePushLockSharedEx(&word, 0); }
    alignas(64) EX_PUSH_LOCK word{};
};

}  // namespace

int main(int argc, char **argv) {
    bench::register_alone<push_lock>();
    bench::register_alone<resource>();
    bench::register_contended<push_lock, resource>();
    return bench::run_registered(argc, argv);
}
