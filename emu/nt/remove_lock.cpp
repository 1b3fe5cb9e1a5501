// Remove locks: IoCount is one for the device and one for each acquire; whoever makes it zero
// signals RemoveEvent.
#include "emu/dispatcher/event.hpp"
#include "emu/dispatcher/wait.hpp"
#include "emu/machine/pool.hpp"
#include "emu/nt/enter.hpp"
#include "emu/sched/atomic.hpp"
#include "emu/sched/sched.hpp"
#include "emu/verify/remove_lock_rules.hpp"
#include "emu/host/happens_before.hpp"
#include "emu/host/sanitizer.hpp"

namespace emu::nt {

namespace {

using verify::call;
using count_word = sched::atomic<std::uint32_t>;

constexpr std::int64_t ticks_per_minute = 60 * std::int64_t{10'000'000};
constexpr LONG signature = 0x4B434C52;  // 'RLCK'

IO_REMOVE_LOCK_COMMON_BLOCK &common_of(const call &at) {
    return static_cast<PIO_REMOVE_LOCK>(const_cast<void *>(at.object))->Common;
}

count_word &count_of(const call &at) {
    auto *start = static_cast<std::byte *>(const_cast<void *>(at.object));
    void *word = start + offsetof(IO_REMOVE_LOCK, Common.IoCount);
    return *static_cast<count_word *>(word);
}

// The flag and the event are words of the algorithm as the count is: their accesses are scheduling
// points at atomic granularity.
void about_to_use(const void *part, access how = access::write) {
    sched::access_point(part, how);
    sched::note_touch(part, how);
}

bool removed(const call &at) {
    about_to_use(&common_of(at).Removed, access::read);
    return __atomic_load_n(&common_of(at).Removed, __ATOMIC_SEQ_CST) != FALSE;
}

void require_address(const call &at) {
    if (!address_ok<8>(at.object)) {
        bad_address(at, 8);
    }
}

// Others may wait for the event meanwhile: its list's pointers change then, but never to null.
EMU_UNORDERED_READ bool initialised(const DISPATCHER_HEADER &event) noexcept {
    const volatile DISPATCHER_HEADER &seen = event;
    return seen.Type == dispatcher::synchronization_event && seen.WaitListHead.Flink != nullptr;
}

template <routine R>
call entered(PIO_REMOVE_LOCK lock, const void *caller) {
    const call at{enter<R, interferes::yes>(lock, caller), R, lock, caller};
    require_address(at);
    if (!initialised(lock->Common.RemoveEvent.Header)) {
        stop_on(verify::judge_remove_lock_bytes(at));
    }
    return at;
}

// acq_rel: the last one hands on what all did under the lock
void drop_one(const call &at) {
    if (count_of(at).fetch_sub(1, std::memory_order_acq_rel) == 1) {
        LONG before = 0;
        about_to_use(&common_of(at).RemoveEvent);
        dispatcher::set_event(common_of(at).RemoveEvent, before);
    }
}

bool ended(const IO_REMOVE_LOCK &lock) {
    return lock.Common.Removed == TRUE && lock.Common.IoCount == 0 &&
           lock.Common.RemoveEvent.Header.Type == dispatcher::synchronization_event;
}

void initialize_debug(IO_REMOVE_LOCK_DBG_BLOCK &block, ULONG tag, ULONG minutes, ULONG most) {
    block = {};
    block.Signature = signature;
    block.HighWatermark = most;
    block.MaxLockedTicks = minutes * ticks_per_minute;
    block.AllocateTag = static_cast<LONG>(tag);
    InitializeListHead(&block.LockList);
}

void wait_for_others(const call &at) {
    note_blocked(at, lock_family::remove_lock);
    about_to_use(&common_of(at).RemoveEvent);
    dispatcher::wait_for_one(at.self, common_of(at).RemoveEvent.Header, host::no_deadline);
    note_unblocked(at);
}

// Where the checked part of the structure stands, whatever the library was compiled with.
IO_REMOVE_LOCK_DBG_BLOCK &debug_of(PIO_REMOVE_LOCK lock) {
    auto *start = reinterpret_cast<std::byte *>(lock);
    return *reinterpret_cast<IO_REMOVE_LOCK_DBG_BLOCK *>(start +
                                                         sizeof(IO_REMOVE_LOCK_COMMON_BLOCK));
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

VOID NTAPI IoInitializeRemoveLockEx(PIO_REMOVE_LOCK Lock, ULONG AllocateTag,
                                    ULONG MaxLockedMinutes, ULONG HighWatermark,
                                    ULONG RemlockSize) {
    constexpr routine by = routine::IoInitializeRemoveLockEx;
    const call at{enter<by>(Lock, EMU_CALLER), by, Lock, EMU_CALLER};
    require_address(at);
    if (ended(*Lock)) {
        stop_on(verify::judge_remove_lock_again(at));
    }
    if (HighWatermark > MAXLONG) {
        stop_on(verify::broken(at, rule::invalid_parameter, {},
                               "HighWatermark 0x%X; the highest is 0x7FFFFFFF", HighWatermark));
    }
    common_of(at) = {};
    dispatcher::initialize_event(common_of(at).RemoveEvent, dispatcher::synchronization_event,
                                 false);
    count_of(at).store(1, std::memory_order_release);
    if (RemlockSize >= sizeof(IO_REMOVE_LOCK_COMMON_BLOCK) + sizeof(IO_REMOVE_LOCK_DBG_BLOCK)) {
        initialize_debug(debug_of(Lock), AllocateTag, MaxLockedMinutes, HighWatermark);
    }
    verify::note_remove_lock(Lock);
}

NTSTATUS NTAPI IoAcquireRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, PCSTR, ULONG, ULONG) {
    const call at = entered<routine::IoAcquireRemoveLockEx>(RemoveLock, EMU_CALLER);
    // seq_cst with the store and the count of IoReleaseRemoveLockAndWait: either this sees
    // Removed, or the wait sees this count
    count_of(at).fetch_add(1, std::memory_order_seq_cst);
    if (removed(at)) {
        drop_one(at);
        return STATUS_DELETE_PENDING;
    }
    verify::note_remove_tag(at, Tag);
    return STATUS_SUCCESS;
}

VOID NTAPI IoReleaseRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, ULONG) {
    const call at = entered<routine::IoReleaseRemoveLockEx>(RemoveLock, EMU_CALLER);
    stop_on(verify::judge_remove_release(at, Tag));
    host::handed_over(at.object);
    drop_one(at);
}

VOID NTAPI IoReleaseRemoveLockAndWaitEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, ULONG) {
    const call at = entered<routine::IoReleaseRemoveLockAndWaitEx>(RemoveLock, EMU_CALLER);
    stop_on(verify::judge_remove_release(at, Tag));
    about_to_use(&common_of(at).Removed);
    __atomic_store_n(&common_of(at).Removed, static_cast<BOOLEAN>(TRUE), __ATOMIC_SEQ_CST);
    // the caller's own, and the device's
    if (count_of(at).fetch_sub(2, std::memory_order_seq_cst) != 2) {
        wait_for_others(at);
    }
    host::taken_over(at.object);
}

}  // extern "C"
