// The algorithms of spin locks and mutexes under every schedule of their atomic operations.
#include <doctest/doctest.h>

#include "emu/host/sanitizer.hpp"
#include "locks/spin_lock_scripts.hpp"

using tests::searched;
using namespace tests::spin_locks;

namespace {

void check(const searched &done) {
    CHECK(done.failure == "");
    CHECK(done.complete);
}

}  // namespace

TEST_CASE_TEMPLATE("spin locks explored: two and three threads exclude each other" *
                       doctest::skip(sanitizer_build),
                   Lock, spin, queued, mutex) {
    check(explore_scripts<Lock>({{false}, {false}}));
    check(explore_scripts<Lock>({{false, false}, {false}}));
    check(explore_scripts<Lock>({{false}, {false}, {false}}, 2));
}

TEST_CASE_TEMPLATE("spin locks explored: nobody touches the lock after handing it over" *
                       doctest::skip(sanitizer_build),
                   Lock, spin, queued, mutex) {
    check(explore_last_touch<Lock>(false, false));
}

TEST_CASE_TEMPLATE("spin locks explored: the routines exclude, with all that they do besides",
                   Lock, ordinary_routines, cancel_routines) {
    check(explore_scripts<Lock>({{false}, {false}}));
    check(explore_scripts<Lock>({{false}, {false}, {false}}, 2));
    check(explore_after_last_release<Lock>());
}

TEST_CASE("spin locks explored: readers and writers, every mix" * doctest::skip(sanitizer_build)) {
    for (const bool a : {false, true}) {
        for (const bool b : {false, true}) {
            check(explore_scripts<reader_writer>({{a}, {b}}));
            check(explore_last_touch<reader_writer>(a, b));
            for (const bool c : {false, true}) {
                check(explore_scripts<reader_writer>({{a, c}, {b}}, 3));
                check(explore_scripts<reader_writer>({{a}, {b}, {c}}, 1));
            }
        }
    }
}
