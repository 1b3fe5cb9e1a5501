// The example driver's unit tests: what it does, on real threads and in simulation; what it must
// not be asked to do; and what may go on at the same time, under many schedules.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "scenario.hpp"

namespace {

using scenario::first_name;
using scenario::insert;
using scenario::second_name;
using scenario::statistics_of;

void run_on(emu::backend where, void (*body)()) {
    emu::machine_options with = emu::default_options();
    with.on = where;
    emu::run(body, with);
}

// One body, two test cases.
#define TEST_ON_BOTH_AS(body, sentence)                                   \
    static void body();                                                   \
    TEST_CASE("native: " sentence *doctest::test_suite("native")) {       \
        run_on(emu::backend::native, body);                               \
    }                                                                     \
    TEST_CASE("simulated: " sentence *doctest::test_suite("simulated")) { \
        run_on(emu::backend::simulated, body);                            \
    }                                                                     \
    static void body()
#define TEST_ON_BOTH(sentence) TEST_ON_BOTH_AS(DOCTEST_ANONYMOUS(body_), sentence)

#define TEST_SIMULATED(sentence) TEST_CASE(sentence *doctest::test_suite("simulated"))
#define TEST_NATIVE(sentence) TEST_CASE(sentence *doctest::test_suite("native"))

bool contains(NAME_CACHE &cache, ULONGLONG file_id) {
    NAME_ENTRY *entry = NameCacheLookup(&cache, file_id);
    if (entry != nullptr) {
        NameEntryDereference(entry);
    }
    return entry != nullptr;
}

struct name_buffer {
    WCHAR text[32] = {};
    UNICODE_STRING string{0, sizeof text, text};
    bool operator==(const UNICODE_STRING &other) const {
        return RtlEqualUnicodeString(&string, &other, FALSE);
    }
};

void sleep_ms(LONGLONG milliseconds) {
    LARGE_INTEGER interval;
    interval.QuadPart = -milliseconds * 10'000;
    KeDelayExecutionThread(KernelMode, FALSE, &interval);
}

}  // namespace

// -----------------------------------------------------------------------------------------------
// What it does

TEST_ON_BOTH("name_cache: an inserted name is found, a removed one is not") {
    NAME_CACHE cache;
    NameCacheInitialize(&cache, 8, nullptr);
    insert(cache, 7);
    CHECK(contains(cache, 7));
    CHECK_FALSE(contains(cache, 8));
    CHECK(NameCacheRemove(&cache, 7) == STATUS_SUCCESS);
    CHECK(NameCacheRemove(&cache, 7) == STATUS_NOT_FOUND);
    CHECK_FALSE(contains(cache, 7));
    NameCacheUninitialize(&cache);
}

TEST_ON_BOTH("name_cache: files that share a bucket keep their own names") {
    NAME_CACHE cache;
    NameCacheInitialize(&cache, 100, nullptr);
    for (ULONGLONG id = 0; id < 100; ++id) {
        insert(cache, id, id % 2 == 0 ? first_name : second_name);
    }
    for (ULONGLONG id = 0; id < 100; ++id) {
        NAME_ENTRY *entry = NameCacheLookup(&cache, id);
        REQUIRE(entry != nullptr);
        name_buffer name;
        CHECK(NameEntryQueryName(entry, &name.string) == STATUS_SUCCESS);
        CHECK(name == (id % 2 == 0 ? first_name : second_name));
        NameEntryDereference(entry);
    }
    NameCacheUninitialize(&cache);
}

TEST_ON_BOTH("name_cache: a known file id and an empty name are refused") {
    NAME_CACHE cache;
    const UNICODE_STRING empty{};
    NameCacheInitialize(&cache, 8, nullptr);
    insert(cache, 7);
    CHECK(NameCacheInsert(&cache, 7, &second_name) == STATUS_OBJECT_NAME_COLLISION);
    CHECK(NameCacheInsert(&cache, 8, &empty) == STATUS_INVALID_PARAMETER);
    CHECK(statistics_of(cache).Entries == 1);
    NameCacheUninitialize(&cache);
}

TEST_ON_BOTH("name_cache: a removed entry lives on for who holds a reference") {
    NAME_CACHE cache;
    name_buffer name;
    NameCacheInitialize(&cache, 8, nullptr);
    insert(cache, 7);
    NAME_ENTRY *entry = NameCacheLookup(&cache, 7);
    REQUIRE(entry != nullptr);
    CHECK(NameCacheRemove(&cache, 7) == STATUS_SUCCESS);
    NameCacheUninitialize(&cache);
    CHECK(NameEntryQueryName(entry, &name.string) == STATUS_SUCCESS);
    CHECK(name == first_name);
    NameEntryDereference(entry);
}

