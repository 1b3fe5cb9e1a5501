// Topology, features and notifications of processors; affinity tokens; information about threads.
#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

emu::machine_options with_processors(std::uint16_t count) {
    emu::machine_options with = emu::default_options();
    with.processors = count;
    return with;
}

std::vector<LOGICAL_PROCESSOR_RELATIONSHIP> kinds_in(const std::byte *records, ULONG size) {
    std::vector<LOGICAL_PROCESSOR_RELATIONSHIP> kinds;
    for (ULONG at = 0; at < size;) {
        const auto &each =
            *reinterpret_cast<const SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX *>(records + at);
        kinds.push_back(each.Relationship);
        at += each.Size;
    }
    return kinds;
}

}  // namespace

TEST_CASE("processor relations: a core for each of three processors, one group") {
    emu::boot(with_processors(3));
    ULONG size = 0;
    CHECK(KeQueryLogicalProcessorRelationship(nullptr, RelationProcessorCore, nullptr, &size) ==
          STATUS_INFO_LENGTH_MISMATCH);
    CHECK(size == 3 * 48);
    alignas(8) std::byte records[512];
    auto &first = *reinterpret_cast<SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX *>(records);
    size = sizeof records;
    CHECK(KeQueryLogicalProcessorRelationship(nullptr, RelationProcessorCore, &first, &size) ==
          STATUS_SUCCESS);
    CHECK(kinds_in(records, size).size() == 3);
    CHECK(first.Processor.GroupCount == 1);
    CHECK(first.Processor.GroupMask[0].Mask == 1);

    size = sizeof records;
    CHECK(KeQueryLogicalProcessorRelationship(nullptr, RelationGroup, &first, &size) ==
          STATUS_SUCCESS);
    CHECK(size == 80);
    CHECK(first.Group.GroupInfo[0].ActiveProcessorCount == 3);
    CHECK(first.Group.GroupInfo[0].ActiveProcessorMask == 7);

    size = sizeof records;
    CHECK(KeQueryLogicalProcessorRelationship(nullptr, RelationAll, &first, &size) ==
          STATUS_SUCCESS);
    CHECK(kinds_in(records, size).size() == 6);  // cores, package, group, node
}

TEST_CASE("processor relations: of one processor; of one that is none") {
    emu::boot(with_processors(3));
    PROCESSOR_NUMBER number{};
    number.Number = 2;
    SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX one;
    ULONG size = sizeof one;
    CHECK(KeQueryLogicalProcessorRelationship(&number, RelationProcessorCore, &one, &size) ==
          STATUS_SUCCESS);
    CHECK(one.Processor.GroupMask[0].Mask == 4);
    number.Number = 3;
    CHECK(KeQueryLogicalProcessorRelationship(&number, RelationProcessorCore, &one, &size) ==
          STATUS_INVALID_PARAMETER);
    EMU_EXPECT_VIOLATION(rule::null_object,
                         KeQueryLogicalProcessorRelationship(nullptr, RelationAll, &one, nullptr));
}

namespace {

struct notices {
    int starts = 0;
    int completes = 0;
    ULONG last = 0;
    NTSTATUS answer = STATUS_SUCCESS;
};

VOID NTAPI note_processor(PVOID context, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT what,
                          PNTSTATUS status) {
    auto &into = *static_cast<notices *>(context);
    (what->State == KeProcessorAddStartNotify ? into.starts : into.completes) += 1;
    into.last = what->NtNumber;
    *status = into.answer;
}

}  // namespace

