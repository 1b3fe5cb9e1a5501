// The push lock's own algorithm under every schedule of its atomic operations.  The large searches
// stay out of sanitizer builds, which would take minutes for what the small ones cover as well.
#include <doctest/doctest.h>

#include <cstdio>

#include "emu/host/sanitizer.hpp"
#include "locks/push_lock_scripts.hpp"

using tests::searched;
using namespace tests::push_lock;

namespace {

std::vector<script> scripts_of_two(const std::vector<operation> &of) {
    std::vector<script> all;
    for (const operation a : of) {
        for (const operation b : of) {
            all.push_back({a, b});
        }
    }
    return all;
}

void check_pairs(const std::vector<operation> &of, const char *what) {
    std::uint64_t runs = 0;
    std::uint64_t cut = 0;
    const std::vector<script> scripts = scripts_of_two(of);
    for (std::size_t a = 0; a < scripts.size(); ++a) {
        for (std::size_t b = a; b < scripts.size(); ++b) {
            CAPTURE(a);
            CAPTURE(b);
            const searched done = explore_scripts({scripts[a], scripts[b]});
            CHECK(done.failure == "");
            CHECK(done.complete);
            runs += done.runs;
            cut += done.cut;
        }
    }
    std::printf("push lock, two threads, %s: %llu executions, %llu cut short\n", what,
                static_cast<unsigned long long>(runs), static_cast<unsigned long long>(cut));
}

// One operation each; the bits of a number are the threads' modes.
void check_mixes(std::size_t threads, unsigned preemptions) {
    std::uint64_t runs = 0;
    for (unsigned mix = 0; mix < 1U << threads; ++mix) {
        CAPTURE(mix);
        std::vector<script> scripts;
        for (std::size_t i = 0; i < threads; ++i) {
            scripts.push_back({(mix >> i & 1) != 0 ? shared : exclusive});
        }
        const searched done = explore_scripts(scripts, preemptions);
        CHECK(done.failure == "");
        CHECK(done.complete);
        runs += done.runs;
    }
    std::printf("push lock, %zu threads, %u preemptions: %llu executions\n", threads, preemptions,
                static_cast<unsigned long long>(runs));
}

}  // namespace

TEST_CASE("push_lock explored: two threads, one operation each, every mix of modes and tries" *
          doctest::skip(sanitizer_build)) {
    for (const operation a : {exclusive, shared, try_exclusive, try_shared}) {
        for (const operation b : {exclusive, shared, try_exclusive, try_shared}) {
            const searched done = explore_scripts({{a}, {b}});
            CHECK(done.failure == "");
            CHECK(done.complete);
        }
    }
}

TEST_CASE("push_lock explored: two threads, two operations each, every mix of modes" *
          doctest::skip(sanitizer_build)) {
    check_pairs({exclusive, shared}, "two operations each");
}

// Three preemptions let somebody take the lock on the way past the waker; two miss it.
TEST_CASE("push_lock explored: three threads, every mix of modes, three preemptions" *
          doctest::skip(sanitizer_build)) {
    check_mixes(3, 3);
}

// Four threads let readers in together while somebody waits behind them.
TEST_CASE("push_lock explored: four threads, every mix of modes, two preemptions" *
          doctest::skip(sanitizer_build)) {
    check_mixes(4, 2);
}

TEST_CASE("push_lock explored: nobody touches the lock after handing it over" *
          doctest::skip(sanitizer_build)) {
    for (const operation first : {exclusive, shared}) {
        for (const operation second : {exclusive, shared}) {
            const searched done = explore_last_touch(first, second);
            CHECK(done.failure == "");
            CHECK(done.complete);
        }
    }
}

TEST_CASE("push_lock explored: a last sharer whose release is overtaken by three writers" *
          doctest::skip(sanitizer_build)) {
    const searched done = explore_leaving_sharers(3, 2);
    CHECK(done.failure == "");
    CHECK(done.complete);
    std::printf("push lock, leaving sharers, 2 preemptions: %llu executions\n",
                static_cast<unsigned long long>(done.runs));
}
