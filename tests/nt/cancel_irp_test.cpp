// IoCancelIrp: Cancel routines, and the waits that it ends.
#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

IRP *irp_of_routine;
KIRQL level_in_routine;

VOID NTAPI cancel_routine(PDEVICE_OBJECT, PIRP irp) {
    irp_of_routine = irp;
    level_in_routine = KeGetCurrentIrql();
    IoReleaseCancelSpinLock(irp->CancelIrql);
}

using wait_with_irp = NTSTATUS (*)(PVOID object, PIRP irp);

constexpr wait_with_irp waits[] = {
    [](PVOID object, PIRP irp) {
        return FsRtlCancellableWaitForSingleObject(object, nullptr, irp);
    },
    [](PVOID object, PIRP irp) {
        PVOID objects[] = {object};
        return FsRtlCancellableWaitForMultipleObjects(1, objects, WaitAll, nullptr, nullptr, irp);
    },
};

// A wait that begins before the cancel, after it or meanwhile.
void cancel_a_wait(wait_with_irp wait) {
    KEVENT never;
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    IRP irp{};
    emu::system_thread waiter{[&] { EMU_CHECK(wait(&never, &irp) == STATUS_CANCELLED); }};
    EMU_CHECK(IoCancelIrp(&irp) == FALSE);
    EMU_CHECK(irp.Cancel == TRUE);
    waiter.join();
    EMU_CHECK(IsListEmpty(&never.Header.WaitListHead));
}

}  // namespace

TEST_CASE("cancel_irp: a wait for the request ends, whenever the cancel comes") {
    for (const wait_with_irp wait : waits) {
        on_both([&] { cancel_a_wait(wait); });
        emu::exploration how;
        how.strategy = emu::search_strategy::exhaustive;
        emu::explore([&] { cancel_a_wait(wait); }, how);
    }
}

TEST_SIMULATED("cancel_irp: other requests, and waits for none, go on") {
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IRP irp{}, other{};
    emu::system_thread first{
        [&] { CHECK(FsRtlCancellableWaitForSingleObject(&event, nullptr, &other) == 0); }};
    emu::system_thread second{
        [&] { CHECK(FsRtlCancellableWaitForSingleObject(&event, nullptr, nullptr) == 0); }};
    emu::system_thread third{[&] { CHECK(wait_for(&event) == STATUS_SUCCESS); }};
    let_others_run();
    CHECK_FALSE(IoCancelIrp(&irp));
    let_others_run();
    CHECK_FALSE(IoCancelIrp(&irp));
    KeSetEvent(&event, 0, FALSE);
    first.join(), second.join(), third.join();
    CHECK_FALSE(other.Cancel);
}

TEST_BOTH("cancel_irp: a Cancel routine is called once, with the cancel spin lock held") {
    IRP irp{};
    CHECK((IoSetCancelRoutine(&irp, cancel_routine) == nullptr));
    CHECK((irp.CancelRoutine == cancel_routine));
    irp_of_routine = nullptr;
    const KIRQL before = raise_to(APC_LEVEL);
    CHECK(IoCancelIrp(&irp));
    CHECK(KeGetCurrentIrql() == APC_LEVEL);
    KeLowerIrql(before);
    CHECK(irp.Cancel);
    CHECK((irp.CancelRoutine == nullptr));
    CHECK(irp.CancelIrql == APC_LEVEL);
    CHECK(irp_of_routine == &irp);
    CHECK(level_in_routine == DISPATCH_LEVEL);
    irp_of_routine = nullptr;
    CHECK_FALSE(IoCancelIrp(&irp));
    CHECK(irp_of_routine == nullptr);
}

TEST_BOTH("cancel_irp: with the cancel spin lock held it reports recursive_acquire") {
    IRP irp{};
    KIRQL before;
    IoAcquireCancelSpinLock(&before);
    EMU_EXPECT_VIOLATION(rule::recursive_acquire, IoCancelIrp(&irp));
}

TEST_BOTH("cancel_irp: above DISPATCH_LEVEL it reports irql_too_high") {
    IRP irp{};
    raise_to(CLOCK_LEVEL);
    EMU_EXPECT_VIOLATION(rule::irql_too_high, IoCancelIrp(&irp));
}

TEST_BOTH("cancel_irp: of null it reports null_object") {
    EMU_EXPECT_VIOLATION(rule::null_object, IoCancelIrp(nullptr));
}
