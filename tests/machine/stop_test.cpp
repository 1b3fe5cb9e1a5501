// The end of a native machine: when the survivor goes on, no other thread of it runs.
#include <atomic>
#include <thread>

#include "both_backends.hpp"
#include "emu/sched/sched.hpp"

using namespace tests;
using emu::rule;

namespace {

// Of those that the machine started: in one of them itself included.
std::uint32_t threads_alive() { return emu::sched::host_threads_alive(); }

void die() { EMU_EXPECT_VIOLATION(rule::irql_lowered_upwards, KeLowerIrql(3)); }

void at_dispatch_level(PKSPIN_LOCK lock) {
    KIRQL before;
    KeAcquireSpinLock(lock, &before);
    KeReleaseSpinLock(lock, before);
}

}  // namespace

TEST_NATIVE("stop: those that poll, wait, sleep and work have stopped as the survivor goes on") {
    KSPIN_LOCK spin;
    KEVENT never, worked;
    KeInitializeSpinLock(&spin);
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    KeInitializeEvent(&worked, NotificationEvent, FALSE);
    emu::system_thread parked{[&] { wait_for(&never); }};
    emu::system_thread sleeps{[&] {
        let_others_run(1);
        wait_for(&never);
    }};
    emu::system_thread busy{[&] {
        for (;;) {
            KeSetEvent(&worked, 0, FALSE);
        }
    }};
    wait_for(&worked);
    KIRQL before;
    KeAcquireSpinLock(&spin, &before);  // from here on the pollers wait for the survivor's lock
    emu::system_thread polls{[&] { at_dispatch_level(&spin); }};
    emu::system_thread polls_too{[&] { at_dispatch_level(&spin); }};
    CHECK(threads_alive() >= 4);
    EMU_EXPECT_VIOLATION(rule::none, KeAcquireSpinLock(&spin, &before));
    CHECK(threads_alive() == 0);
}

TEST_NATIVE(
    "stop: a DPC that survives on another thread's behalf waits for that processor's others") {
    KSPIN_LOCK spin;
    KDPC dpc;
    KeInitializeSpinLock(&spin);
    KeInitializeDpc(
        &dpc,
        [](PKDPC, PVOID lock, PVOID, PVOID) {
            KeAcquireSpinLockAtDpcLevel(static_cast<PKSPIN_LOCK>(lock));
            KeLowerIrql(HIGH_LEVEL);  // the bug check, with the lock held
        },
        &spin);
    emu::system_thread polls{[&] {
        for (;;) {
            at_dispatch_level(&spin);
        }
    }};
    EMU_EXPECT_VIOLATION(rule::none, KeInsertQueueDpc(&dpc, nullptr, nullptr));
    CHECK(threads_alive() == 0);
}

TEST_CASE("stop: of threads that break rules at once one survives, and it is alone") {
    for (int round = 0; round < 20; ++round) {
        std::atomic<bool> go{false};
        std::atomic<int> alone{0};
        emu::run(
            [&] {
                const auto body = [&] {
                    while (!go) {
                        std::this_thread::yield();
                    }
                    die();
                    alone += threads_alive() == 1 ? 1 : 100;
                };
                emu::system_thread first{body}, second{body}, third{body};
                go = true;
                while (alone == 0) {  // no emulated call: the machine's death would end it here
                    std::this_thread::yield();
                }
            },
            options_for(emu::backend::native));
        CHECK(alone == 1);
    }
}
