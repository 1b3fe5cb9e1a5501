// Remove locks under every schedule of the atomic operations on their count, flag and event.
#include <doctest/doctest.h>

#include <cstdio>

#include "emu/host/sanitizer.hpp"
#include "nt/remove_lock_scripts.hpp"

using namespace tests::remove_locks;

namespace {

void check(const char *what, const tests::searched &done) {
    CHECK(done.failure == "");
    CHECK(done.complete);
    std::printf("remove lock, %s: %llu executions, %llu cut short\n", what,
                static_cast<unsigned long long>(done.runs),
                static_cast<unsigned long long>(done.cut));
}

}  // namespace

TEST_CASE("remove_lock explored: nobody is inside after the wait, and the wait ends" *
          doctest::skip(sanitizer_build)) {
    check("one user comes", explore_removal(1, false));
    check("one user leaves", explore_removal(0, true));
    check("one user comes, one leaves", explore_removal(1, true));
    check("two users come, two preemptions", explore_removal(2, false, 2));
}
