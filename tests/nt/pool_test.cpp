// Pool: what allocations look like, and every way to free or use them wrongly.
#include <cstring>

#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

constexpr ULONG tag = '1gaT', other_tag = '2gaT';

template <class Type = UCHAR>
Type *allocate(SIZE_T size, POOL_TYPE type = NonPagedPoolNx) {
    return static_cast<Type *>(ExAllocatePoolWithTag(type, size, tag));
}

bool all_are(const UCHAR *bytes, SIZE_T count, UCHAR value) {
    for (SIZE_T i = 0; i < count; ++i) {
        if (bytes[i] != value) {
            return false;
        }
    }
    return true;
}

}  // namespace

TEST_BOTH("pool: memory is aligned to 16 bytes, from a page up to a page") {
    for (const SIZE_T size : {1u, 8u, 17u, 100u, 4095u, 4096u, 4097u, 20000u}) {
        UCHAR *memory = allocate(size);
        REQUIRE(memory != nullptr);
        CHECK(bits(memory) % 16 == 0);
        if (size >= 4096) {
            CHECK(bits(memory) % 4096 == 0);
        }
        std::memset(memory, 0x11, size);
        ExFreePoolWithTag(memory, tag);
    }
}

TEST_BOTH("pool: ExAllocatePool2 and ExAllocatePoolZero zero the memory") {
    auto *two = static_cast<UCHAR *>(ExAllocatePool2(POOL_FLAG_NON_PAGED, 500, tag));
    auto *zero = static_cast<UCHAR *>(ExAllocatePoolZero(PagedPool, 500, tag));
    CHECK(all_are(two, 500, 0));
    CHECK(all_are(zero, 500, 0));
    ExFreePoolWithTag(two, tag);
    ExFreePoolWithTag(zero, tag);
}

TEST_BOTH("pool: memory that is not zeroed shows it") {
    auto *first = static_cast<UCHAR *>(
        ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_UNINITIALIZED, 64, tag));
    auto *second = static_cast<UCHAR *>(ExAllocatePoolUninitialized(NonPagedPoolNx, 64, tag));
    CHECK_FALSE(all_are(first, 64, 0));
    CHECK_FALSE(all_are(second, 64, 0));
    CHECK_FALSE(all_are(allocate(64), 64, 0));
    ExFreePool(first);
    ExFreePool(second);
}

TEST_BOTH("pool: tag 0 and ExFreePool fit any allocation") {
    ExFreePool(allocate(8));
    ExFreePoolWithTag(allocate(8), 0);
    ExFreePoolWithTag(ExAllocatePool(NonPagedPoolNx, 8), 0);
}

TEST_BOTH("pool: nonpaged pool is for DISPATCH_LEVEL too, paged pool for APC_LEVEL") {
    KIRQL before = raise_to(DISPATCH_LEVEL);
    ExFreePoolWithTag(allocate(8), tag);
    KeLowerIrql(before);
    before = raise_to(APC_LEVEL);
    ExFreePoolWithTag(allocate(8, PagedPool), tag);
    KeLowerIrql(before);
}

TEST_BOTH("pool: the second free reports pool_double_free, 0xC2/0x07") {
    UCHAR *memory = allocate(8);
    ExFreePoolWithTag(memory, tag);
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::pool_double_free, ExFreePoolWithTag(memory, tag));
    check_bug_check(found, BAD_POOL_CALLER, 0x07, 0, found.parameters[2], bits(memory));
}

TEST_BOTH("pool: free inside a block reports pool_bad_free") {
    UCHAR *memory = allocate(64);
    check_bug_check(EMU_EXPECT_VIOLATION(rule::pool_bad_free, ExFreePool(memory + 16)),
                    BAD_POOL_CALLER, 0x46, bits(memory + 16));
}

TEST_BOTH("pool: free of memory that is no pool reports pool_bad_free") {
    int local = 0;
    check_bug_check(EMU_EXPECT_VIOLATION(rule::pool_bad_free, ExFreePoolWithTag(&local, tag)),
                    BAD_POOL_CALLER, 0x46, bits(&local));
}

TEST_BOTH("pool: free of null reports pool_bad_free") {
    check_bug_check(EMU_EXPECT_VIOLATION(rule::pool_bad_free, ExFreePool(nullptr)),
                    BAD_POOL_CALLER, 0x46, 0);
}

TEST_BOTH("pool: free with another tag reports pool_wrong_tag, 0xC2/0x0A") {
    UCHAR *memory = allocate(8);
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::pool_wrong_tag, ExFreePoolWithTag(memory, other_tag));
    check_bug_check(found, BAD_POOL_CALLER, 0x0A, bits(memory), tag, other_tag);
    CHECK(found.detail.find("'Tag1'") != std::string::npos);
    CHECK(found.detail.find("'Tag2'") != std::string::npos);
}

