// Executive resources: acquire and release, with and without a region of their own.
//
// As push_lock.cpp: contract, core operation, evidence; the plain case calls nothing.  A held-lock
// record stands for one hold, so a thread that holds a resource three times has three.
#include "emu/nt/resource.hpp"

#include "emu/machine/apc.hpp"
#include "emu/trace/events.hpp"
#include "emu/verify/held.hpp"

namespace emu::nt {

using verify::call;

void require_resource(const call &at) {
    if (!address_ok<8>(at.object)) {
        const bool acquires = contract_of(at.by).apcs_enabled.type == 0x37;
        const bug_check unaligned{0xC4, {0x3D, 0, 0, reinterpret_cast<std::uint64_t>(at.object)}};
        bad_address(at, 8, acquires ? unaligned : bug_check{});
    }
    if (!core::is_live(resource_of(at))) {
        stop_on(verify::judge_resource_bytes(at));
        core::mark_of(resource_of(at)) =
            core::live_mark;  // free: zeroed bytes act as a free resource
    }
}

bool drop_record(context &self, const void *resource) {
    const held_lock *record = verify::find_held(self, resource);
    if (record != nullptr) {
        verify::drop_held(self, *record);
    }
    return record != nullptr;
}

namespace {

constexpr held_lock::kind held_as(core::request how, routine by) {
    return {lock_family::eresource, core::mode_of(how), by};
}

void note(const call &at, core::request how) {
    if (!verify::room_to_hold(at.self)) {
        verify::grow_held(at.self);
    }
    verify::note_acquired(at.self, {at.object, at.caller, held_as(how, at.by)});
    trace_event(at, trace::event_kind::acquired);
}

void wait_for_resource(const call &at, core::request how) {
    stop_on(verify::judge_resource_wait(at, core::mode_of(how),
                                        how == core::request::wait_for_exclusive));
    note_blocked(at, lock_family::eresource);
    core::acquire(resource_of(at), at.self.thread->actor, owner_of(at.self), how);
    note_unblocked(at);
}

template <routine R, core::request How>
[[gnu::noinline]] BOOLEAN acquire_generally(PERESOURCE resource, BOOLEAN wait,
                                            const void *caller) {
    const call at{enter<R, interferes::yes>(resource, caller), R, resource, caller};
    require_resource(at);
    // Who has a resource already counts on getting it again.
    if (!wait && verify::find_held(at.self, resource) == nullptr && refused_on_request(at)) {
        return FALSE;
    }
    if (!core::try_acquire(*resource, at.self.thread->actor, owner_of(at.self), How)) {
        if (!wait) {
            return FALSE;
        }
        wait_for_resource(at, How);
    }
    note(at, How);
    return TRUE;
}

template <routine R, core::request How>
[[gnu::always_inline]] inline BOOLEAN acquire(PERESOURCE resource, BOOLEAN wait,
                                              const void *caller) {
    context &self = *current_context;
    if (plain_call_in_region(self) && address_ok<8>(resource) && verify::room_to_hold(self) &&
        core::is_live(*resource) && core::try_acquire_simply(*resource, owner_of(self), How)) {
        verify::note_acquired(self, {resource, caller, held_as(How, R)});
        count_call(self, R);
        return TRUE;
    }
    return acquire_generally<R, How>(resource, wait, caller);
}

// The record goes first: after the release the resource may be gone.
void release_hold(const call &at) {
    require_resource(at);
    trace_event(at, trace::event_kind::released);
    drop_record(at.self, at.object);
    const core::owner_id self = owner_of(at.self);
    if (!core::release(resource_of(at), at.self.thread->actor, self)) {
        stop_on(verify::judge_resource_release(at, self, true));
    }
}

template <routine R>
[[gnu::noinline]] void release_generally(PERESOURCE resource, const void *caller) {
    release_hold({enter<R, interferes::yes>(resource, caller), R, resource, caller});
}

bool newest_is(const context &self, const void *resource) {
    return self.held_count > 0 && self.held[self.held_count - 1].object == resource;
}

template <routine R>
[[gnu::always_inline]] inline void release(PERESOURCE resource, const void *caller) {
    context &self = *current_context;
    if (plain_call_in_region(self) && newest_is(self, resource) && core::is_live(*resource)) {
        const held_lock newest = self.held[self.held_count - 1];
        verify::note_released(self, resource, newest.how.mode);
        if (__builtin_expect(core::try_release_simply(*resource, owner_of(self)), 1)) {
            count_call(self, R);
            return;
        }
        verify::note_acquired(self, newest);  // release_generally finds it in its place
    }
    release_generally<R>(resource, caller);
}

// The regions that some routines enter and leave for their caller.
void enter_region(context &self) { --self.thread->own.apcs.kernel; }

void leave_region(const call &at) {
    std::int16_t &counter = at.self.thread->own.apcs.kernel;
    if (counter >= 0) {
        stop_on(verify::judge_region_leave(at, false));
    }
    ++counter;
    machine::deliver_kernel_apcs(at.self);
}

template <routine R, core::request How>
[[gnu::always_inline]] inline PVOID enter_and_acquire(PERESOURCE resource, const void *caller) {
    enter_region(self_context());
    acquire<R, How>(resource, TRUE, caller);
    return nullptr;  // means nothing to drivers
}

template <routine R>
[[gnu::always_inline]] inline void release_and_leave(PERESOURCE resource, const void *caller) {
    release<R>(resource, caller);
    leave_region({self_context(), R, nullptr, caller});
}

// The resource that the header of a file system's control block names.  The driver of the file's
// device and the filters above it may bring callbacks that take its place: those are not called,
// so a file that may have some is refused.
template <routine R>
PERESOURCE resource_of_file(PFILE_OBJECT file, const void *caller) {
    const call at{self_context(), R, file, caller};
    if (!address_ok<8>(file)) {
        bad_address(at, 8);
    }
    if (file->DeviceObject != nullptr && file->DeviceObject->DriverObject != nullptr) {
        stop_on(verify::broken(at, rule::not_emulated, {},
                               "%s is not emulated for a file whose device has a driver object, "
                               "whose callbacks it would have to call",
                               contract_of(R).name));
    }
    const auto *header = static_cast<const FSRTL_COMMON_FCB_HEADER *>(file->FsContext);
    if (header == nullptr || header->Resource == nullptr) {
        stop_on(verify::broken(at, rule::null_object, {},
                               "the file object's FsContext names no resource"));
        __builtin_unreachable();  // enforced in every fidelity
    }
    return header->Resource;
}

// Owner pointers have no record, and another thread's id is never right.
void release_for(const call &at, core::owner_id owner) {
    const bool system = at.self.thread->system;
    if (!system && apcs_enabled(at.self)) {
        contract_broken(at);
    }
    if (owner == owner_of(at.self)) {
        return release_hold(at);
    }
    require_resource(at);
    trace_event(at, trace::event_kind::released);
    // There is no record: the owner pointer is the holder.
    verify::tell_given({at.object, at.caller, held_as(core::request::exclusive, at.by)});
    if ((owner & core::pointer_bits) != core::pointer_bits ||
        !core::release(resource_of(at), at.self.thread->actor, owner)) {
        stop_on(verify::judge_resource_release(at, owner, false));
    }
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;
using core::request;

extern "C" {

BOOLEAN NTAPI ExAcquireResourceExclusiveLite(PERESOURCE Resource, BOOLEAN Wait) {
    return acquire<routine::ExAcquireResourceExclusiveLite, request::exclusive>(Resource, Wait,
                                                                                EMU_CALLER);
}

BOOLEAN NTAPI ExTryToAcquireResourceExclusiveLite(PERESOURCE Resource) {
    return acquire<routine::ExTryToAcquireResourceExclusiveLite, request::exclusive>(
        Resource, FALSE, EMU_CALLER);
}

BOOLEAN NTAPI ExAcquireResourceSharedLite(PERESOURCE Resource, BOOLEAN Wait) {
    return acquire<routine::ExAcquireResourceSharedLite, request::shared>(Resource, Wait,
                                                                          EMU_CALLER);
}

BOOLEAN NTAPI ExAcquireSharedStarveExclusive(PERESOURCE Resource, BOOLEAN Wait) {
    return acquire<routine::ExAcquireSharedStarveExclusive, request::starve_exclusive>(
        Resource, Wait, EMU_CALLER);
}

BOOLEAN NTAPI ExAcquireSharedWaitForExclusive(PERESOURCE Resource, BOOLEAN Wait) {
    return acquire<routine::ExAcquireSharedWaitForExclusive, request::wait_for_exclusive>(
        Resource, Wait, EMU_CALLER);
}

VOID FASTCALL ExReleaseResourceLite(PERESOURCE Resource) {
    release<routine::ExReleaseResourceLite>(Resource, EMU_CALLER);
}

VOID NTAPI ExReleaseResourceForThreadLite(PERESOURCE Resource, ERESOURCE_THREAD ResourceThreadId) {
    constexpr routine by = routine::ExReleaseResourceForThreadLite;
    release_for({enter<by, interferes::yes>(Resource, EMU_CALLER), by, Resource, EMU_CALLER},
                ResourceThreadId);
}

PVOID NTAPI ExEnterCriticalRegionAndAcquireResourceExclusive(PERESOURCE Resource) {
    return enter_and_acquire<routine::ExEnterCriticalRegionAndAcquireResourceExclusive,
                             request::exclusive>(Resource, EMU_CALLER);
}

PVOID NTAPI ExEnterCriticalRegionAndAcquireResourceShared(PERESOURCE Resource) {
    return enter_and_acquire<routine::ExEnterCriticalRegionAndAcquireResourceShared,
                             request::shared>(Resource, EMU_CALLER);
}

PVOID NTAPI ExEnterCriticalRegionAndAcquireSharedWaitForExclusive(PERESOURCE Resource) {
    return enter_and_acquire<routine::ExEnterCriticalRegionAndAcquireSharedWaitForExclusive,
                             request::wait_for_exclusive>(Resource, EMU_CALLER);
}

PVOID NTAPI ExEnterPriorityRegionAndAcquireResourceExclusive(PERESOURCE Resource) {
    return enter_and_acquire<routine::ExEnterPriorityRegionAndAcquireResourceExclusive,
                             request::exclusive>(Resource, EMU_CALLER);
}

PVOID NTAPI ExEnterPriorityRegionAndAcquireResourceShared(PERESOURCE Resource) {
    return enter_and_acquire<routine::ExEnterPriorityRegionAndAcquireResourceShared,
                             request::shared>(Resource, EMU_CALLER);
}

VOID FASTCALL ExReleaseResourceAndLeaveCriticalRegion(PERESOURCE Resource) {
    release_and_leave<routine::ExReleaseResourceAndLeaveCriticalRegion>(Resource, EMU_CALLER);
}

VOID FASTCALL ExReleaseResourceAndLeavePriorityRegion(PERESOURCE Resource) {
    release_and_leave<routine::ExReleaseResourceAndLeavePriorityRegion>(Resource, EMU_CALLER);
}

VOID FLTAPI FltAcquireResourceExclusive(PERESOURCE Resource) {
    enter_and_acquire<routine::FltAcquireResourceExclusive, request::exclusive>(Resource,
                                                                                EMU_CALLER);
}

VOID FLTAPI FltAcquireResourceShared(PERESOURCE Resource) {
    enter_and_acquire<routine::FltAcquireResourceShared, request::shared>(Resource, EMU_CALLER);
}

VOID NTAPI FsRtlAcquireFileExclusive(PFILE_OBJECT FileObject) {
    constexpr routine by = routine::FsRtlAcquireFileExclusive;
    const PERESOURCE resource = resource_of_file<by>(FileObject, EMU_CALLER);
    enter_and_acquire<by, request::exclusive>(resource, EMU_CALLER);
}

VOID NTAPI FsRtlReleaseFile(PFILE_OBJECT FileObject) {
    constexpr routine by = routine::FsRtlReleaseFile;
    release_and_leave<by>(resource_of_file<by>(FileObject, EMU_CALLER), EMU_CALLER);
}

VOID FLTAPI FltReleaseResource(PERESOURCE Resource) {
    release_and_leave<routine::FltReleaseResource>(Resource, EMU_CALLER);
}

}  // extern "C"
