/* Holds the headers to the sizes, offsets and values of x64 Windows; all work is done by the
 * compiler. Compiled as C11 and, through abi_test.cpp, as C++20. */
#define DBG 0 /* the table has the sizes of free builds */
#include <fltKernel.h>

#define ABI_SIZE(type, bytes) C_ASSERT(sizeof(type) == bytes);
#define ABI_FIELD(type, field, where, bytes)                 \
    C_ASSERT(FIELD_OFFSET(type, field) == where); \
    C_ASSERT(RTL_FIELD_SIZE(type, field) == bytes);
#include "abi_x64.inc"

/* What the table does not list. */
ABI_SIZE(LONG, 4)
ABI_SIZE(DEVICE_OBJECT, 336)
ABI_FIELD(DEVICE_OBJECT, Queue, 80, 72)
ABI_FIELD(IRP, Tail, 120, 88)
ABI_FIELD(CONTEXT, FltSave, 256, 512)
ABI_SIZE(ULONG, 4)
ABI_SIZE(LONGLONG, 8)
ABI_SIZE(WCHAR, 2)
ABI_SIZE(BOOLEAN, 1)
ABI_SIZE(KIRQL, 1)
ABI_SIZE(KPROCESSOR_MODE, 1)
ABI_SIZE(NTSTATUS, 4)
ABI_SIZE(HANDLE, 8)
ABI_SIZE(SIZE_T, 8)
ABI_SIZE(ULONG_PTR, 8)
ABI_SIZE(EX_PUSH_LOCK, 8)
ABI_SIZE(POOL_TYPE, 4)
ABI_SIZE(KWAIT_REASON, 4)
ABI_SIZE(FLT_RELATED_OBJECTS, 48)
ABI_FIELD(FLT_RELATED_OBJECTS, FileObject, 32, 8)
ABI_SIZE(FLT_PARAMETERS, 48)
ABI_FIELD(FLT_PARAMETERS, Create.ShareAccess, 18, 2)
ABI_FIELD(FLT_PARAMETERS, Create.EaBuffer, 32, 8)
ABI_FIELD(FLT_PARAMETERS, Write.ByteOffset, 16, 8)
ABI_FIELD(FLT_PARAMETERS, Write.MdlAddress, 32, 8)
ABI_FIELD(FLT_PARAMETERS, SetFileInformation.InfoBuffer, 32, 8)
ABI_SIZE(FLT_IO_PARAMETER_BLOCK, 72)
ABI_FIELD(FLT_IO_PARAMETER_BLOCK, Parameters, 24, 48)
ABI_SIZE(FLT_CALLBACK_DATA, 88)
ABI_FIELD(FLT_CALLBACK_DATA, Iopb, 16, 8)
ABI_FIELD(FLT_CALLBACK_DATA, RequestorMode, 80, 1)
ABI_SIZE(FLT_OPERATION_REGISTRATION, 32)
ABI_SIZE(FLT_CONTEXT_REGISTRATION, 56)
ABI_SIZE(FLT_FILE_NAME_INFORMATION, 120)
C_ASSERT((ULONG)-1 > 0);
C_ASSERT((KIRQL)-1 > 0);
C_ASSERT((NTSTATUS)-1 < 0);

#define CONSTANT_32(name, value) C_ASSERT((unsigned)(name) == value);
#define CONSTANT_64(name, value) C_ASSERT((unsigned long long)(name) == value);
#include "constants.inc"

C_ASSERT(SYNCH_LEVEL == 12);
C_ASSERT(NT_SUCCESS(STATUS_TIMEOUT) && !NT_SUCCESS(STATUS_INVALID_HANDLE));
C_ASSERT('1gaT' == 0x31676154);
C_ASSERT(CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_NEITHER, FILE_ANY_ACCESS) == 0x222003);
C_ASSERT(FLT_FSTYPE_REFS == 28 && FileShortNameInformation == 40 && FILE_OVERWRITE_IF == 5);

/* Not an empty translation unit for linkers that mind. */
extern const int wdm_abi_checked;
const int wdm_abi_checked = 1;