TEST_CASE("pool: a byte written behind the block reports pool_overrun, one in it none") {
    for (const SIZE_T size : {1u, 24u, 4096u}) {
        CAPTURE(size);
        on_both([size] {
            UCHAR *memory = allocate(size);
            memory[size - 1] = 1;
            ExFreePoolWithTag(memory, tag);
            memory = allocate(size);
            memory[size] = 1;
            EMU_EXPECT_VIOLATION(rule::pool_overrun, ExFreePoolWithTag(memory, tag));
        });
    }
}

TEST_BOTH("pool: zero bytes report pool_zero_bytes, 0xC4/0x00") {
    check_bug_check(EMU_EXPECT_VIOLATION(rule::pool_zero_bytes, allocate(0)),
                    DRIVER_VERIFIER_DETECTED_VIOLATION, 0x00, PASSIVE_LEVEL, NonPagedPoolNx, 0);
}

TEST_BOTH("pool: tag zero reports pool_zero_tag, 0xC2/0x9B") {
    const emu::violation found =
        EMU_EXPECT_VIOLATION(rule::pool_zero_tag, ExAllocatePoolWithTag(NonPagedPoolNx, 8, 0));
    check_bug_check(found, BAD_POOL_CALLER, 0x9B, NonPagedPoolNx, 8, found.parameters[3]);
    CHECK(found.parameters[3] != 0);
}

TEST_BOTH("pool: paged allocation at DISPATCH_LEVEL reports irql_too_high, 0xC4/0x01") {
    raise_to(DISPATCH_LEVEL);
    check_bug_check(EMU_EXPECT_VIOLATION(rule::irql_too_high, allocate(8, PagedPool)),
                    DRIVER_VERIFIER_DETECTED_VIOLATION, 0x01, DISPATCH_LEVEL, PagedPool, 8);
}

TEST_BOTH("pool: paged free at DISPATCH_LEVEL reports irql_too_high, 0xC4/0x11") {
    UCHAR *memory = allocate(8, PagedPool);
    raise_to(DISPATCH_LEVEL);
    check_bug_check(EMU_EXPECT_VIOLATION(rule::irql_too_high, ExFreePool(memory)),
                    DRIVER_VERIFIER_DETECTED_VIOLATION, 0x11, DISPATCH_LEVEL, PagedPool,
                    bits(memory));
}

TEST_BOTH("pool: any allocation above DISPATCH_LEVEL reports irql_too_high, 0xC4/0x02") {
    raise_to(3);
    const emu::violation found = EMU_EXPECT_VIOLATION(rule::irql_too_high, allocate(8));
    CHECK(found.bug_check == DRIVER_VERIFIER_DETECTED_VIOLATION);
    CHECK(found.parameters[0] == 0x02);
    CHECK(found.parameters[1] == 3);
}

TEST_CASE("pool: bug check 0xC4/0x02 shows pool type and bytes") {
    on_both([] {
        raise_to(3);
        check_bug_check(EMU_EXPECT_VIOLATION(rule::irql_too_high, allocate(8)),
                        DRIVER_VERIFIER_DETECTED_VIOLATION, 0x02, 3, NonPagedPoolNx, 8);
    });
}

TEST_BOTH("pool: any free above DISPATCH_LEVEL reports irql_too_high, 0xC4/0x12") {
    UCHAR *memory = allocate(8);
    raise_to(3);
    const emu::violation found = EMU_EXPECT_VIOLATION(rule::irql_too_high, ExFreePool(memory));
    CHECK(found.bug_check == DRIVER_VERIFIER_DETECTED_VIOLATION);
    CHECK(found.parameters[0] == 0x12);
}

TEST_CASE("pool: a write after free is found at the end of the schedule") {
    const emu::exploration_result found = emu::search([] {
        UCHAR *memory = allocate(100);
        ExFreePoolWithTag(memory, tag);
        memory[57] = 1;
    });
    CHECK(found.which == rule::pool_write_after_free);
    CHECK(found.schedules == 1);
    CHECK(found.report.find("100 bytes") != std::string::npos);
    const emu::exploration_result silent = emu::search([] {
        UCHAR *memory = allocate(100);
        memory[57] = 1;
        ExFreePoolWithTag(memory, tag);
    });
    CHECK_FALSE(silent.failed);
}

TEST_CASE("pool: an interlocked access to freed memory is found in simulation") {
    const emu::exploration_result found = emu::search([] {
        auto *count = allocate<LONG>(sizeof(LONG) * 4);
        ExFreePoolWithTag(count, tag);
        InterlockedIncrement(&count[1]);
    });
    CHECK(found.which == rule::freed_object);
}

TEST_CASE("pool, free: the retail bug checks stay, the verifier's go") {
    on_both(
        [] {
            raise_to(DISPATCH_LEVEL);
            UCHAR *memory = allocate(8, PagedPool);
            CHECK(memory != nullptr);
            ExFreePool(memory);
            KeLowerIrql(PASSIVE_LEVEL);
            check_bug_check(EMU_EXPECT_VIOLATION(rule::pool_double_free, ExFreePool(memory)),
                            BAD_POOL_CALLER, 0x07, 0, 0, bits(memory));
        },
        emu::fidelity::free);
}
