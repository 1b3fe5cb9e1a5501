// Objects and handles: reference, dereference, close.
#include "emu/machine/object.hpp"

#include "emu/nt/enter.hpp"
#include "emu/verify/bug_checks.hpp"

namespace emu::nt {

namespace {

using machine::object_header;
using verify::call;

// Only the address is known to be wrong.
object_header *require_object(const call &at) {
    object_header *header = machine::header_of(at.object);
    if (header == nullptr) {
        stop_on(verify::broken(
            at, at.object == nullptr ? rule::null_object : rule::wrong_object_type,
            {0x18, {0, verify::address_bits(at.object), 0, 0}}, "%p is no object", at.object));
    }
    return header;
}

// DRIVER_VERIFIER_DETECTED_VIOLATION 0x3F: object, -1 for a dereference, 1 for a reference
void report_count(const call &at, std::uint64_t change) {
    stop_on(verify::broken(at, rule::reference_count_underflow,
                           {0xC4, {0x3F, verify::address_bits(at.object), change, 0}},
                           "the object's reference count is already zero"));
}

bool add_reference(const call &at, object_header &header) {
    if (!machine::reference(header)) {
        report_count(at, 1);
        return false;
    }
    return true;
}

// PsThreadType and its kin are pointers to opaque types; ours are told apart by address.
struct opaque_type {
    machine::object_type type;
};
opaque_type thread_type{machine::object_type::thread};
opaque_type event_type{machine::object_type::event};
opaque_type process_type{machine::object_type::process};
opaque_type semaphore_type{machine::object_type::none};
opaque_type file_type{machine::object_type::none};

bool type_fits(POBJECT_TYPE wanted, const object_header &header) {
    return wanted == nullptr || reinterpret_cast<opaque_type *>(wanted)->type == header.type;
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

static POBJECT_TYPE thread_type_pointer = reinterpret_cast<POBJECT_TYPE>(&thread_type);
static POBJECT_TYPE event_type_pointer = reinterpret_cast<POBJECT_TYPE>(&event_type);
static POBJECT_TYPE process_type_pointer = reinterpret_cast<POBJECT_TYPE>(&process_type);
static POBJECT_TYPE semaphore_type_pointer = reinterpret_cast<POBJECT_TYPE>(&semaphore_type);
static POBJECT_TYPE file_type_pointer = reinterpret_cast<POBJECT_TYPE>(&file_type);
POBJECT_TYPE *PsThreadType = &thread_type_pointer;
POBJECT_TYPE *PsProcessType = &process_type_pointer;
POBJECT_TYPE *ExEventObjectType = &event_type_pointer;
POBJECT_TYPE *ExSemaphoreObjectType = &semaphore_type_pointer;
POBJECT_TYPE *IoFileObjectType = &file_type_pointer;

NTSTATUS NTAPI ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK, POBJECT_TYPE ObjectType,
                                         KPROCESSOR_MODE, PVOID *Object,
                                         POBJECT_HANDLE_INFORMATION HandleInformation) {
    context &self = enter<routine::ObReferenceObjectByHandle>(Handle, EMU_CALLER);
    if (Object == nullptr) {
        stop_on(verify::broken({self, routine::ObReferenceObjectByHandle, nullptr, EMU_CALLER},
                               rule::null_object, {}, "Object is null"));
        return STATUS_INVALID_PARAMETER;
    }
    *Object = nullptr;
    void *body = Handle == NtCurrentThread()
                     ? self.thread
                     : machine::object_of_handle(reinterpret_cast<std::uintptr_t>(Handle));
    if (body == nullptr) {
        return STATUS_INVALID_HANDLE;
    }
    object_header &header = *machine::header_of(body);
    if (!type_fits(ObjectType, header)) {
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    machine::reference(header);
    *Object = body;
    if (HandleInformation != nullptr) {
        *HandleInformation = {};
    }
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ObReferenceObjectByPointer(PVOID Object, ACCESS_MASK, POBJECT_TYPE ObjectType,
                                          KPROCESSOR_MODE) {
    context &self = enter<routine::ObReferenceObjectByPointer>(Object, EMU_CALLER);
    const verify::call at{self, routine::ObReferenceObjectByPointer, Object, EMU_CALLER};
    object_header *header = require_object(at);
    if (header == nullptr || !type_fits(ObjectType, *header)) {
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    add_reference(at, *header);
    return STATUS_SUCCESS;
}

LONG_PTR FASTCALL ObfReferenceObject(PVOID Object) {
    context &self = enter<routine::ObfReferenceObject>(Object, EMU_CALLER);
    const verify::call at{self, routine::ObfReferenceObject, Object, EMU_CALLER};
    if (object_header *header = require_object(at)) {
        add_reference(at, *header);
    }
    return 0;
}

LONG_PTR FASTCALL ObfDereferenceObject(PVOID Object) {
    context &self = enter<routine::ObfDereferenceObject>(Object, EMU_CALLER);
    const verify::call at{self, routine::ObfDereferenceObject, Object, EMU_CALLER};
    object_header *header = require_object(at);
    if (header != nullptr && !machine::dereference(*header)) {
        report_count(at, ~std::uint64_t{0});
    }
    return 0;
}

NTSTATUS NTAPI ZwClose(HANDLE Handle) {
    context &self = enter<routine::ZwClose>(Handle, EMU_CALLER);
    if (machine::close_handle(reinterpret_cast<std::uintptr_t>(Handle))) {
        return STATUS_SUCCESS;
    }
    stop_on(verify::broken({self, routine::ZwClose, Handle, EMU_CALLER}, rule::invalid_handle,
                           {0x93, {reinterpret_cast<std::uint64_t>(Handle), 1, 0, 0}},
                           "handle %p is not open: closed twice, or never opened", Handle));
    return STATUS_INVALID_HANDLE;
}

}  // extern "C"
