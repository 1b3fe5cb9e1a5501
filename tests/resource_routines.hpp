// Executive resources as tables, so that a test can hold for every routine it applies to.
#pragma once
#include "both_backends.hpp"

namespace tests {

/// A critical region as a scope.
struct region {
    region() { KeEnterCriticalRegion(); }
    ~region() { KeLeaveCriticalRegion(); }
    region(const region &) = delete;
    region &operator=(const region &) = delete;
};

/// A resource as a scope, for tests that end well.
struct resource {
    resource() { ExInitializeResourceLite(&it); }
    ~resource() { ExDeleteResourceLite(&it); }
    resource(const resource &) = delete;
    resource &operator=(const resource &) = delete;
    operator PERESOURCE() { return &it; }
    ERESOURCE *operator->() { return &it; }
    ERESOURCE it;
};

enum class flavour { exclusive, shared, starve, behind };

struct resource_acquire {
    const char *name;
    flavour how;
    BOOLEAN(NTAPI *call)(PERESOURCE resource, BOOLEAN wait);
};

inline constexpr resource_acquire resource_acquires[] = {
    {"ExAcquireResourceExclusiveLite", flavour::exclusive, ExAcquireResourceExclusiveLite},
    {"ExAcquireResourceSharedLite", flavour::shared, ExAcquireResourceSharedLite},
    {"ExAcquireSharedStarveExclusive", flavour::starve, ExAcquireSharedStarveExclusive},
    {"ExAcquireSharedWaitForExclusive", flavour::behind, ExAcquireSharedWaitForExclusive},
};

/// Routines that acquire and release inside a region of their own.
struct resource_pair {
    const char *name;
    bool exclusive;
    void (*acquire)(PERESOURCE resource);
    void (*release)(PERESOURCE resource);
};

inline constexpr resource_pair resource_pairs[] = {
    {"ExEnterCriticalRegionAndAcquireResourceExclusive", true,
     [](PERESOURCE r) { ExEnterCriticalRegionAndAcquireResourceExclusive(r); },
     [](PERESOURCE r) { ExReleaseResourceAndLeaveCriticalRegion(r); }},
    {"ExEnterCriticalRegionAndAcquireResourceShared", false,
     [](PERESOURCE r) { ExEnterCriticalRegionAndAcquireResourceShared(r); },
     [](PERESOURCE r) { ExReleaseResourceAndLeaveCriticalRegion(r); }},
    {"ExEnterCriticalRegionAndAcquireSharedWaitForExclusive", false,
     [](PERESOURCE r) { ExEnterCriticalRegionAndAcquireSharedWaitForExclusive(r); },
     [](PERESOURCE r) { ExReleaseResourceAndLeaveCriticalRegion(r); }},
    {"ExEnterPriorityRegionAndAcquireResourceExclusive", true,
     [](PERESOURCE r) { ExEnterPriorityRegionAndAcquireResourceExclusive(r); },
     [](PERESOURCE r) { ExReleaseResourceAndLeavePriorityRegion(r); }},
    {"ExEnterPriorityRegionAndAcquireResourceShared", false,
     [](PERESOURCE r) { ExEnterPriorityRegionAndAcquireResourceShared(r); },
     [](PERESOURCE r) { ExReleaseResourceAndLeavePriorityRegion(r); }},
    {"FltAcquireResourceExclusive", true, [](PERESOURCE r) { FltAcquireResourceExclusive(r); },
     [](PERESOURCE r) { FltReleaseResource(r); }},
    {"FltAcquireResourceShared", false, [](PERESOURCE r) { FltAcquireResourceShared(r); },
     [](PERESOURCE r) { FltReleaseResource(r); }},
};

/// What another thread gets that asks without waiting; it gives it back at once.
inline bool other_thread_gets(PERESOURCE resource, const resource_acquire &routine) {
    bool got = false;
    emu::system_thread{"asker",
                       [&] {
                           region inside;
                           got = routine.call(resource, FALSE) != FALSE;
                           if (got) {
                               ExReleaseResourceLite(resource);
                           }
                       }}
        .join();
    return got;
}

}  // namespace tests
