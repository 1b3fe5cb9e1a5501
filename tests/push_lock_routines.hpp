// The push lock family as tables, so that a test can hold for every routine it applies to.
#pragma once
#include "both_backends.hpp"

extern "C" {
#include <nt/push_lock_undocumented.h>
}

namespace tests {

enum class way_in { ex, flt };  // the Flt routines disable normal kernel APCs themselves

struct acquire_routine {
    const char *name;
    bool shared;
    way_in way;
    void (*call)(PEX_PUSH_LOCK lock);
};

inline constexpr acquire_routine acquires[] = {
    {"ExAcquirePushLockExclusive", false, way_in::ex,
     [](PEX_PUSH_LOCK lock) { ExAcquirePushLockExclusive(lock); }},
    {"ExAcquirePushLockShared", true, way_in::ex,
     [](PEX_PUSH_LOCK lock) { ExAcquirePushLockShared(lock); }},
    {"ExfAcquirePushLockExclusive", false, way_in::ex,
     [](PEX_PUSH_LOCK lock) { ExfAcquirePushLockExclusive(lock); }},
    {"ExfAcquirePushLockShared", true, way_in::ex,
     [](PEX_PUSH_LOCK lock) { ExfAcquirePushLockShared(lock); }},
    {"FltAcquirePushLockExclusive", false, way_in::flt,
     [](PEX_PUSH_LOCK lock) { FltAcquirePushLockExclusive(lock); }},
    {"FltAcquirePushLockShared", true, way_in::flt,
     [](PEX_PUSH_LOCK lock) { FltAcquirePushLockShared(lock); }},
};

struct try_routine {
    const char *name;
    bool shared;
    BOOLEAN (*call)(PEX_PUSH_LOCK lock);
};

inline constexpr try_routine tries[] = {
    {"ExTryAcquirePushLockExclusive", false,
     [](PEX_PUSH_LOCK lock) { return ExTryAcquirePushLockExclusive(lock); }},
    {"ExTryAcquirePushLockShared", true,
     [](PEX_PUSH_LOCK lock) { return ExTryAcquirePushLockShared(lock); }},
    {"ExfTryAcquirePushLockShared", true,
     [](PEX_PUSH_LOCK lock) { return ExfTryAcquirePushLockShared(lock); }},
};

enum class releases_what { exclusive, shared, either };

struct release_routine {
    const char *name;
    releases_what mode;
    way_in way;
    void (*call)(PEX_PUSH_LOCK lock);

    bool fits(bool shared) const {
        return mode == releases_what::either || (mode == releases_what::shared) == shared;
    }
};

inline constexpr release_routine releases[] = {
    {"ExReleasePushLockExclusive", releases_what::exclusive, way_in::ex,
     [](PEX_PUSH_LOCK lock) { ExReleasePushLockExclusive(lock); }},
    {"ExReleasePushLockShared", releases_what::shared, way_in::ex,
     [](PEX_PUSH_LOCK lock) { ExReleasePushLockShared(lock); }},
    {"ExReleasePushLockEx", releases_what::either, way_in::ex,
     [](PEX_PUSH_LOCK lock) { ExReleasePushLock(lock); }},
    {"ExfReleasePushLockExclusive", releases_what::exclusive, way_in::ex,
     [](PEX_PUSH_LOCK lock) { ExfReleasePushLockExclusive(lock); }},
    {"ExfReleasePushLockShared", releases_what::shared, way_in::ex,
     [](PEX_PUSH_LOCK lock) { ExfReleasePushLockShared(lock); }},
    {"ExfReleasePushLock", releases_what::either, way_in::ex,
     [](PEX_PUSH_LOCK lock) { ExfReleasePushLock(lock); }},
    {"FltReleasePushLock", releases_what::either, way_in::flt,
     [](PEX_PUSH_LOCK lock) { FltReleasePushLock(lock); }},
};

/// A critical region for as long as the object lives.
struct critical_region {
    critical_region() { KeEnterCriticalRegion(); }
    ~critical_region() {
        if (!emu::detail::machine_dead()) {
            KeLeaveCriticalRegion();
        }
    }
};

inline void exclusively(PEX_PUSH_LOCK lock) {
    critical_region inside;
    ExAcquirePushLockExclusive(lock);
    ExReleasePushLockExclusive(lock);
}

}  // namespace tests
