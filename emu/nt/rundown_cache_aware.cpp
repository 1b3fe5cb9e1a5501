// Cache-aware rundown protection: one word on a cache line of its own.  Windows spreads the count
// over the processors, which no driver can see but by speed (docs/decisions/081-rundown-words.md).
#include "emu/nt/pool.hpp"
#include "emu/nt/rundown.hpp"

struct alignas(8) _EX_RUNDOWN_REF_CACHE_AWARE {
    EX_RUNDOWN_REF word;
    UCHAR rest_of_line[56];
};

using namespace emu;
using namespace emu::nt;
using rundown::entered;

extern "C" {

PEX_RUNDOWN_REF_CACHE_AWARE NTAPI ExAllocateCacheAwareRundownProtection(POOL_TYPE PoolType,
                                                                        ULONG PoolTag) {
    constexpr routine by = routine::ExAllocateCacheAwareRundownProtection;
    void *made = allocate_pool({enter<by>(nullptr, EMU_CALLER), by, nullptr, EMU_CALLER},
                               {sizeof(_EX_RUNDOWN_REF_CACHE_AWARE), PoolTag,
                                static_cast<std::uint32_t>(PoolType), true});
    return static_cast<PEX_RUNDOWN_REF_CACHE_AWARE>(made);
}

VOID NTAPI ExFreeCacheAwareRundownProtection(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware) {
    free_pool(entered<routine::ExFreeCacheAwareRundownProtection>(RunRefCacheAware, EMU_CALLER),
              0);
}

SIZE_T NTAPI ExSizeOfRundownProtectionCacheAware(VOID) {
    enter<routine::ExSizeOfRundownProtectionCacheAware>(nullptr, EMU_CALLER);
    return sizeof(_EX_RUNDOWN_REF_CACHE_AWARE);
}

VOID NTAPI ExInitializeRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware,
                                                   SIZE_T RunRefSize) {
    const verify::call at =
        entered<routine::ExInitializeRundownProtectionCacheAware>(RunRefCacheAware, EMU_CALLER);
    if (RunRefSize < sizeof(_EX_RUNDOWN_REF_CACHE_AWARE)) {
        stop_on(verify::judge_rundown_size(at, RunRefSize, sizeof(_EX_RUNDOWN_REF_CACHE_AWARE)));
    }
    rundown::initialize(at);
}

VOID NTAPI ExInitializeRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware,
                                                     ULONG Flags) {
    const verify::call at =
        entered<routine::ExInitializeRundownProtectionCacheAwareEx>(RunRefCacheAware, EMU_CALLER);
    if (Flags != 0) {
        stop_on(verify::judge_rundown_flags(at, Flags));
    }
    rundown::initialize(at);
}

VOID NTAPI ExCleanupRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware) {
    stop_on(verify::judge_rundown_word(
        entered<routine::ExCleanupRundownProtectionCacheAware>(RunRefCacheAware, EMU_CALLER)));
}

VOID NTAPI
ExReInitializeRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware) {
    rundown::reinitialize(
        entered<routine::ExReInitializeRundownProtectionCacheAware>(RunRefCacheAware, EMU_CALLER));
}

BOOLEAN FASTCALL
ExAcquireRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware) {
    return rundown::acquire(
        entered<routine::ExAcquireRundownProtectionCacheAware>(RunRefCacheAware, EMU_CALLER), 1);
}

BOOLEAN FASTCALL
ExAcquireRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware, ULONG Count) {
    return rundown::acquire(
        entered<routine::ExAcquireRundownProtectionCacheAwareEx>(RunRefCacheAware, EMU_CALLER),
        Count);
}

VOID FASTCALL ExReleaseRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware) {
    rundown::release(
        entered<routine::ExReleaseRundownProtectionCacheAware>(RunRefCacheAware, EMU_CALLER), 1);
}

VOID FASTCALL ExReleaseRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE RunRef,
                                                     ULONG Count) {
    rundown::release(entered<routine::ExReleaseRundownProtectionCacheAwareEx>(RunRef, EMU_CALLER),
                     Count);
}

VOID FASTCALL ExWaitForRundownProtectionReleaseCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRef) {
    rundown::wait(
        entered<routine::ExWaitForRundownProtectionReleaseCacheAware>(RunRef, EMU_CALLER));
}

VOID FASTCALL ExRundownCompletedCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware) {
    rundown::complete(
        entered<routine::ExRundownCompletedCacheAware>(RunRefCacheAware, EMU_CALLER));
}

}  // extern "C"