TEST_ON_BOTH("name_cache: a name that does not fit leaves the buffer alone") {
    NAME_CACHE cache;
    WCHAR text[2] = {};
    UNICODE_STRING small{0, sizeof text, text};
    NameCacheInitialize(&cache, 8, nullptr);
    insert(cache, 7);
    NAME_ENTRY *entry = NameCacheLookup(&cache, 7);
    REQUIRE(entry != nullptr);
    CHECK(NameEntryQueryName(entry, &small) == STATUS_BUFFER_TOO_SMALL);
    CHECK(small.Length == 0);
    NameEntryDereference(entry);
    NameCacheUninitialize(&cache);
}

TEST_ON_BOTH("name_cache: two trims evict the oldest down to the limit") {
    NAME_CACHE cache;
    NameCacheInitialize(&cache, 2, nullptr);
    for (ULONGLONG id = 1; id <= 4; ++id) {
        insert(cache, id);
    }
    CHECK(NameCacheTrim(&cache) == 2);
    CHECK(statistics_of(cache).Entries == 4);
    CHECK(NameCacheTrim(&cache) == 0);
    CHECK(statistics_of(cache).Evictions == 2);
    CHECK_FALSE(contains(cache, 1));
    CHECK_FALSE(contains(cache, 2));
    CHECK(contains(cache, 3));
    CHECK(contains(cache, 4));
    NameCacheUninitialize(&cache);
}

TEST_ON_BOTH("name_cache: a lookup between two trims spares the entry") {
    NAME_CACHE cache;
    NameCacheInitialize(&cache, 1, nullptr);
    insert(cache, 1);
    insert(cache, 2);
    CHECK(NameCacheTrim(&cache) == 1);
    CHECK(contains(cache, 1));
    CHECK(NameCacheTrim(&cache) == 1);  // now the other one
    CHECK(NameCacheTrim(&cache) == 0);
    CHECK(contains(cache, 1));
    CHECK_FALSE(contains(cache, 2));
    CHECK(statistics_of(cache).Promotions == 1);
    NameCacheUninitialize(&cache);
}

TEST_ON_BOTH("name_cache: the hits of an entry are kept when it goes") {
    NAME_CACHE cache;
    name_buffer name;
    NameCacheInitialize(&cache, 8, nullptr);
    insert(cache, 7);
    NAME_ENTRY *entry = NameCacheLookup(&cache, 7);
    REQUIRE(entry != nullptr);
    NameEntryQueryName(entry, &name.string);
    NameEntryQueryName(entry, &name.string);
    NameEntryDereference(entry);
    CHECK(statistics_of(cache).RetiredHits == 0);
    NameCacheRemove(&cache, 7);
    CHECK(statistics_of(cache).RetiredHits == 2);
    NameCacheUninitialize(&cache);
}

TEST_ON_BOTH("driver: a file that is learned twice has its last name") {
    NAME_CACHE_DRIVER *driver = nullptr;
    name_buffer name;
    REQUIRE(NameCacheDriverStart(8, &driver) == STATUS_SUCCESS);
    CHECK(NameCacheDriverLearnName(driver, 7, &first_name) == STATUS_SUCCESS);
    CHECK(NameCacheDriverLearnName(driver, 7, &second_name) == STATUS_SUCCESS);
    CHECK(NameCacheDriverQueryName(driver, 7, &name.string) == STATUS_SUCCESS);
    CHECK(name == second_name);
    CHECK(NameCacheDriverQueryName(driver, 8, &name.string) == STATUS_NOT_FOUND);
    NameCacheDriverStop(driver);
}

TEST_ON_BOTH("worker: it is stopped as soon as it is started") {
    NAME_CACHE_DRIVER *driver = nullptr;
    REQUIRE(NameCacheDriverStart(8, &driver) == STATUS_SUCCESS);
    NameCacheDriverStop(driver);
}

// Time is virtual here: the grace period passes at once.

