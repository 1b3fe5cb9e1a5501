// Sequenced lists.
#include "emu/locks/slist.hpp"

#include "emu/machine/pool.hpp"
#include "emu/nt/enter.hpp"

namespace emu::nt {

namespace {

namespace core = locks::slist;
using verify::call;

constexpr std::size_t alignment = 16;

void require_aligned(const call &at) {
    const auto address = reinterpret_cast<std::uint64_t>(at.object);
    if (address < 4096 || address % alignment != 0) {
        bad_address(at, alignment);
    }
}

template <routine R, interferes With = interferes::yes>
call entered(const SLIST_HEADER *head, const void *caller) {
    const call at{enter<R, With>(head, caller), R, head, caller};
    require_aligned(at);
    // Others may push and pop meanwhile; only a word that nobody writes any more matters.
    if (__atomic_load_n(&head->Region, __ATOMIC_RELAXED) == machine::freed_word) {
        stop_on(
            verify::broken(at, rule::freed_object, {}, "the list head lies in freed pool memory"));
    }
    return at;
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

VOID NTAPI InitializeSListHead(PSLIST_HEADER SListHead) {
    constexpr routine by = routine::InitializeSListHead;
    require_aligned({enter<by>(SListHead, EMU_CALLER), by, SListHead, EMU_CALLER});
    *SListHead = {};
}

PSLIST_ENTRY NTAPI FirstEntrySList(const SLIST_HEADER *SListHead) {
    entered<routine::FirstEntrySList>(SListHead, EMU_CALLER);
    return core::first(*SListHead);
}

USHORT NTAPI ExQueryDepthSList(PSLIST_HEADER SListHead) {
    entered<routine::ExQueryDepthSList>(SListHead, EMU_CALLER);
    return core::depth(*SListHead);
}

PSLIST_ENTRY NTAPI ExpInterlockedPushEntrySList(PSLIST_HEADER ListHead, PSLIST_ENTRY ListEntry) {
    const call at = entered<routine::ExpInterlockedPushEntrySList>(ListHead, EMU_CALLER);
    require_aligned({at.self, at.by, ListEntry, at.caller});
    return core::push(*ListHead, *ListEntry, at.self.thread->actor);
}

PSLIST_ENTRY NTAPI ExpInterlockedPopEntrySList(PSLIST_HEADER ListHead) {
    const call at = entered<routine::ExpInterlockedPopEntrySList>(ListHead, EMU_CALLER);
    return core::pop(*ListHead, at.self.thread->actor);
}

PSLIST_ENTRY NTAPI ExpInterlockedFlushSList(PSLIST_HEADER ListHead) {
    const call at = entered<routine::ExpInterlockedFlushSList>(ListHead, EMU_CALLER);
    return core::flush(*ListHead, at.self.thread->actor);
}

}  // extern "C"
