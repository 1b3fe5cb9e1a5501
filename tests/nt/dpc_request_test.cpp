// IoInitializeDpcRequest and IoRequestDpc: the DPC of a device object.
#include <atomic>
#include <emu/interrupt.hpp>

#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

struct device_with_interrupt {
    DEVICE_OBJECT object{};
    IRP irp{};
    PKINTERRUPT interrupt = nullptr;
    std::atomic<int> ran{0}, wrong{0};
    int requests = 1;

    device_with_interrupt() {
        object.Type = IO_TYPE_DEVICE;
        object.DeviceExtension = this;
        IoInitializeDpcRequest(&object, dpc_for_isr);
        const NTSTATUS status = IoConnectInterrupt(&interrupt, service, this, nullptr, 0x31, 7, 7,
                                                   LevelSensitive, FALSE, ~KAFFINITY{0}, FALSE);
        CHECK(status == STATUS_SUCCESS);
    }
    // No destructor: a dead machine refuses it.
    void disconnect() { IoDisconnectInterrupt(interrupt); }

    static VOID NTAPI dpc_for_isr(PKDPC dpc, PDEVICE_OBJECT device, PIRP irp, PVOID context) {
        auto &self = *static_cast<device_with_interrupt *>(device->DeviceExtension);
        self.wrong += dpc != &device->Dpc || irp != &self.irp || context != &self.ran ||
                      KeGetCurrentIrql() != DISPATCH_LEVEL;
        ++self.ran;
    }
    static BOOLEAN NTAPI service(PKINTERRUPT, PVOID context) {
        auto &self = *static_cast<device_with_interrupt *>(context);
        for (int i = 0; i < self.requests; ++i) {
            IoRequestDpc(&self.object, &self.irp, &self.ran);
        }
        return TRUE;
    }
};

}  // namespace

TEST_BOTH("dpc_request: requested by the ISR, the DPC gets the device, the IRP, the context") {
    device_with_interrupt device;
    emu::interrupt_now(device.interrupt);
    KeFlushQueuedDpcs();
    CHECK(device.ran == 1);
    CHECK(device.wrong == 0);
    device.disconnect();
}

TEST_BOTH("dpc_request: two requests before it runs are one") {
    device_with_interrupt device;
    device.requests = 2;
    emu::interrupt_now(device.interrupt);
    KeFlushQueuedDpcs();
    CHECK(device.ran == 1);
    device.disconnect();
}

TEST_BOTH("dpc_request: below DIRQL is irql_too_low, at a device's level fine") {
    device_with_interrupt device;
    const KIRQL before = raise_to(7);
    IoRequestDpc(&device.object, &device.irp, &device.ran);
    KeLowerIrql(before);
    KeFlushQueuedDpcs();
    CHECK(device.ran == 1);
    raise_to(DISPATCH_LEVEL);
    EMU_EXPECT_VIOLATION(rule::irql_too_low, IoRequestDpc(&device.object, &device.irp, nullptr));
}

TEST_BOTH("dpc_request: without IoInitializeDpcRequest is overwritten_object") {
    DEVICE_OBJECT device{};
    raise_to(7);
    EMU_EXPECT_VIOLATION(rule::overwritten_object, IoRequestDpc(&device, nullptr, nullptr));
}