TEST_SIMULATED("worker: it trims a cache that has grown beyond its limit") {
    run_on(emu::backend::simulated, [] {
        NAME_CACHE_DRIVER *driver = nullptr;
        REQUIRE(NameCacheDriverStart(2, &driver) == STATUS_SUCCESS);
        for (ULONGLONG id = 1; id <= 4; ++id) {
            CHECK(NameCacheDriverLearnName(driver, id, &first_name) == STATUS_SUCCESS);
        }
        sleep_ms(1000);
        CHECK(statistics_of(driver->Cache).Entries == 2);
        CHECK_FALSE(contains(driver->Cache, 2));
        CHECK(contains(driver->Cache, 3));
        NameCacheDriverStop(driver);
    });
}

TEST_SIMULATED("worker: a name that is asked for during the grace period stays") {
    run_on(emu::backend::simulated, [] {
        NAME_CACHE_DRIVER *driver = nullptr;
        name_buffer name;
        REQUIRE(NameCacheDriverStart(2, &driver) == STATUS_SUCCESS);
        for (ULONGLONG id = 1; id <= 3; ++id) {
            CHECK(NameCacheDriverLearnName(driver, id, &first_name) == STATUS_SUCCESS);
        }
        sleep_ms(50);
        CHECK(NameCacheDriverQueryName(driver, 1, &name.string) == STATUS_SUCCESS);
        sleep_ms(1000);
        CHECK(contains(driver->Cache, 1));
        CHECK_FALSE(contains(driver->Cache, 2));
        CHECK(statistics_of(driver->Cache).Promotions == 1);
        NameCacheDriverStop(driver);
    });
}

// -----------------------------------------------------------------------------------------------
// What it must not be asked to do.  The machine is dead afterwards, so nothing is cleaned up.

TEST_NATIVE("name_cache: unlinking without the table lock meets the driver's own assertion") {
    NAME_CACHE cache;
    NameCacheInitialize(&cache, 8, nullptr);
    insert(cache, 7);
    NAME_ENTRY *entry = NameCacheFindLocked(&cache, 7);
    REQUIRE(entry != nullptr);
    EMU_EXPECT_VIOLATION(emu::rule::assertion_failed,
                         NameCacheUnlinkLocked(&cache, entry, &cache.Statistics.Removals));
}

TEST_NATIVE("name_cache: a lookup by the holder of the table lock hangs") {
    NAME_CACHE cache;
    NameCacheInitialize(&cache, 8, nullptr);
    KeEnterCriticalRegion();
    ExAcquirePushLockExclusive(&cache.TableLock);
    EMU_EXPECT_VIOLATION(emu::rule::shared_over_exclusive, NameCacheLookup(&cache, 7));
}

TEST_NATIVE("name_cache: a name cannot be learned at DISPATCH_LEVEL") {
    NAME_CACHE cache;
    NameCacheInitialize(&cache, 8, nullptr);
    KeRaiseIrqlToDpcLevel();
    EMU_EXPECT_VIOLATION(emu::rule::paged_code_at_raised_irql,
                         NameCacheInsert(&cache, 7, &first_name));
}

TEST_NATIVE("name_cache: one dereference too many meets the driver's own assertion") {
    NAME_CACHE cache;
    NameCacheInitialize(&cache, 8, nullptr);
    insert(cache, 7);
    NAME_ENTRY *entry = NameCacheLookup(&cache, 7);
    REQUIRE(entry != nullptr);
    NameEntryDereference(entry);
    EMU_EXPECT_VIOLATION(emu::rule::assertion_failed, NameEntryDereference(entry));
}

TEST_SIMULATED("worker: the driver's memory cannot go while the worker waits in it") {
    run_on(emu::backend::simulated, [] {
        NAME_CACHE_DRIVER *driver = nullptr;
        REQUIRE(NameCacheDriverStart(8, &driver) == STATUS_SUCCESS);
        sleep_ms(10);
        EMU_EXPECT_VIOLATION(emu::rule::freed_while_waited_on,
                             ExFreePoolWithTag(driver, NAME_CACHE_DRIVER_TAG));
    });
}

// -----------------------------------------------------------------------------------------------
// What may go on at the same time

