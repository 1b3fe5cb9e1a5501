// Processors: counts, numbers, affinity.  One group, one node.
#include "emu/machine/processor.hpp"

#include "emu/nt/dispatcher_object.hpp"
#include "emu/nt/enter.hpp"
#include "emu/nt/system_objects.hpp"

struct _AFFINITY_TOKEN {
    KAFFINITY before = 0;
};

namespace emu::nt {

namespace {

using machine::active_processors;
using machine::processor_count;

constexpr ULONG cache_line = 64;

system_objects<_AFFINITY_TOKEN> affinity_tokens;

ULONG count_of_group(USHORT group) {
    return group == 0 || group == ALL_PROCESSOR_GROUPS ? processor_count() : 0;
}

GROUP_AFFINITY in_group_0(KAFFINITY mask) {
    GROUP_AFFINITY made{};
    made.Mask = mask;
    return made;
}

// What a thread had before, and has from now on; a mask without an active processor changes
// nothing.
KAFFINITY change_affinity(context &self, KAFFINITY wanted) {
    const KAFFINITY before = self.thread->affinity;
    machine::set_affinity(self, wanted & active_processors());
    return before;
}

KAFFINITY set_system_affinity(const verify::call &at, KAFFINITY wanted) {
    if ((wanted & active_processors()) == 0) {
        stop_on(verify::broken(at, rule::invalid_processor, {},
                               "the affinity 0x%llx has none of the machine's %u processors",
                               static_cast<unsigned long long>(wanted), processor_count()));
        return at.self.thread->affinity;
    }
    return change_affinity(at.self, wanted);
}

void report_no_token(const verify::call &at) {
    stop_on(verify::broken(at, at.object == nullptr ? rule::null_object : rule::freed_object, {},
                           "PsAllocateAffinityToken did not make this token, or it was freed"));
}

// Ends the context, or gives null, where there is none.
_AFFINITY_TOKEN *require_token(const verify::call &at) {
    _AFFINITY_TOKEN *token = affinity_tokens.find(at.object);
    if (token == nullptr) {
        report_no_token(at);
    }
    return token;
}

void revert_affinity(context &self, KAFFINITY before) {
    if (before == 0 || (before & active_processors()) != 0) {
        change_affinity(self, before);
    }
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

ULONG NTAPI KeGetCurrentProcessorNumber(VOID) {
    return machine::current_processor(
        enter<routine::KeGetCurrentProcessorNumber>(nullptr, EMU_CALLER));
}

ULONG NTAPI KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER ProcNumber) {
    const unsigned number = machine::current_processor(
        enter<routine::KeGetCurrentProcessorNumberEx>(ProcNumber, EMU_CALLER));
    if (ProcNumber != nullptr) {
        *ProcNumber = {0, static_cast<UCHAR>(number), 0};
    }
    return number;
}

ULONG NTAPI KeGetProcessorIndexFromNumber(PPROCESSOR_NUMBER ProcNumber) {
    enter<routine::KeGetProcessorIndexFromNumber>(ProcNumber, EMU_CALLER);
    const bool one = ProcNumber->Group == 0 && ProcNumber->Number < processor_count();
    return one ? ProcNumber->Number : INVALID_PROCESSOR_INDEX;
}

NTSTATUS NTAPI KeGetProcessorNumberFromIndex(ULONG ProcIndex, PPROCESSOR_NUMBER ProcNumber) {
    enter<routine::KeGetProcessorNumberFromIndex>(ProcNumber, EMU_CALLER);
    if (ProcIndex >= processor_count()) {
        return STATUS_INVALID_PARAMETER;
    }
    *ProcNumber = {0, static_cast<UCHAR>(ProcIndex), 0};
    return STATUS_SUCCESS;
}

ULONG NTAPI KeQueryActiveProcessorCount(PKAFFINITY ActiveProcessors) {
    enter<routine::KeQueryActiveProcessorCount>(nullptr, EMU_CALLER);
    if (ActiveProcessors != nullptr) {
        *ActiveProcessors = active_processors();
    }
    return processor_count();
}

ULONG NTAPI KeQueryActiveProcessorCountEx(USHORT GroupNumber) {
    enter<routine::KeQueryActiveProcessorCountEx>(nullptr, EMU_CALLER);
    return count_of_group(GroupNumber);
}

KAFFINITY NTAPI KeQueryActiveProcessors(VOID) {
    enter<routine::KeQueryActiveProcessors>(nullptr, EMU_CALLER);
    return active_processors();
}

ULONG NTAPI KeQueryMaximumProcessorCount(VOID) {
    enter<routine::KeQueryMaximumProcessorCount>(nullptr, EMU_CALLER);
    return processor_count();
}

ULONG NTAPI KeQueryMaximumProcessorCountEx(USHORT GroupNumber) {
    enter<routine::KeQueryMaximumProcessorCountEx>(nullptr, EMU_CALLER);
    return count_of_group(GroupNumber);
}

USHORT NTAPI KeQueryActiveGroupCount(VOID) {
    enter<routine::KeQueryActiveGroupCount>(nullptr, EMU_CALLER);
    return 1;
}

USHORT NTAPI KeQueryMaximumGroupCount(VOID) {
    enter<routine::KeQueryMaximumGroupCount>(nullptr, EMU_CALLER);
    return 1;
}

KAFFINITY NTAPI KeQueryGroupAffinity(USHORT GroupNumber) {
    enter<routine::KeQueryGroupAffinity>(nullptr, EMU_CALLER);
    return GroupNumber == 0 ? active_processors() : 0;
}

USHORT NTAPI KeGetCurrentNodeNumber(VOID) {
    enter<routine::KeGetCurrentNodeNumber>(nullptr, EMU_CALLER);
    return 0;
}

USHORT NTAPI KeQueryHighestNodeNumber(VOID) {
    enter<routine::KeQueryHighestNodeNumber>(nullptr, EMU_CALLER);
    return 0;
}

VOID NTAPI KeQueryNodeActiveAffinity(USHORT NodeNumber, PGROUP_AFFINITY Affinity, PUSHORT Count) {
    enter<routine::KeQueryNodeActiveAffinity>(Affinity, EMU_CALLER);
    const KAFFINITY mask = NodeNumber == 0 ? active_processors() : 0;
    if (Affinity != nullptr) {
        *Affinity = in_group_0(mask);
    }
    if (Count != nullptr) {
        *Count = static_cast<USHORT>(__builtin_popcountll(mask));
    }
}

NTSTATUS NTAPI KeQueryNodeActiveAffinity2(USHORT NodeNumber, PGROUP_AFFINITY GroupAffinities,
                                          USHORT GroupAffinitiesCount,
                                          PUSHORT GroupAffinitiesRequired) {
    enter<routine::KeQueryNodeActiveAffinity2>(GroupAffinities, EMU_CALLER);
    if (NodeNumber != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    *GroupAffinitiesRequired = 1;
    if (GroupAffinitiesCount < 1) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    GroupAffinities[0] = in_group_0(active_processors());
    return STATUS_SUCCESS;
}

ULONG NTAPI KeQueryNodeActiveProcessorCount(USHORT NodeNumber) {
    enter<routine::KeQueryNodeActiveProcessorCount>(nullptr, EMU_CALLER);
    return NodeNumber == 0 ? processor_count() : 0;
}

USHORT NTAPI KeQueryNodeMaximumProcessorCount(USHORT NodeNumber) {
    enter<routine::KeQueryNodeMaximumProcessorCount>(nullptr, EMU_CALLER);
    return NodeNumber == 0 ? static_cast<USHORT>(processor_count()) : 0;
}

ULONG NTAPI KeGetRecommendedSharedDataAlignment(VOID) {
    enter<routine::KeGetRecommendedSharedDataAlignment>(nullptr, EMU_CALLER);
    return cache_line;
}

VOID NTAPI KeSetSystemAffinityThread(KAFFINITY Affinity) {
    context &self = enter<routine::KeSetSystemAffinityThread>(nullptr, EMU_CALLER);
    set_system_affinity({self, routine::KeSetSystemAffinityThread, nullptr, EMU_CALLER}, Affinity);
}

KAFFINITY NTAPI KeSetSystemAffinityThreadEx(KAFFINITY Affinity) {
    context &self = enter<routine::KeSetSystemAffinityThreadEx>(nullptr, EMU_CALLER);
    return set_system_affinity({self, routine::KeSetSystemAffinityThreadEx, nullptr, EMU_CALLER},
                               Affinity);
}

VOID NTAPI KeRevertToUserAffinityThread(VOID) {
    revert_affinity(enter<routine::KeRevertToUserAffinityThread>(nullptr, EMU_CALLER), 0);
}

VOID NTAPI KeRevertToUserAffinityThreadEx(KAFFINITY Affinity) {
    revert_affinity(enter<routine::KeRevertToUserAffinityThreadEx>(nullptr, EMU_CALLER), Affinity);
}

VOID NTAPI KeSetSystemGroupAffinityThread(PGROUP_AFFINITY Affinity,
                                          PGROUP_AFFINITY PreviousAffinity) {
    context &self = enter<routine::KeSetSystemGroupAffinityThread>(Affinity, EMU_CALLER);
    KAFFINITY before = 0;
    if (Affinity->Group == 0 && (Affinity->Mask & active_processors()) != 0) {
        before = change_affinity(self, Affinity->Mask);
    }
    if (PreviousAffinity != nullptr) {
        *PreviousAffinity = in_group_0(before);
    }
}

NTSTATUS NTAPI PsSetSystemMultipleGroupAffinityThread(PGROUP_AFFINITY GroupAffinities,
                                                      USHORT GroupCount,
                                                      PAFFINITY_TOKEN AffinityToken) {
    constexpr routine by = routine::PsSetSystemMultipleGroupAffinityThread;
    context &self = enter<by>(GroupAffinities, EMU_CALLER);
    require_address<8>({self, by, GroupAffinities, EMU_CALLER});
    KAFFINITY wanted = 0;
    for (USHORT i = 0; i < GroupCount; ++i) {
        wanted |= GroupAffinities[i].Group == 0 ? GroupAffinities[i].Mask : 0;
    }
    _AFFINITY_TOKEN *token = require_token({self, by, AffinityToken, EMU_CALLER});
    if (token == nullptr || (wanted & active_processors()) == 0) {
        return STATUS_INVALID_PARAMETER;
    }
    token->before = change_affinity(self, wanted);
    return STATUS_SUCCESS;
}

VOID NTAPI PsRevertToUserMultipleGroupAffinityThread(PAFFINITY_TOKEN AffinityToken) {
    constexpr routine by = routine::PsRevertToUserMultipleGroupAffinityThread;
    context &self = enter<by>(AffinityToken, EMU_CALLER);
    if (const _AFFINITY_TOKEN *token = require_token({self, by, AffinityToken, EMU_CALLER})) {
        revert_affinity(self, token->before);
    }
}

NTSTATUS NTAPI PsAllocateAffinityToken(PAFFINITY_TOKEN *AffinityToken) {
    constexpr routine by = routine::PsAllocateAffinityToken;
    require_address<8>({enter<by>(AffinityToken, EMU_CALLER), by, AffinityToken, EMU_CALLER});
    *AffinityToken = &affinity_tokens.make();
    return STATUS_SUCCESS;
}

VOID NTAPI PsFreeAffinityToken(PAFFINITY_TOKEN AffinityToken) {
    constexpr routine by = routine::PsFreeAffinityToken;
    const verify::call at{enter<by>(AffinityToken, EMU_CALLER), by, AffinityToken, EMU_CALLER};
    if (!affinity_tokens.free(AffinityToken)) {
        report_no_token(at);
    }
}

VOID NTAPI KeRevertToUserGroupAffinityThread(PGROUP_AFFINITY PreviousAffinity) {
    context &self =
        enter<routine::KeRevertToUserGroupAffinityThread>(PreviousAffinity, EMU_CALLER);
    revert_affinity(self, PreviousAffinity->Mask);
}

NTSTATUS NTAPI KeSaveFloatingPointState(PKFLOATING_SAVE FloatSave) {
    enter<routine::KeSaveFloatingPointState>(FloatSave, EMU_CALLER);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI KeRestoreFloatingPointState(PKFLOATING_SAVE FloatSave) {
    enter<routine::KeRestoreFloatingPointState>(FloatSave, EMU_CALLER);
    return STATUS_SUCCESS;
}

}  // extern "C"
