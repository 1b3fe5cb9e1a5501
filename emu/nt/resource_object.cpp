// Executive resources: their life, their owners, and questions about them.
#include <array>
#include <mutex>

#include "emu/locks/resource_table.hpp"
#include "emu/machine/machine.hpp"
#include "emu/nt/resource.hpp"
#include "emu/verify/held.hpp"
#include "emu/host/mutex.hpp"

namespace emu::nt {

namespace {

using verify::call;

void require_room(const call &at) {
    if (!address_ok<8>(at.object)) {
        bad_address(at, 8);
    }
}

template <routine R, interferes With = interferes::yes>
call entered(PERESOURCE resource, const void *caller) {
    return {enter<R, With>(resource, caller), R, resource, caller};
}

template <routine R, interferes With = interferes::yes>
call entered_with_resource(PERESOURCE resource, const void *caller) {
    const call at = entered<R, With>(resource, caller);
    require_resource(at);
    return at;
}

core::holding holding_of(const call &at) {
    return core::holds_of(resource_of(at), at.self.thread->actor, owner_of(at.self));
}

std::uint64_t an_owner_of(const ERESOURCE &resource) { return resource.OwnerEntry.OwnerThread; }

void set_owner_pointer(const call &at, PVOID pointer) {
    const auto owner = reinterpret_cast<core::owner_id>(pointer);
    if ((owner & core::pointer_bits) != core::pointer_bits) {
        stop_on(verify::judge_owner_pointer(at, pointer));
    }
    // The records go first: whoever has the pointer may release and free the resource.
    while (drop_record(at.self, at.object)) {
    }
    if (!core::change_owner(resource_of(at), at.self.thread->actor, owner_of(at.self), owner)) {
        stop_on(verify::judge_not_the_owner(at, ""));
    }
}

// What this thread holds of the resource, it now holds shared.
void rewrite_records(context &self, const void *resource) {
    for (std::uint32_t i = 0; i < self.held_count; ++i) {
        if (self.held[i].object == resource) {
            verify::tell_given(self.held[i]);  // sharers come in beside it
            self.held[i].how.mode = lock_mode::shared;
        }
    }
}

// The system's own resources, a few for all who ask; made anew on each machine.
std::array<ERESOURCE, 16> system_resources;
std::uint32_t next_system_resource = 0;

PERESOURCE next_of_system() {
    static host::mutex guard;  // a leaf
    const std::lock_guard held(guard);
    ERESOURCE &chosen = system_resources[next_system_resource++ % system_resources.size()];
    if (!core::is_live(chosen)) {
        core::initialize(chosen);
    }
    return &chosen;
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

NTSTATUS NTAPI ExInitializeResourceLite(PERESOURCE Resource) {
    const call at = entered<routine::ExInitializeResourceLite>(Resource, EMU_CALLER);
    require_room(at);
    if (locks::resource::enlisted(*Resource)) {
        stop_on(verify::judge_resource_again(at));
    }
    stop_on(verify::judge_resource_storage(at));
    core::initialize(*Resource);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ExReinitializeResourceLite(PERESOURCE Resource) {
    const call at =
        entered_with_resource<routine::ExReinitializeResourceLite>(Resource, EMU_CALLER);
    stop_on(verify::judge_resource_end(at, an_owner_of(*Resource)));
    core::reinitialize(*Resource);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ExDeleteResourceLite(PERESOURCE Resource) {
    const call at = entered<routine::ExDeleteResourceLite>(Resource, EMU_CALLER);
    require_room(at);
    if (!core::is_live(*Resource)) {
        stop_on(verify::judge_resource_bytes(at));
        EmuCorruptList(&Resource->SystemResourcesList);  // what retail says of a second deletion
    }
    stop_on(verify::judge_resource_end(at, an_owner_of(*Resource)));
    core::destroy(*Resource);
    return STATUS_SUCCESS;
}

VOID NTAPI ExSetResourceOwnerPointer(PERESOURCE Resource, PVOID OwnerPointer) {
    set_owner_pointer(
        entered_with_resource<routine::ExSetResourceOwnerPointer>(Resource, EMU_CALLER),
        OwnerPointer);
}

VOID NTAPI ExSetResourceOwnerPointerEx(PERESOURCE Resource, PVOID OwnerPointer, ULONG Flags) {
    const call at =
        entered_with_resource<routine::ExSetResourceOwnerPointerEx>(Resource, EMU_CALLER);
    if ((Flags & ~static_cast<ULONG>(FLAG_OWNER_POINTER_IS_THREAD)) != 0) {
        stop_on(verify::judge_owner_pointer_flags(at, Flags));
    }
    set_owner_pointer(at, OwnerPointer);
}

VOID NTAPI ExConvertExclusiveToSharedLite(PERESOURCE Resource) {
    const call at =
        entered_with_resource<routine::ExConvertExclusiveToSharedLite>(Resource, EMU_CALLER);
    if (!core::convert_to_shared(*Resource, at.self.thread->actor, owner_of(at.self))) {
        stop_on(verify::judge_not_the_owner(at, " exclusively"));
        return;  // observed: harmless
    }
    rewrite_records(at.self, Resource);
}

// What a thread itself owns no other changes, so these are no scheduling points.
BOOLEAN NTAPI ExIsResourceAcquiredExclusiveLite(PERESOURCE Resource) {
    constexpr routine by = routine::ExIsResourceAcquiredExclusiveLite;
    const core::holding own =
        holding_of(entered_with_resource<by, interferes::no>(Resource, EMU_CALLER));
    return own.count != 0 && own.exclusive;
}

ULONG NTAPI ExIsResourceAcquiredSharedLite(PERESOURCE Resource) {
    constexpr routine by = routine::ExIsResourceAcquiredSharedLite;
    return holding_of(entered_with_resource<by, interferes::no>(Resource, EMU_CALLER)).count;
}

ULONG NTAPI ExGetExclusiveWaiterCount(PERESOURCE Resource) {
    entered_with_resource<routine::ExGetExclusiveWaiterCount>(Resource, EMU_CALLER);
    return core::read_field(Resource->NumberOfExclusiveWaiters);
}

ULONG NTAPI ExGetSharedWaiterCount(PERESOURCE Resource) {
    entered_with_resource<routine::ExGetSharedWaiterCount>(Resource, EMU_CALLER);
    return core::read_field(Resource->NumberOfSharedWaiters);
}

VOID NTAPI ExDisableResourceBoostLite(PERESOURCE Resource) {
    entered_with_resource<routine::ExDisableResourceBoostLite>(Resource, EMU_CALLER);
    __atomic_fetch_or(&Resource->Flag, ResourceHasDisabledPriorityBoost, __ATOMIC_RELAXED);
}

PERESOURCE NTAPI FsRtlAllocateResource(VOID) {
    entered<routine::FsRtlAllocateResource>(nullptr, EMU_CALLER);
    return next_of_system();
}

}  // extern "C"