TEST_CASE("processor notifications: the existing ones on request, no others") {
    emu::boot(with_processors(3));
    notices none, all, refused;
    PVOID handle = KeRegisterProcessorChangeCallback(note_processor, &none, 0);
    CHECK(handle != nullptr);
    CHECK(none.starts == 0);
    KeDeregisterProcessorChangeCallback(handle);
    PVOID const gone = handle;
    CHECK(KeRegisterProcessorChangeCallback(note_processor, &all,
                                            KE_PROCESSOR_CHANGE_ADD_EXISTING) != nullptr);
    CHECK(all.starts == 3);
    CHECK(all.completes == 3);
    CHECK(all.last == 2);
    refused.answer = STATUS_UNSUCCESSFUL;
    CHECK(KeRegisterProcessorChangeCallback(note_processor, &refused,
                                            KE_PROCESSOR_CHANGE_ADD_EXISTING) == nullptr);
    CHECK(refused.starts == 1);
    EMU_EXPECT_VIOLATION(rule::freed_object, KeDeregisterProcessorChangeCallback(gone));
}

TEST_BOTH("processor features: what x64 has, and extended state that is kept for everybody") {
    CHECK(ExIsProcessorFeaturePresent(PF_NX_ENABLED));
    CHECK_FALSE(ExIsProcessorFeaturePresent(PF_FLOATING_POINT_EMULATED));
    CHECK(RtlGetEnabledExtendedFeatures(~0ULL) == (XSTATE_MASK_LEGACY | XSTATE_MASK_AVX));
    XSTATE_SAVE save;
    CHECK(KeSaveExtendedProcessorState(XSTATE_MASK_AVX, &save) == STATUS_SUCCESS);
    CHECK(save.Thread == KeGetCurrentThread());
    KeRestoreExtendedProcessorState(&save);
    CHECK(KeSaveExtendedProcessorState(1ULL << 62, &save) == STATUS_NOT_SUPPORTED);
    CHECK(KeInvalidateAllCaches());
    KeInvalidateRangeAllCaches(&save, sizeof save);
    KeFlushIoBuffers(nullptr, TRUE, FALSE);
}

TEST_CASE("affinity token: keeps what the thread goes back to") {
    emu::boot(with_processors(4));
    PAFFINITY_TOKEN token = nullptr;
    REQUIRE(PsAllocateAffinityToken(&token) == STATUS_SUCCESS);
    GROUP_AFFINITY wanted[2]{};
    wanted[0].Mask = 4;
    wanted[1].Mask = 8;
    wanted[1].Group = 1;  // there is none
    KeSetSystemAffinityThread(2);
    CHECK(PsSetSystemMultipleGroupAffinityThread(wanted, 2, token) == STATUS_SUCCESS);
    CHECK(KeGetCurrentProcessorNumber() == 2);
    PsRevertToUserMultipleGroupAffinityThread(token);
    CHECK(KeGetCurrentProcessorNumber() == 1);
    CHECK(PsSetSystemMultipleGroupAffinityThread(wanted + 1, 1, token) ==
          STATUS_INVALID_PARAMETER);
    PsFreeAffinityToken(token);
    KeRevertToUserAffinityThread();
    EMU_EXPECT_VIOLATION(rule::freed_object, PsFreeAffinityToken(token));
}

TEST_BOTH("thread information: priority and base priority are set, others refused") {
    LONG value = 12;
    const HANDLE self = NtCurrentThread();
    CHECK(ZwSetInformationThread(self, ThreadPriority, &value, sizeof value) == STATUS_SUCCESS);
    CHECK(KeQueryPriorityThread(KeGetCurrentThread()) == 12);
    value = 32;
    CHECK(ZwSetInformationThread(self, ThreadPriority, &value, sizeof value) ==
          STATUS_INVALID_PARAMETER);
    value = -1;
    CHECK(NtSetInformationThread(self, ThreadBasePriority, &value, sizeof value) ==
          STATUS_SUCCESS);
    CHECK(KeQueryPriorityThread(KeGetCurrentThread()) == 7);
    CHECK(ZwSetInformationThread(self, ThreadBasePriority, &value, 8) ==
          STATUS_INFO_LENGTH_MISMATCH);
    CHECK(ZwSetInformationThread(self, ThreadTimes, &value, sizeof value) ==
          STATUS_INVALID_INFO_CLASS);
    CHECK(ZwSetInformationThread(nullptr, ThreadPriority, &value, sizeof value) ==
          STATUS_INVALID_HANDLE);
}
