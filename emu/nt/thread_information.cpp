// ZwSetInformationThread: the classes that its page documents.
#include "emu/machine/machine.hpp"
#include "emu/nt/enter.hpp"

namespace emu::nt {

namespace {

machine::thread *thread_of(context &self, HANDLE handle) {
    void *const body = handle == NtCurrentThread()
                           ? self.thread
                           : machine::object_of_handle(reinterpret_cast<std::uintptr_t>(handle));
    return static_cast<machine::thread *>(body);
}

NTSTATUS set_priority(machine::thread &of, KPRIORITY wanted) {
    if (wanted <= LOW_PRIORITY || wanted > HIGH_PRIORITY) {
        return STATUS_INVALID_PARAMETER;
    }
    of.priority = wanted;
    return STATUS_SUCCESS;
}

NTSTATUS set_base_priority(machine::thread &of, LONG increment) {
    of.base_increment = increment;
    of.priority = machine::thread::normal_priority + increment;
    return STATUS_SUCCESS;
}

NTSTATUS set_information(context &self, HANDLE handle, THREADINFOCLASS what, const void *value,
                         ULONG size) {
    if (what != ThreadPriority && what != ThreadBasePriority && what != ThreadPagePriority) {
        return STATUS_INVALID_INFO_CLASS;
    }
    if (size != sizeof(LONG)) {
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if (value == nullptr) {
        return STATUS_ACCESS_VIOLATION;
    }
    machine::thread *of = thread_of(self, handle);
    if (of == nullptr) {
        return STATUS_INVALID_HANDLE;
    }
    if (machine::header_of(of)->type != machine::object_type::thread) {
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    LONG number = 0;
    __builtin_memcpy(&number, value, sizeof number);
    switch (what) {
        case ThreadPriority: return set_priority(*of, number);
        case ThreadBasePriority: return set_base_priority(*of, number);
        default: return STATUS_SUCCESS;  // nothing is paged
    }
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

NTSTATUS NTAPI ZwSetInformationThread(HANDLE ThreadHandle, THREADINFOCLASS ThreadInformationClass,
                                      PVOID ThreadInformation, ULONG ThreadInformationLength) {
    return set_information(enter<routine::ZwSetInformationThread>(nullptr, EMU_CALLER),
                           ThreadHandle, ThreadInformationClass, ThreadInformation,
                           ThreadInformationLength);
}

NTSTATUS NTAPI NtSetInformationThread(HANDLE ThreadHandle, THREADINFOCLASS ThreadInformationClass,
                                      PVOID ThreadInformation, ULONG ThreadInformationLength) {
    return set_information(enter<routine::NtSetInformationThread>(nullptr, EMU_CALLER),
                           ThreadHandle, ThreadInformationClass, ThreadInformation,
                           ThreadInformationLength);
}

}  // extern "C"
