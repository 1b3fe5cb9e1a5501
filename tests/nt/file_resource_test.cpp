// FsRtlAcquireFileExclusive and FsRtlReleaseFile.
#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

struct file {
    ERESOURCE resource;
    FSRTL_ADVANCED_FCB_HEADER header{};
    FILE_OBJECT object{};

    file() {
        ExInitializeResourceLite(&resource);
        header.Resource = &resource;
        object.Type = IO_TYPE_FILE;
        object.FsContext = &header;
    }
    // No destructor: a dead machine refuses it.
    void end() { ExDeleteResourceLite(&resource); }
};

}  // namespace

TEST_BOTH("file_resource: acquired exclusively inside a critical region, and given back") {
    file one;
    FsRtlAcquireFileExclusive(&one.object);
    CHECK(ExIsResourceAcquiredExclusiveLite(&one.resource));
    CHECK(KeAreApcsDisabled());
    FsRtlAcquireFileExclusive(&one.object);  // recursive
    FsRtlReleaseFile(&one.object);
    CHECK(ExIsResourceAcquiredExclusiveLite(&one.resource));
    FsRtlReleaseFile(&one.object);
    CHECK_FALSE(ExIsResourceAcquiredExclusiveLite(&one.resource));
    CHECK_FALSE(KeAreApcsDisabled());
    one.end();
}

TEST_BOTH("file_resource: excludes other threads") {
    file one;
    int plain = 0;
    const auto work = [&] {
        for (int i = 0; i < 20; ++i) {
            FsRtlAcquireFileExclusive(&one.object);
            ++plain;
            FsRtlReleaseFile(&one.object);
        }
    };
    emu::system_thread first{work}, second{work};
    first.join(), second.join();
    CHECK(plain == 40);
    one.end();
}

TEST_BOTH("file_resource: a file whose device has a driver is not_emulated, others are fine") {
    file one;
    DEVICE_OBJECT device{};
    one.object.DeviceObject = &device;
    FsRtlAcquireFileExclusive(&one.object);
    FsRtlReleaseFile(&one.object);
    device.DriverObject = reinterpret_cast<PDRIVER_OBJECT>(&device);
    EMU_EXPECT_VIOLATION(rule::not_emulated, FsRtlAcquireFileExclusive(&one.object));
}

TEST_BOTH("file_resource: a file object without a header is null_object") {
    FILE_OBJECT object{};
    EMU_EXPECT_VIOLATION(rule::null_object, FsRtlAcquireFileExclusive(&object));
}

TEST_BOTH("file_resource: released while nobody holds it is unheld_release") {
    file one;
    FsRtlAcquireFileExclusive(&one.object);
    FsRtlReleaseFile(&one.object);
    EMU_EXPECT_VIOLATION(rule::unheld_release, FsRtlReleaseFile(&one.object));
}

TEST_BOTH("file_resource: at DISPATCH_LEVEL is irql_too_high") {
    file one;
    raise_to(DISPATCH_LEVEL);
    EMU_EXPECT_VIOLATION(rule::irql_too_high, FsRtlAcquireFileExclusive(&one.object));
}
