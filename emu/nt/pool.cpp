// Pool: ExAllocatePool and its kin, ExFreePool.
#include "emu/nt/pool.hpp"
#include "emu/nt/work_item.hpp"
#include "emu/sched/sched.hpp"

#include <cstring>

#include "emu/host/happens_before.hpp"
#include "emu/machine/faults.hpp"
#include "emu/machine/pool.hpp"
#include "emu/nt/raise.hpp"
#include "emu/trace/events.hpp"
#include "emu/verify/bug_checks.hpp"

namespace emu::nt {

namespace {

using machine::pool_block;
using verify::address_bits;
using verify::call;

constexpr std::uint32_t default_tag =
    0x656E6F4E;                              // 'None': what ExAllocatePool files memory under
constexpr std::uint32_t base_type_mask = 1;  // POOL_TYPE bit 0: paged
constexpr std::uint32_t must_succeed = 2;    // POOL_TYPE bit 1

bool is_paged(std::uint32_t type) { return (type & base_type_mask) != 0; }

std::uint32_t type_of_flags(POOL_FLAGS flags) {
    return (flags & POOL_FLAG_PAGED) != 0 ? PagedPool : NonPagedPoolNx;
}

// Uninitialised pool memory shows itself: a pattern that is neither zero nor the freed one.
constexpr int fresh_fill = 0xCD;

// The level that pool of a type may be allocated and freed at.
std::uint8_t highest_level(std::uint32_t type) {
    return is_paged(type) ? APC_LEVEL : DISPATCH_LEVEL;
}

void check_level(const call &at, const pool_request &wanted) {
    if (at.self.irql > highest_level(wanted.type)) {
        const std::uint64_t violation = is_paged(wanted.type) ? 0x01 : 0x02;
        stop_on(verify::broken(at, rule::irql_too_high,
                               {0xC4, {violation, at.self.irql, wanted.type, wanted.size}},
                               "%s pool is allocated at IRQL <= %u; the current IRQL is %u",
                               is_paged(wanted.type) ? "paged" : "nonpaged",
                               highest_level(wanted.type), at.self.irql));
    }
}

void check_arguments(const call &at, const pool_request &wanted) {
    if (wanted.size == 0) {
        stop_on(verify::broken(at, rule::pool_zero_bytes,
                               {0xC4, {0x00, at.self.irql, wanted.type, 0}},
                               "zero bytes asked for"));
    }
    if (wanted.tag == 0) {
        stop_on(verify::broken(at, rule::pool_zero_tag,
                               {0xC2, {0x9B, wanted.type, wanted.size, address_bits(at.caller)}},
                               "the tag is zero"));
    }
}

void *allocate(routine by, context &self, const void *caller, const pool_request &wanted) {
    return allocate_pool({self, by, nullptr, caller}, wanted);
}

void check_free_level(const call &at, const pool_block &block) {
    if (at.self.irql > highest_level(block.type)) {
        const std::uint64_t violation = is_paged(block.type) ? 0x11 : 0x12;
        stop_on(verify::broken(
            at, rule::irql_too_high,
            {0xC4, {violation, at.self.irql, block.type, address_bits(at.object)}},
            "%s pool is freed at IRQL <= %u; the current IRQL is %u",
            is_paged(block.type) ? "paged" : "nonpaged", highest_level(block.type), at.self.irql));
    }
}

void report_bad_address(const call &at) {
    stop_on(verify::broken(at, rule::pool_bad_free, {0xC2, {0x46, address_bits(at.object), 0, 0}},
                           "%p is not the start of a pool allocation", at.object));
}

void report_double_free(const call &at, pool_block &block) {
    stop_on(verify::broken(at, rule::pool_double_free,
                           {0xC2, {0x07, 0, 0, address_bits(at.object)}},
                           "the block of %zu bytes, tag '%s', was freed before", block.size,
                           verify::tag_text(block.tag).data()));
}

void check_block(const call &at, pool_block &block, std::uint32_t tag) {
    check_free_level(at, block);
    if (tag != 0 && tag != block.tag) {
        stop_on(verify::broken(at, rule::pool_wrong_tag,
                               {0xC2, {0x0A, address_bits(at.object), block.tag, tag}},
                               "allocated with tag '%s', freed with tag '%s'",
                               verify::tag_text(block.tag).data(), verify::tag_text(tag).data()));
    }
    if (!machine::tail_intact(block)) {
        stop_on(
            verify::broken(at, rule::pool_overrun, {},
                           "the bytes behind the block of %zu bytes, tag '%s', were overwritten",
                           block.size, verify::tag_text(block.tag).data()));
    }
    refuse_if_queued({at.self, at.by, block.data(), at.caller}, block.size);
    stop_on(verify::judge_free(at, block.data(), block.size));
}

}  // namespace

void *allocate_pool(const call &at, const pool_request &wanted) {
    check_level(at, wanted);
    check_arguments(at, wanted);
    const bool refused =
        (wanted.type & must_succeed) == 0 && machine::fails(wanted.as, {at.by, at.caller});
    void *memory =
        refused ? nullptr : machine::allocate(wanted.size, wanted.tag, wanted.type, at.caller);
    if (memory != nullptr) {
        std::memset(memory, wanted.zeroed ? 0 : fresh_fill, wanted.size);
        host::accessed_by(at.caller, memory, wanted.size, true);
    } else if (wanted.raises || (wanted.type & POOL_RAISE_IF_ALLOCATION_FAILURE) != 0) {
        raise_status(STATUS_INSUFFICIENT_RESOURCES, at.caller, at.by);
    }
    return memory;
}

void free_pool(const call &at, std::uint32_t tag) {
    sched::note_touch(nullptr);  // whatever lies in the memory
    pool_block *block = machine::block_at(at.object);
    if (block == nullptr) {
        return report_bad_address(at);
    }
    if (block->freed_by != nullptr) {
        return report_double_free(at, *block);
    }
    check_block(at, *block, tag);
    trace_event(at, trace::event_kind::freed);
    host::accessed_by(at.caller, block->data(), block->size, true);
    if (pool_block *spoilt = machine::quarantine(*block, at.caller)) {
        const call about{at.self, at.by, spoilt->data(), at.caller};
        stop_on(verify::broken(about, rule::pool_write_after_free, {},
                               "a block of %zu bytes, tag '%s', was written to after it was freed",
                               spoilt->size, verify::tag_text(spoilt->tag).data()));
    }
}

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

PVOID NTAPI ExAllocatePool(POOL_TYPE PoolType, SIZE_T NumberOfBytes) {
    context &self = enter<routine::ExAllocatePool>(nullptr, EMU_CALLER);
    return allocate(routine::ExAllocatePool, self, EMU_CALLER,
                    {NumberOfBytes, default_tag, static_cast<std::uint32_t>(PoolType), false});
}

PVOID NTAPI ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag) {
    context &self = enter<routine::ExAllocatePoolWithTag>(nullptr, EMU_CALLER);
    return allocate(routine::ExAllocatePoolWithTag, self, EMU_CALLER,
                    {NumberOfBytes, Tag, static_cast<std::uint32_t>(PoolType), false});
}

