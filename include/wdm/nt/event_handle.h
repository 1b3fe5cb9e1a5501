/* Events that are reached by handle or name, and waits for handles. */
#ifndef WDM_EMU_NT_EVENT_HANDLE_H
#define WDM_EMU_NT_EVENT_HANDLE_H

#include "dispatcher.h"
#include "object.h"

WDM_EMU_BEGIN

/** Opens the notification event of the name, or makes one that is signalled.  The pointer is good
 *  until the handle is closed with ZwClose.  NULL if it cannot.  IRQL = PASSIVE_LEVEL.
 *  Page: wdm/nf-wdm-iocreatenotificationevent. */
NTKERNELAPI PKEVENT NTAPI IoCreateNotificationEvent(PUNICODE_STRING EventName,
                                                    PHANDLE EventHandle);

/** As IoCreateNotificationEvent, for a synchronization event.
 *  Page: wdm/nf-wdm-iocreatesynchronizationevent. */
NTKERNELAPI PKEVENT NTAPI IoCreateSynchronizationEvent(PUNICODE_STRING EventName,
                                                       PHANDLE EventHandle);

/** Makes an event, with a name if ObjectAttributes has one.  IRQL = PASSIVE_LEVEL.
 *  STATUS_SUCCESS, STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_NAME_EXISTS (with OBJ_OPENIF: the
 *  event was opened), STATUS_INVALID_PARAMETER.  Page: ntifs/nf-ntifs-zwcreateevent. */
NTSYSAPI NTSTATUS NTAPI ZwCreateEvent(PHANDLE EventHandle, ACCESS_MASK DesiredAccess,
                                      POBJECT_ATTRIBUTES ObjectAttributes, EVENT_TYPE EventType,
                                      BOOLEAN InitialState);

/** Opens an event by name.  IRQL = PASSIVE_LEVEL.  STATUS_SUCCESS, STATUS_OBJECT_NAME_NOT_FOUND,
 *  STATUS_OBJECT_NAME_INVALID.  Page: wdm/nf-wdm-zwopenevent. */
NTSYSAPI NTSTATUS NTAPI ZwOpenEvent(PHANDLE EventHandle, ACCESS_MASK DesiredAccess,
                                    POBJECT_ATTRIBUTES ObjectAttributes);

/** Signals an event; the state before goes to PreviousState unless that is NULL.
 *  IRQL = PASSIVE_LEVEL.  STATUS_SUCCESS, STATUS_INVALID_HANDLE, STATUS_OBJECT_TYPE_MISMATCH.
 *  Page: ntifs/nf-ntifs-zwsetevent. */
NTSYSAPI NTSTATUS NTAPI ZwSetEvent(HANDLE EventHandle, PLONG PreviousState);

/** Waits for the object of a handle as KeWaitForSingleObject in kernel mode; STATUS_INVALID_HANDLE.
 *  IRQL <= APC_LEVEL, or <= DISPATCH_LEVEL with a zero timeout.
 *  Page: ntifs/nf-ntifs-zwwaitforsingleobject. */
NTSYSAPI NTSTATUS NTAPI ZwWaitForSingleObject(HANDLE Handle, BOOLEAN Alertable,
                                              PLARGE_INTEGER Timeout);

WDM_EMU_END

#endif
