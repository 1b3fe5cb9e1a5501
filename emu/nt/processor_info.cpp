// Processors: topology, features, extended state, notifications of new ones.
//
// Each processor is a core of its own; one package, one node, one group, no caches.  The answers
// are those of a machine that no processor joins or leaves.
#include <algorithm>

#include "emu/machine/processor.hpp"
#include "emu/machine/interruption.hpp"
#include "emu/nt/dispatcher_object.hpp"
#include "emu/nt/enter.hpp"
#include "emu/nt/system_objects.hpp"

namespace emu::nt {

namespace {

using record = SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX;

constexpr ULONG head_size = offsetof(record, Processor);
constexpr ULONG processor_size = head_size + sizeof(PROCESSOR_RELATIONSHIP);
constexpr ULONG node_size = head_size + sizeof(NUMA_NODE_RELATIONSHIP);
constexpr ULONG group_size = head_size + sizeof(GROUP_RELATIONSHIP);

// Writes records one behind the other as far as they fit, and counts them all.
class record_writer {
public:
    record_writer(void *into, ULONG room)
        : next_(static_cast<std::byte *>(into)), room_(into != nullptr ? room : 0) {}

    template <class Fill>
    void add(LOGICAL_PROCESSOR_RELATIONSHIP kind, ULONG size, const Fill &fill) {
        record made{};
        made.Relationship = kind;
        made.Size = size;
        fill(made);
        if (needed_ + size <= room_) {
            __builtin_memcpy(next_ + needed_, &made, size);
        }
        needed_ += size;
    }
    ULONG needed() const noexcept { return needed_; }
    bool complete() const noexcept { return needed_ <= room_; }

private:
    std::byte *next_;
    ULONG room_;
    ULONG needed_ = 0;
};

void add_processors(record_writer &to, LOGICAL_PROCESSOR_RELATIONSHIP kind, KAFFINITY mask) {
    to.add(kind, processor_size, [&](record &made) {
        made.Processor.GroupCount = 1;
        made.Processor.GroupMask[0].Mask = mask;
    });
}

void add_node(record_writer &to, LOGICAL_PROCESSOR_RELATIONSHIP kind) {
    to.add(kind, node_size, [](record &made) {
        made.NumaNode.GroupCount = 1;
        made.NumaNode.GroupMask.Mask = machine::active_processors();
    });
}

void add_group(record_writer &to) {
    to.add(RelationGroup, group_size, [](record &made) {
        made.Group.MaximumGroupCount = made.Group.ActiveGroupCount = 1;
        PROCESSOR_GROUP_INFO &info = made.Group.GroupInfo[0];
        info.MaximumProcessorCount = info.ActiveProcessorCount =
            static_cast<UCHAR>(machine::processor_count());
        info.ActiveProcessorMask = machine::active_processors();
    });
}

void add_relations(record_writer &to, LOGICAL_PROCESSOR_RELATIONSHIP wanted, KAFFINITY of) {
    const auto is_wanted = [wanted](LOGICAL_PROCESSOR_RELATIONSHIP kind) {
        return wanted == kind || wanted == RelationAll;
    };
    for (KAFFINITY left = of; left != 0 && is_wanted(RelationProcessorCore); left &= left - 1) {
        add_processors(to, RelationProcessorCore, left & (0 - left));
    }
    if (is_wanted(RelationProcessorPackage)) {
        add_processors(to, RelationProcessorPackage, machine::active_processors());
    }
    if (is_wanted(RelationGroup)) {
        add_group(to);
    }
    if (is_wanted(RelationNumaNode) || wanted == RelationNumaNodeEx) {
        add_node(to, RelationNumaNode);
    }
}

bool is_processor(const PROCESSOR_NUMBER &number) {
    return number.Group == 0 && number.Number < machine::processor_count();
}

// What every x64 processor has on which Windows runs.
constexpr ULONG features[] = {
    PF_COMPARE_EXCHANGE_DOUBLE,
    PF_MMX_INSTRUCTIONS_AVAILABLE,
    PF_XMMI_INSTRUCTIONS_AVAILABLE,
    PF_RDTSC_INSTRUCTION_AVAILABLE,
    PF_PAE_ENABLED,
    PF_XMMI64_INSTRUCTIONS_AVAILABLE,
    PF_NX_ENABLED,
    PF_SSE3_INSTRUCTIONS_AVAILABLE,
    PF_COMPARE_EXCHANGE128,
    PF_XSAVE_ENABLED,
    PF_FASTFAIL_AVAILABLE,
};

constexpr ULONG64 enabled_states = XSTATE_MASK_LEGACY | XSTATE_MASK_AVX;

struct processor_notice {
    PPROCESSOR_CALLBACK_FUNCTION function;
    PVOID context;
    KE_PROCESSOR_CHANGE_NOTIFY_CONTEXT what;
    NTSTATUS status;
};

void call_back(void *argument) {
    auto &notice = *static_cast<processor_notice *>(argument);
    notice.function(notice.context, &notice.what, &notice.status);
}

NTSTATUS tell_of(processor_notice notice, ULONG number, KE_PROCESSOR_CHANGE_NOTIFY_STATE state) {
    notice.what = {};
    notice.what.State = state;
    notice.what.NtNumber = number;
    notice.what.ProcNumber.Number = static_cast<UCHAR>(number);
    notice.status = STATUS_SUCCESS;
    machine::call_driver(call_back, &notice);
    return notice.status;
}

// A handle, for as long as it is registered.
struct registration {};
system_objects<registration> registrations;

// False if the driver did not want one of them.
bool tell_of_existing(const processor_notice &notice) {
    for (ULONG i = 0; i < machine::processor_count(); ++i) {
        if (tell_of(notice, i, KeProcessorAddStartNotify) < 0) {
            return false;
        }
    }
    for (ULONG i = 0; i < machine::processor_count(); ++i) {
        tell_of(notice, i, KeProcessorAddCompleteNotify);
    }
    return true;
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

NTSTATUS NTAPI KeQueryLogicalProcessorRelationship(
    PPROCESSOR_NUMBER ProcessorNumber, LOGICAL_PROCESSOR_RELATIONSHIP RelationshipType,
    PSYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX Information, PULONG Length) {
    constexpr routine by = routine::KeQueryLogicalProcessorRelationship;
    require_address<4>({enter<by>(Length, EMU_CALLER), by, Length, EMU_CALLER});
    if (ProcessorNumber != nullptr && !is_processor(*ProcessorNumber)) {
        return STATUS_INVALID_PARAMETER;
    }
    record_writer to(Information, *Length);
    add_relations(to, RelationshipType,
                  ProcessorNumber != nullptr ? KAFFINITY{1} << ProcessorNumber->Number
                                             : machine::active_processors());
    *Length = to.needed();
    return to.complete() ? STATUS_SUCCESS : STATUS_INFO_LENGTH_MISMATCH;
}

PVOID NTAPI KeRegisterProcessorChangeCallback(PPROCESSOR_CALLBACK_FUNCTION CallbackFunction,
                                              PVOID CallbackContext, ULONG Flags) {
    enter<routine::KeRegisterProcessorChangeCallback>(nullptr, EMU_CALLER);
    const processor_notice notice{CallbackFunction, CallbackContext, {}, STATUS_SUCCESS};
    const bool wanted =
        CallbackFunction != nullptr &&
        ((Flags & KE_PROCESSOR_CHANGE_ADD_EXISTING) == 0 || tell_of_existing(notice));
    return wanted ? &registrations.make() : nullptr;
}

VOID NTAPI KeDeregisterProcessorChangeCallback(PVOID CallbackHandle) {
    constexpr routine by = routine::KeDeregisterProcessorChangeCallback;
    const verify::call at{enter<by>(CallbackHandle, EMU_CALLER), by, CallbackHandle, EMU_CALLER};
    if (!registrations.free(CallbackHandle)) {
        stop_on(verify::broken(at, rule::freed_object, {},
                               "this is no registration, or it was given back before"));
    }
}

BOOLEAN NTAPI ExIsProcessorFeaturePresent(ULONG ProcessorFeature) {
    enter<routine::ExIsProcessorFeaturePresent>(nullptr, EMU_CALLER);
    return std::find(std::begin(features), std::end(features), ProcessorFeature) !=
           std::end(features);
}

ULONG64 NTAPI RtlGetEnabledExtendedFeatures(ULONG64 FeatureMask) {
    enter<routine::RtlGetEnabledExtendedFeatures>(nullptr, EMU_CALLER);
    return FeatureMask & enabled_states;
}

NTSTATUS NTAPI KeSaveExtendedProcessorState(ULONG64 Mask, PXSTATE_SAVE XStateSave) {
    constexpr routine by = routine::KeSaveExtendedProcessorState;
    context &self = enter<by>(XStateSave, EMU_CALLER);
    require_address<8>({self, by, XStateSave, EMU_CALLER});
    if ((Mask & ~enabled_states) != 0) {
        return STATUS_NOT_SUPPORTED;
    }
    *XStateSave = {};
    XStateSave->Thread = self.thread;
    XStateSave->Level = self.irql;
    XStateSave->XStateContext.Mask = Mask;
    return STATUS_SUCCESS;
}

VOID NTAPI KeRestoreExtendedProcessorState(PXSTATE_SAVE XStateSave) {
    constexpr routine by = routine::KeRestoreExtendedProcessorState;
    require_address<8>({enter<by>(XStateSave, EMU_CALLER), by, XStateSave, EMU_CALLER});
}

BOOLEAN NTAPI KeInvalidateAllCaches(VOID) {
    enter<routine::KeInvalidateAllCaches>(nullptr, EMU_CALLER);
    return TRUE;
}

VOID NTAPI KeInvalidateRangeAllCaches(PVOID BaseAddress, ULONG) {
    enter<routine::KeInvalidateRangeAllCaches>(BaseAddress, EMU_CALLER);
}

}  // extern "C"