PVOID NTAPI ExAllocatePoolZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag) {
    context &self = enter<routine::ExAllocatePoolZero>(nullptr, EMU_CALLER);
    return allocate(routine::ExAllocatePoolZero, self, EMU_CALLER,
                    {NumberOfBytes, Tag, static_cast<std::uint32_t>(PoolType), true});
}

PVOID NTAPI ExAllocatePoolUninitialized(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag) {
    context &self = enter<routine::ExAllocatePoolUninitialized>(nullptr, EMU_CALLER);
    return allocate(routine::ExAllocatePoolUninitialized, self, EMU_CALLER,
                    {NumberOfBytes, Tag, static_cast<std::uint32_t>(PoolType), false});
}

PVOID NTAPI ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag) {
    context &self = enter<routine::ExAllocatePool2>(nullptr, EMU_CALLER);
    if (Tag == 0) {
        return nullptr;  // documented for this routine, unlike its elders
    }
    return allocate(
        routine::ExAllocatePool2, self, EMU_CALLER,
        {NumberOfBytes, Tag, type_of_flags(Flags), (Flags & POOL_FLAG_UNINITIALIZED) == 0,
         (Flags & POOL_FLAG_RAISE_ON_FAILURE) != 0});
}

VOID NTAPI ExFreePool(PVOID P) {
    context &self = enter<routine::ExFreePool, interferes::yes>(P, EMU_CALLER);
    sched::note_touch(nullptr);  // whatever lies in the memory
    free_pool({self, routine::ExFreePool, P, EMU_CALLER}, 0);
}

VOID NTAPI ExFreePoolWithTag(PVOID P, ULONG Tag) {
    context &self = enter<routine::ExFreePoolWithTag, interferes::yes>(P, EMU_CALLER);
    free_pool({self, routine::ExFreePoolWithTag, P, EMU_CALLER}, Tag);
}

PVOID NTAPI FsRtlAllocateAePushLock(POOL_TYPE PoolType, ULONG Tag) {
    context &self = enter<routine::FsRtlAllocateAePushLock>(nullptr, EMU_CALLER);
    return allocate(routine::FsRtlAllocateAePushLock, self, EMU_CALLER,
                    {sizeof(EX_PUSH_LOCK), Tag, static_cast<std::uint32_t>(PoolType), true});
}

VOID NTAPI FsRtlFreeAePushLock(PVOID AePushLock) {
    context &self = enter<routine::FsRtlFreeAePushLock, interferes::yes>(AePushLock, EMU_CALLER);
    free_pool({self, routine::FsRtlFreeAePushLock, AePushLock, EMU_CALLER}, 0);
}

}  // extern "C"
