/* Objects and handles: references, access rights, the object types that drivers name. */
#ifndef WDM_EMU_NT_OBJECT_H
#define WDM_EMU_NT_OBJECT_H

#include "types.h"

WDM_EMU_BEGIN

#define DELETE 0x00010000
#define READ_CONTROL 0x00020000
#define WRITE_DAC 0x00040000
#define WRITE_OWNER 0x00080000
#define SYNCHRONIZE 0x00100000
#define STANDARD_RIGHTS_REQUIRED 0x000F0000
#define STANDARD_RIGHTS_READ READ_CONTROL
#define STANDARD_RIGHTS_WRITE READ_CONTROL
#define STANDARD_RIGHTS_EXECUTE READ_CONTROL
#define STANDARD_RIGHTS_ALL 0x001F0000
#define SPECIFIC_RIGHTS_ALL 0x0000FFFF
#define ACCESS_SYSTEM_SECURITY 0x01000000
#define MAXIMUM_ALLOWED 0x02000000
#define GENERIC_READ 0x80000000u
#define GENERIC_WRITE 0x40000000
#define GENERIC_EXECUTE 0x20000000
#define GENERIC_ALL 0x10000000

#define EVENT_QUERY_STATE 0x0001
#define EVENT_MODIFY_STATE 0x0002
#define EVENT_ALL_ACCESS (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0x3)

typedef struct _OBJECT_TYPE *POBJECT_TYPE;

/* Security is not emulated: these pass through. */
typedef PVOID PSECURITY_DESCRIPTOR, PACCESS_TOKEN, PSID;

typedef enum _SECURITY_IMPERSONATION_LEVEL {
    SecurityAnonymous,
    SecurityIdentification,
    SecurityImpersonation,
    SecurityDelegation
} SECURITY_IMPERSONATION_LEVEL, *PSECURITY_IMPERSONATION_LEVEL;

typedef struct _OBJECT_HANDLE_INFORMATION {
    ULONG HandleAttributes;
    ACCESS_MASK GrantedAccess;
} OBJECT_HANDLE_INFORMATION, *POBJECT_HANDLE_INFORMATION;

/* Pass *PsThreadType and the like to the routines below. */
extern NTKERNELAPI POBJECT_TYPE *PsThreadType;
extern NTKERNELAPI POBJECT_TYPE *PsProcessType;
extern NTKERNELAPI POBJECT_TYPE *ExEventObjectType;
extern NTKERNELAPI POBJECT_TYPE *ExSemaphoreObjectType; /* no such object exists here */
extern NTKERNELAPI POBJECT_TYPE *IoFileObjectType;      /* nor here */

#define NtCurrentProcess() ((HANDLE)(LONG_PTR)-1)
#define ZwCurrentProcess() NtCurrentProcess()
#define NtCurrentThread() ((HANDLE)(LONG_PTR)-2)
#define ZwCurrentThread() NtCurrentThread()

/** The object behind a handle, with a reference added.  IRQL = PASSIVE_LEVEL.  STATUS_SUCCESS,
 *  STATUS_INVALID_HANDLE, STATUS_OBJECT_TYPE_MISMATCH, STATUS_ACCESS_DENIED.
 *  Page: wdm/nf-wdm-obreferenceobjectbyhandle. */
NTKERNELAPI NTSTATUS NTAPI ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK DesiredAccess,
                                                     POBJECT_TYPE ObjectType,
                                                     KPROCESSOR_MODE AccessMode, PVOID *Object,
                                                     POBJECT_HANDLE_INFORMATION HandleInformation);

/** Adds a reference after checking the type.  IRQL <= DISPATCH_LEVEL.  STATUS_SUCCESS,
 *  STATUS_OBJECT_TYPE_MISMATCH.  Page: wdm/nf-wdm-obreferenceobjectbypointer. */
NTKERNELAPI NTSTATUS NTAPI ObReferenceObjectByPointer(PVOID Object, ACCESS_MASK DesiredAccess,
                                                      POBJECT_TYPE ObjectType,
                                                      KPROCESSOR_MODE AccessMode);

/** Adds a reference; returns the new count, for debugging only.  IRQL <= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-obfreferenceobject. */
NTKERNELAPI LONG_PTR FASTCALL ObfReferenceObject(PVOID Object);

/** Drops a reference; the object goes with the last.  IRQL <= DISPATCH_LEVEL.
 *  Page: wdm/nf-wdm-obdereferenceobject. */
NTKERNELAPI LONG_PTR FASTCALL ObfDereferenceObject(PVOID Object);

/** Page: wdm/nf-wdm-obreferenceobject. */
#define ObReferenceObject(Object) ObfReferenceObject(Object)
/** Page: wdm/nf-wdm-obdereferenceobject. */
#define ObDereferenceObject(Object) ObfDereferenceObject(Object)

/** Closes a handle and drops its reference.  IRQL = PASSIVE_LEVEL.  STATUS_SUCCESS,
 *  STATUS_INVALID_HANDLE, STATUS_HANDLE_NOT_CLOSABLE.  Page: wdm/nf-wdm-zwclose. */
NTSYSAPI NTSTATUS NTAPI ZwClose(HANDLE Handle);

WDM_EMU_END

#endif
