// Suspension and termination of emulated threads, as a test asks for them.
#include <atomic>

#include "both_backends.hpp"

using namespace tests;

namespace {

// An event used as a lock.  Whoever suspends the worker and then takes the lock needs the worker
// to hold it in a critical region.
void suspend_a_holder(bool region) {
    KEVENT lock;
    KeInitializeEvent(&lock, SynchronizationEvent, TRUE);
    emu::system_thread worker{[&] {
        if (region) {
            KeEnterCriticalRegion();
        }
        wait_for(&lock);
        KeSetEvent(&lock, 0, FALSE);
        if (region) {
            KeLeaveCriticalRegion();
        }
    }};
    worker.suspend();
    wait_for(&lock);
    KeSetEvent(&lock, 0, FALSE);
    worker.resume();
    worker.join();
}

}  // namespace

TEST_SIMULATED("suspend: a suspended thread stays where it is, a resumed one goes on") {
    KEVENT go;
    int steps = 0;
    KeInitializeEvent(&go, SynchronizationEvent, FALSE);
    emu::system_thread worker{[&] {
        for (int i = 0; i < 2; ++i) {
            wait_for(&go);
            ++steps;
        }
    }};
    let_others_run();
    worker.suspend();
    worker.suspend();
    KeSetEvent(&go, 0, FALSE);
    let_others_run();
    CHECK(steps == 0);
    worker.resume();
    let_others_run();
    CHECK(steps == 0);
    worker.resume();
    let_others_run();
    CHECK(steps == 1);
    KeSetEvent(&go, 0, FALSE);
    worker.join();
    CHECK(steps == 2);
}

TEST_SIMULATED("suspend: in a critical region and at APC_LEVEL the thread goes on") {
    KEVENT go;
    int steps = 0;
    KeInitializeEvent(&go, SynchronizationEvent, FALSE);
    emu::system_thread worker{[&] {
        KeEnterCriticalRegion();
        wait_for(&go);
        const KIRQL before = raise_to(APC_LEVEL);
        KeLeaveCriticalRegion();
        ++steps;
        KeLowerIrql(before);
        ++steps;
    }};
    let_others_run();
    worker.suspend();
    KeSetEvent(&go, 0, FALSE);
    let_others_run();
    CHECK(steps == 1);
    worker.resume();
    worker.join();
    CHECK(steps == 2);
}

TEST_BOTH("suspend: taken back before it begins, it never does; and it may be asked for again") {
    std::atomic<int> laps{0};
    std::atomic<bool> enough{false};
    emu::system_thread worker{[&] {
        while (!enough) {
            ++laps;
            let_others_run();
        }
    }};
    for (int i = 0; i < 50; ++i) {
        worker.suspend();
        worker.resume();
    }
    enough = true;
    worker.join();
}

TEST_CASE("suspend: an exploration finds the lock that only a suspended thread can give back") {
    emu::exploration how;
    how.strategy = emu::search_strategy::exhaustive;
    const emu::exploration_result safe = emu::search([] { suspend_a_holder(true); }, how);
    CHECK(safe.report == "");
    CHECK(safe.covered == emu::coverage::complete);
    const emu::exploration_result found = emu::search([] { suspend_a_holder(false); }, how);
    CHECK(found.failed);
    CHECK(std::string(emu::name_of(found.which)) == "lost_wakeup");
}

TEST_SIMULATED("terminate: cancellable and user-mode waits end, others do not") {
    KEVENT never, event;
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    PETHREAD seen = nullptr;
    emu::system_thread worker{[&] {
        seen = PsGetCurrentThread();
        CHECK(FsRtlCancellableWaitForSingleObject(&never, nullptr, nullptr) ==
              STATUS_THREAD_IS_TERMINATING);
        CHECK(FsRtlCancellableWaitForSingleObject(&never, nullptr, nullptr) ==
              STATUS_THREAD_IS_TERMINATING);
        CHECK(KeWaitForSingleObject(&never, Executive, UserMode, FALSE, nullptr) ==
              STATUS_USER_APC);
        CHECK(wait_for(&event) == STATUS_SUCCESS);
        CHECK(FsRtlCancellableWaitForSingleObject(&event, nullptr, nullptr) == STATUS_SUCCESS);
    }};
    let_others_run();
    CHECK_FALSE(PsIsThreadTerminating(seen));
    worker.request_termination();
    CHECK(PsIsThreadTerminating(seen));
    let_others_run();
    KeSetEvent(&event, 0, FALSE);
    worker.join();
}

TEST_BOTH("terminate: ends a wait that is under way") {
    KEVENT never;
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    PVOID objects[] = {&never};
    emu::system_thread worker{[&] {
        EMU_CHECK(FsRtlCancellableWaitForMultipleObjects(1, objects, WaitAny, nullptr, nullptr,
                                                         nullptr) == STATUS_THREAD_IS_TERMINATING);
    }};
    worker.request_termination();
    worker.join();
    CHECK(IsListEmpty(&never.Header.WaitListHead));
}
