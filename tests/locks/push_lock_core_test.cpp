// The push lock's word without a machine: transitions that need no waiter, and which words are
// one.
#include <doctest/doctest.h>

#include <cstdint>

#include "emu/locks/push_lock.hpp"
#include "emu/locks/view.hpp"

using namespace emu::locks;
using namespace emu::locks::push_lock;

TEST_CASE("push_lock core: which words a push lock can have, and what they say") {
    struct row {
        std::uint64_t word;
        bool plausible, held, exclusive, somebody_waits;
        std::uint64_t sharers;
    };
    constexpr std::uint64_t block = 0x7F0012345670;
    const row rows[] = {
        {0, true, false, false, false, 0},
        {1, true, true, true, false, 0},
        {1 + 16, true, true, false, false, 1},
        {1 + 16 * 7, true, true, false, false, 7},
        {block | locked | waiting, true, true, false, true, 0},
        {block | locked | waiting | multiple, true, true, false, true, 0},
        {block | locked | waiting | waking, true, true, false, true, 0},
        {block | waiting | waking, true, false, false, true, 0},
        {block | waiting, true, false, false, true, 0},
    };
    for (const row &each : rows) {
        CAPTURE(each.word);
        const push_lock_view seen = view_push_lock(&each.word);
        CHECK(seen.word == each.word);
        CHECK(seen.plausible == each.plausible);
        CHECK(seen.held == each.held);
        CHECK(seen.exclusive == each.exclusive);
        CHECK(seen.somebody_waits == each.somebody_waits);
        CHECK(seen.sharers == each.sharers);
    }
}

TEST_CASE("push_lock core: words that no push lock can have are not plausible") {
    constexpr std::uint64_t words[] = {0x10,  // sharers of a free lock
                                       4,
                                       5,
                                       8,
                                       9,
                                       12,  // waking or multiple without a waiter
                                       2,
                                       3,
                                       0xFF2,                   // a waiter in the first page
                                       0x7F0012345670 | 2 | 8,  // several sharers of a free lock
                                       1 + (std::uint64_t{1} << 20),  // 65536 sharers
                                       0xCDCDCDCDCDCDCDCD,            // fresh pool
                                       0xDFDFDFDFDFDFDFDF,            // freed pool
                                       0xFFFFFFFFFFFFFFFF,
                                       0x8000000000000003,
                                       0x0000800000000003,
                                       0x4141414141414141,
                                       0x5555555555555555};
    for (const std::uint64_t word : words) {
        CAPTURE(word);
        CHECK_FALSE(view_push_lock(&word).plausible);
    }
}

TEST_CASE("push_lock core: exclusive acquire takes a free lock only") {
    for (const std::uint64_t value : {1ull, 17ull, 0x7F0000000012ull}) {
        word lock{value};
        CHECK_FALSE(try_acquire_exclusive(lock));
        CHECK(lock.bare() == value);
    }
    word lock{0};
    CHECK(try_acquire_exclusive(lock));
    CHECK(lock.bare() == 1);
    CHECK(try_release_exclusive(lock));
    CHECK(lock.bare() == 0);
    CHECK_FALSE(try_release_exclusive(lock));
}

TEST_CASE("push_lock core: shared acquire joins readers, not a writer or a queue") {
    word lock{0};
    for (std::uint64_t n = 1; n <= 5; ++n) {
        CHECK(try_acquire_shared(lock));
        CHECK(lock.bare() == 1 + 16 * n);
    }
    for (std::uint64_t n = 5; n-- > 0;) {
        CHECK(try_release_shared(lock));
        CHECK(lock.bare() == (n == 0 ? 0 : 1 + 16 * n));
    }
    for (const std::uint64_t value : {1ull, 0x7F0000000012ull, 0x7F0000000013ull, 0x10ull}) {
        word other{value};
        CHECK_FALSE(try_acquire_shared(other));
        CHECK_FALSE(try_acquire_shared_slowly(other));
        CHECK(other.bare() == value);
    }
}

TEST_CASE("push_lock core: the general release fits both modes, and leaves a free lock alone") {
    word lock{1};
    release(lock);
    CHECK(lock.bare() == 0);
    lock.bare() = 1 + 16 * 3;
    release(lock);
    CHECK(lock.bare() == 1 + 16 * 2);
    release(lock);
    release(lock);
    CHECK(lock.bare() == 0);
    release(lock);
    CHECK(lock.bare() == 0);
}
