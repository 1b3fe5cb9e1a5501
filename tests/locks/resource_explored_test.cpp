// The algorithms of resources, rundown protection and one-time initialisation under every schedule
// of their atomic operations.
#include <doctest/doctest.h>

#include "emu/host/sanitizer.hpp"
#include "locks/resource_scripts.hpp"

using tests::searched;
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
    for (const std::uint32_t failures : {0U, 1U}) {
        const searched result = explore_run_once(2, failures);
        CAPTURE(result.failure);
        CHECK(result.failure.empty());
        CHECK(result.complete);
    }
}
