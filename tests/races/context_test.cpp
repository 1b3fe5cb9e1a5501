// What borrows a thread's stack is a context of its own: a DPC races with the thread it interrupts
// unless something is handed over.
#include <doctest/doctest.h>

#include <emu/test.hpp>

#include "emu/host/fiber.hpp"
#include "emu/host/happens_before.hpp"
#include "emu/machine/thread.hpp"

namespace {

int counter = 0;

// Runs body as a DPC would run on the running thread's stack.
void interrupt_with(void (*body)(void *)) {
    emu::host::fiber dpc;
    emu::host::run_as(*emu::machine::current_thread().actor.running_on, dpc, body, nullptr);
    emu::host::discard(dpc);
}

emu::exploration_result search(const std::function<void()> &body) {
    emu::exploration how;
    how.schedules = 100;
    return emu::search(body, how);
}

}  // namespace

TEST_CASE("race contexts: what borrows a stack races with the thread below it") {
    const emu::exploration_result found = search([] {
        ++counter;
        interrupt_with([](void *) { ++counter; });
    });
    CHECK(found.which == emu::rule::data_race);
}

TEST_CASE("race contexts: what was handed over to it is its own") {
    const emu::exploration_result found = search([] {
        ++counter;
        emu::host::handed_over(&counter);
        interrupt_with([](void *) {
            emu::host::taken_over(&counter);
            ++counter;
        });
        ++counter;  // its end was waited for: discard() orders it
    });
    CHECK_MESSAGE(!found.failed, found.report);
}

TEST_CASE("race contexts: it may be switched away and comes back as itself") {
    const emu::exploration_result found = search([] {
        emu::system_thread other{[] {}};
        interrupt_with([](void *) {
            ++counter;
            emu::system_thread inner{[] {}};
            inner.join();
            ++counter;
        });
        other.join();
        ++counter;
    });
    CHECK_MESSAGE(!found.failed, found.report);
}