TEST_NATIVE("native: readers, writers and the worker get along on real threads") {
    emu::run([] {
        NAME_CACHE_DRIVER *driver = nullptr;
        REQUIRE(NameCacheDriverStart(8, &driver) == STATUS_SUCCESS);
        const auto work = [driver](ULONGLONG seed) {
            for (ULONGLONG i = 0; i < 500; ++i) {
                const ULONGLONG id = (i * 7 + seed) % 24;
                name_buffer name;
                EMU_CHECK(NT_SUCCESS(NameCacheDriverLearnName(driver, id, &first_name)));
                const NTSTATUS status = NameCacheDriverQueryName(driver, id, &name.string);
                EMU_CHECK(status == STATUS_NOT_FOUND || name == first_name);
                if (i % 16 == seed) {
                    NameCacheRemove(&driver->Cache, id);
                }
            }
        };
        {
            emu::system_thread one{[&] { work(1); }};
            emu::system_thread two{[&] { work(2); }};
            emu::system_thread three{[&] { work(3); }};
        }
        statistics_of(driver->Cache);
        NameCacheDriverStop(driver);
    });
}

namespace {

void lookup_beside_remove() {
    NAME_CACHE cache;
    NameCacheInitialize(&cache, 8, nullptr);
    insert(cache, 7);
    {
        emu::system_thread reader{
            "reader", [&] {
                if (NAME_ENTRY *entry = NameCacheLookup(&cache, 7)) {
                    name_buffer name;
                    EMU_CHECK(NameEntryQueryName(entry, &name.string) == STATUS_SUCCESS);
                    EMU_CHECK(name == first_name);
                    NameEntryDereference(entry);
                }
            }};
        emu::system_thread remover{
            "remover", [&] { EMU_CHECK(NameCacheRemove(&cache, 7) == STATUS_SUCCESS); }};
    }
    EMU_CHECK(statistics_of(cache).Entries == 0);
    NameCacheUninitialize(&cache);
}

void query_beside_rename() {
    NAME_CACHE_DRIVER *driver = nullptr;
    EMU_CHECK(NameCacheDriverStart(8, &driver) == STATUS_SUCCESS);
    EMU_CHECK(NameCacheDriverLearnName(driver, 7, &first_name) == STATUS_SUCCESS);
    {
        emu::system_thread reader{
            "reader", [&] {
                name_buffer name;
                EMU_CHECK(NameCacheDriverQueryName(driver, 7, &name.string) == STATUS_SUCCESS);
                EMU_CHECK(name == first_name || name == second_name);
            }};
        emu::system_thread renamer{
            "renamer", [&] {
                EMU_CHECK(NameCacheDriverLearnName(driver, 7, &second_name) == STATUS_SUCCESS);
            }};
    }
    NameCacheDriverStop(driver);
}

// The worker may not have begun, wait, or be anywhere in its trim.
void stop_beside_trim() {
    NAME_CACHE_DRIVER *driver = nullptr;
    EMU_CHECK(NameCacheDriverStart(1, &driver) == STATUS_SUCCESS);
    EMU_CHECK(NameCacheDriverLearnName(driver, 1, &first_name) == STATUS_SUCCESS);
    EMU_CHECK(NameCacheDriverLearnName(driver, 2, &second_name) == STATUS_SUCCESS);
    NameCacheDriverStop(driver);
}

}  // namespace

TEST_SIMULATED("explored: of two insertions of one file one wins") {
    emu::explore(scenario::two_insertions_of_one_file);
}

TEST_SIMULATED("explored: statistics agree beside a trim") {
    emu::explore(scenario::statistics_beside_trim);
}

TEST_SIMULATED("explored: a lookup beside an eviction finds a living entry or none") {
    std::set<ULONGLONG> promotions;
    emu::explore([&] { promotions.insert(scenario::lookup_beside_trim()); });
    CHECK(promotions == std::set<ULONGLONG>{0, 1});  // the lookup came in time, and it did not
}

TEST_SIMULATED("explored: a lookup beside a removal finds a living entry or none") {
    emu::explore(lookup_beside_remove);
}

TEST_SIMULATED("explored: a query beside a rename gives one name or the other") {
    emu::explore(query_beside_rename);
}

TEST_SIMULATED("explored: the worker stops wherever it is in its trim") {
    emu::explore(stop_beside_trim);
}

TEST_CASE("[slow] explored: the bodies of the planted races, 100,000 schedules each" *
          doctest::test_suite("slow") * doctest::skip()) {
    emu::exploration how;
    how.schedules = 100'000;
    emu::explore(scenario::two_insertions_of_one_file, how);
    emu::explore(scenario::statistics_beside_trim, how);
    emu::explore([] { scenario::lookup_beside_trim(); }, how);
    emu::explore(stop_beside_trim, how);
}
