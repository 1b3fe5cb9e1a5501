// Events by handle or name, and waits for handles.
#include <algorithm>
#include <string_view>

#include "emu/dispatcher/event.hpp"
#include "emu/machine/object.hpp"
#include "emu/nt/dispatcher_object.hpp"
#include "emu/nt/wait.hpp"

namespace emu::nt {

namespace {

using verify::call;

std::u16string_view text_of(const UNICODE_STRING *name) {
    if (name == nullptr || name->Buffer == nullptr) {
        return {};
    }
    return {reinterpret_cast<const char16_t *>(name->Buffer), name->Length / sizeof(WCHAR)};
}

HANDLE handle_to(void *body, ULONG attributes) {
    return reinterpret_cast<HANDLE>(
        machine::open_handle(body, (attributes & OBJ_KERNEL_HANDLE) != 0));
}

KEVENT *make_event(std::u16string_view name, EVENT_TYPE type, bool signaled) {
    auto *event = static_cast<KEVENT *>(machine::create_object(machine::object_type::event, name));
    dispatcher::initialize_event(*event, static_cast<dispatcher::object_kind>(type), signaled);
    return event;
}

void require_handle_pointer(const call &at, const void *pointer) {
    require_address<8>({at.self, at.by, pointer, at.caller});
}

// A new event is signalled; one that has the name already stays as it is.
KEVENT *open_or_make(const call &at, PUNICODE_STRING name, EVENT_TYPE type, PHANDLE handle) {
    require_handle_pointer(at, handle);
    void *event = machine::find_object(text_of(name));
    if (event == nullptr) {
        event = make_event(text_of(name), type, true);
    }
    *handle = handle_to(event, OBJ_KERNEL_HANDLE);
    return static_cast<KEVENT *>(event);
}

// The event of a handle, or why there is none.
NTSTATUS event_of(HANDLE handle, KEVENT *&event) {
    void *body = machine::object_of_handle(reinterpret_cast<std::uintptr_t>(handle));
    if (body == nullptr) {
        return STATUS_INVALID_HANDLE;
    }
    event = static_cast<KEVENT *>(body);
    return machine::header_of(body)->type == machine::object_type::event
               ? STATUS_SUCCESS
               : STATUS_OBJECT_TYPE_MISMATCH;
}

NTSTATUS create_event(const OBJECT_ATTRIBUTES *attributes, EVENT_TYPE type, bool signaled,
                      HANDLE &handle) {
    const ULONG flags = attributes != nullptr ? attributes->Attributes : 0;
    const auto name = text_of(attributes != nullptr ? attributes->ObjectName : nullptr);
    void *known = machine::find_object(name);
    if (known != nullptr && (flags & OBJ_OPENIF) == 0) {
        return STATUS_OBJECT_NAME_COLLISION;
    }
    handle = handle_to(known != nullptr ? known : make_event(name, type, signaled), flags);
    return known != nullptr ? STATUS_OBJECT_NAME_EXISTS : STATUS_SUCCESS;
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

PKEVENT NTAPI IoCreateNotificationEvent(PUNICODE_STRING EventName, PHANDLE EventHandle) {
    context &self = enter<routine::IoCreateNotificationEvent>(EventHandle, EMU_CALLER);
    return open_or_make({self, routine::IoCreateNotificationEvent, EventHandle, EMU_CALLER},
                        EventName, NotificationEvent, EventHandle);
}

PKEVENT NTAPI IoCreateSynchronizationEvent(PUNICODE_STRING EventName, PHANDLE EventHandle) {
    context &self = enter<routine::IoCreateSynchronizationEvent>(EventHandle, EMU_CALLER);
    return open_or_make({self, routine::IoCreateSynchronizationEvent, EventHandle, EMU_CALLER},
                        EventName, SynchronizationEvent, EventHandle);
}

NTSTATUS NTAPI ZwCreateEvent(PHANDLE EventHandle, ACCESS_MASK, POBJECT_ATTRIBUTES ObjectAttributes,
                             EVENT_TYPE EventType, BOOLEAN InitialState) {
    context &self = enter<routine::ZwCreateEvent>(EventHandle, EMU_CALLER);
    require_handle_pointer({self, routine::ZwCreateEvent, EventHandle, EMU_CALLER}, EventHandle);
    if (EventType != NotificationEvent && EventType != SynchronizationEvent) {
        return STATUS_INVALID_PARAMETER;
    }
    return create_event(ObjectAttributes, EventType, InitialState != FALSE, *EventHandle);
}

NTSTATUS NTAPI ZwOpenEvent(PHANDLE EventHandle, ACCESS_MASK, POBJECT_ATTRIBUTES ObjectAttributes) {
    context &self = enter<routine::ZwOpenEvent>(EventHandle, EMU_CALLER);
    const verify::call at{self, routine::ZwOpenEvent, EventHandle, EMU_CALLER};
    require_handle_pointer(at, EventHandle);
    require_handle_pointer(at, ObjectAttributes);
    const std::u16string_view name = text_of(ObjectAttributes->ObjectName);
    if (name.empty()) {
        return STATUS_OBJECT_NAME_INVALID;
    }
    void *known = machine::find_object(name);
    if (known == nullptr) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    *EventHandle = handle_to(known, ObjectAttributes->Attributes);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ZwSetEvent(HANDLE EventHandle, PLONG PreviousState) {
    enter<routine::ZwSetEvent, interferes::yes>(EventHandle, EMU_CALLER);
    KEVENT *event = nullptr;
    if (const NTSTATUS failed = event_of(EventHandle, event); failed != STATUS_SUCCESS) {
        return failed;
    }
    LONG before = 0;
    dispatcher::set_event(*event, before);
    if (PreviousState != nullptr) {
        *PreviousState = before;
    }
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ZwWaitForSingleObject(HANDLE Handle, BOOLEAN Alertable, PLARGE_INTEGER Timeout) {
    context &self = enter<routine::ZwWaitForSingleObject, interferes::yes>(Handle, EMU_CALLER);
    void *body = Handle == NtCurrentThread()
                     ? self.thread
                     : machine::object_of_handle(reinterpret_cast<std::uintptr_t>(Handle));
    if (body == nullptr) {
        return STATUS_INVALID_HANDLE;
    }
    machine::object_header &header = *machine::header_of(body);
    machine::reference(header);  // the handle may be closed meanwhile
    const std::span<void *const> objects(&body, 1);
    const NTSTATUS status =
        wait_as({self, routine::ZwWaitForSingleObject, body, EMU_CALLER},
                {objects, false, Alertable != FALSE, KernelMode, dispatcher::deadline_of(Timeout),
                 self.thread->wait_blocks.data()},
                Timeout, 0);
    machine::dereference(header);
    return status;
}

}  // extern "C"
