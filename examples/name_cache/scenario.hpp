// The situations that the tests put the cache into, as bodies for emu::run, explore and search.
//
// name_cache_test.cpp explores them with the driver as it is, and they stay silent;
// planted_test.cpp and demo.cpp run the same ones against a driver with a mistake compiled in.
// They use EMU_CHECK and not the framework's checks, so that they serve in a program without one.
#pragma once
#include <emu/test.hpp>

extern "C" {
#include "driver.h"
}

namespace scenario {

inline const UNICODE_STRING first_name = RTL_CONSTANT_STRING(L"\\first.txt");
inline const UNICODE_STRING second_name = RTL_CONSTANT_STRING(L"\\second.txt");

inline NAME_CACHE_STATISTICS statistics_of(NAME_CACHE &cache) {
    NAME_CACHE_STATISTICS now;
    NameCacheQueryStatistics(&cache, &now);
    EMU_CHECK(now.Insertions - now.Removals - now.Evictions == now.Entries);
    return now;
}

inline void insert(NAME_CACHE &cache, ULONGLONG file_id, const UNICODE_STRING &name = first_name) {
    EMU_CHECK(NameCacheInsert(&cache, file_id, &name) == STATUS_SUCCESS);
}

/// One thread.  PLANT_RECURSION: the third insertion trims under the table lock.
inline void insert_far_beyond_the_limit() {
    NAME_CACHE cache;
    NameCacheInitialize(&cache, 1, nullptr);
    insert(cache, 1);
    insert(cache, 2);
    insert(cache, 3);
    NameCacheUninitialize(&cache);
}

/// One thread.  PLANT_MISSING_REGION: the query takes its locks with normal kernel APCs enabled.
inline void query_the_statistics() {
    NAME_CACHE cache;
    NameCacheInitialize(&cache, 1, nullptr);
    EMU_CHECK(statistics_of(cache).Entries == 0);
    NameCacheUninitialize(&cache);
}

/// PLANT_CHECK_THEN_ACT: both threads find the file unknown, both insert it.  One preemption:
/// between the two holds of the table lock in NameCacheInsert.
inline void two_insertions_of_one_file() {
    NAME_CACHE cache;
    NameCacheInitialize(&cache, 8, nullptr);
    NTSTATUS first = STATUS_UNSUCCESSFUL;
    NTSTATUS second = STATUS_UNSUCCESSFUL;
    {
        emu::system_thread one{"first", [&] { first = NameCacheInsert(&cache, 7, &first_name); }};
        emu::system_thread two{"second",
                               [&] { second = NameCacheInsert(&cache, 7, &second_name); }};
    }
    EMU_CHECK((first == STATUS_SUCCESS) != (second == STATUS_SUCCESS));
    EMU_CHECK(statistics_of(cache).Entries == 1);
    NameCacheUninitialize(&cache);
}

/// PLANT_LOCK_ORDER: the query holds the statistics lock and wants the table lock, the trim holds
/// the table lock and wants the statistics lock.  One preemption: between the two acquires of
/// either.
inline void statistics_beside_trim() {
    NAME_CACHE cache;
    NameCacheInitialize(&cache, 0, nullptr);
    insert(cache, 1);
    NameCacheTrim(&cache);  // chooses the entry, which the next trim evicts
    {
        emu::system_thread report{"report", [&] { statistics_of(cache); }};
        emu::system_thread trimmer{"trimmer", [&] { NameCacheTrim(&cache); }};
    }
    EMU_CHECK(statistics_of(cache).Evictions == 1);
    NameCacheUninitialize(&cache);
}

/// A lookup beside the two passes of an eviction.
///
/// PLANT_USE_AFTER_FREE needs two preemptions.  Until the first pass is through, the entry is warm
/// and a lookup takes its reference under the lock; after the second, it is not in the table.  So
/// the lookup has to come between the passes, which costs the trimmer a preemption, since nothing
/// there makes it wait.  Then the entry is cold and the lookup lets go of it between its two holds
/// of the table lock; but only if it loses the processor there, the second preemption, can the
/// trimmer's second pass free the entry that the lookup is about to reference.  Counted: of the 27
/// schedules with at most one preemption none fails, of the 191 with at most two 4 do.
///
/// The reference is used and given back only when both threads are gone, as by a filter that keeps
/// it in a stream context.
inline ULONGLONG lookup_beside_trim() {
    NAME_CACHE cache;
    NameCacheInitialize(&cache, 1, nullptr);
    insert(cache, 1, first_name);
    insert(cache, 2, second_name);
    NAME_ENTRY *found = nullptr;
    {
        emu::system_thread reader{"reader", [&] { found = NameCacheLookup(&cache, 1); }};
        emu::system_thread trimmer{"trimmer", [&] {
                                       NameCacheTrim(&cache);
                                       NameCacheTrim(&cache);
                                   }};
    }
    if (found != nullptr) {
        WCHAR text[32];
        UNICODE_STRING name{0, sizeof text, text};
        EMU_CHECK(NameEntryQueryName(found, &name) == STATUS_SUCCESS);
        EMU_CHECK(RtlEqualUnicodeString(&name, &first_name, FALSE));
        NameEntryDereference(found);
    }
    const ULONGLONG promotions = statistics_of(cache).Promotions;
    NameCacheUninitialize(&cache);
    return promotions;
}

}  // namespace scenario
