// The algorithms of resources, rundown protection and one-time initialisation under every schedule
// of their atomic operations.
#include <doctest/doctest.h>

#include "emu/host/sanitizer.hpp"
#include "emu/locks/run_once.hpp"
#include "locks/resource_scripts.hpp"

namespace run_once = emu::locks::run_once;
using tests::search_every_schedule;
using tests::searched;
using tests::waiting_for;
using namespace tests::resources;

TEST_CASE("resource: explored completely, two and three visitors of each kind" *
          doctest::skip(sanitizer_build)) {
    const std::vector<std::vector<request>> all = {
        {request::exclusive, request::exclusive},
        {request::exclusive, request::shared},
        {request::shared, request::wait_for_exclusive},
        {request::exclusive, request::shared, request::exclusive},
        {request::exclusive, request::shared, request::starve_exclusive},
        {request::shared, request::exclusive, request::wait_for_exclusive},
    };
    for (const auto &threads : all) {
        const searched result = explore_visits(threads);
        CAPTURE(result.failure);
        CAPTURE(result.runs);
        CHECK(result.failure.empty());
        CHECK(result.complete);
    }
}

TEST_CASE("rundown: explored completely, the last user touches nothing after its release" *
          doctest::skip(sanitizer_build)) {
    const searched result = explore_rundown();
    CAPTURE(result.failure);
    CHECK(result.failure.empty());
    CHECK(result.complete);
}

TEST_CASE("run_once: explored completely, one thread initialises and the others see it" *
          doctest::skip(sanitizer_build)) {
    const searched result = search_every_schedule([] {
        run_once::word it{0};
        emu::sched::atomic<std::uint32_t> calls{0};
        const auto use = [&] {
            for (;;) {
                const run_once::look seen = run_once::begin(it, false, false);
                if (seen.what == run_once::answer::done) {
                    if (seen.context != 64 || calls.load(std::memory_order_relaxed) != 1) {
                        throw std::string("done, and not as it should be");
                    }
                    return;
                }
                if (seen.what == run_once::answer::yours) {
                    calls.fetch_add(1, std::memory_order_relaxed);
                    run_once::complete(it, false, false, 64);
                } else {
                    const waiting_for told(&it);
                    run_once::wait(it, self().actor);
                }
            }
        };
        emu::system_thread other{use};
        use();
        other.join();
    });
    CAPTURE(result.failure);
    CHECK(result.failure.empty());
    CHECK(result.complete);
}
