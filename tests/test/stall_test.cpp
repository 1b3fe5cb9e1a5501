// A simulated thread that blocks the host thread, or loops without an emulated call, is found.
// Not in builds with the thread sanitizer, which puts signals off until the thread's next call.
#include <unistd.h>

#include <mutex>

#include "both_backends.hpp"
#include "emu/host/sanitizer.hpp"

using emu::rule;

namespace {

emu::exploration watched() {
    emu::exploration how;
    how.machine.watchdog = 1;
    how.schedules = 50;
    return how;
}

void touch_event() {
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeSetEvent(&event, 0, FALSE);
}

}  // namespace

TEST_CASE("stall: a host mutex held across a switch is found, with the call that waits for it" *
          doctest::skip(thread_sanitizer_build)) {
    const auto result = emu::search(
        [] {
            std::mutex guard;
            const auto use = [&] {
                const std::lock_guard held(guard);
                touch_event();
            };
            emu::system_thread other{"other", use};
            use();
            other.join();
        },
        watched());
    CHECK(result.which == rule::host_blocking);
    INFO(result.report);
    CHECK(result.report.find("mutex") != std::string::npos);
    CHECK(result.report.find("stall_test.cpp") != std::string::npos);
    CHECK(result.token != "");
}

TEST_CASE("stall: a host mutex as a leaf is nobody's concern") {
    CHECK_FALSE(emu::search(
                    [] {
                        std::mutex guard;
                        int count = 0;
                        const auto use = [&] {
                            touch_event();
                            const std::lock_guard held(guard);
                            ++count;
                        };
                        emu::system_thread other{use};
                        use();
                        other.join();
                    },
                    watched())
                    .failed);
}

TEST_CASE("stall: a read that never returns is found" * doctest::skip(thread_sanitizer_build)) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    char byte = 0;
    const auto result =
        emu::search([&] { static_cast<void>(!read(ends[0], &byte, 1)); }, watched());
    CHECK(result.which == rule::host_blocking);
    close(ends[0]);
    close(ends[1]);
}

TEST_CASE("stall: a loop that makes no emulated call is found" *
          doctest::skip(thread_sanitizer_build)) {
    const auto result = emu::search(
        [] {
            volatile bool ready = false;
            emu::system_thread other{[&] { ready = true; }};
            while (!ready) {
            }
        },
        watched());
    CHECK(result.which == rule::endless_loop);
}
