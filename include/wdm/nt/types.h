/* The base types of NT with their x64 sizes, and the small structures every routine passes
 * around.
 *
 * LONG has 32 bits, so it is an int here: bare long would have 64 and is used nowhere.  SIZE_T is
 * the compiler's own size_t, so that the two may stand for each other behind a pointer, as they
 * may with the Microsoft compiler. */
#ifndef WDM_EMU_NT_TYPES_H
#define WDM_EMU_NT_TYPES_H

#include "compiler.h"
#include "sal.h"

WDM_EMU_BEGIN

#ifndef VOID
#define VOID void
#endif
#ifndef CONST
#define CONST const
#endif
#define TRUE 1
#define FALSE 0
#define ANYSIZE_ARRAY 1
#define DUMMYUNIONNAME
#define DUMMYSTRUCTNAME

typedef char CHAR, CCHAR;
typedef short SHORT, CSHORT;
typedef int LONG, INT;
typedef long long LONGLONG;
typedef unsigned char UCHAR, BOOLEAN;
typedef unsigned short USHORT;
typedef unsigned int ULONG, UINT, CLONG;
typedef unsigned long long ULONGLONG;
typedef float FLOAT;
typedef double DOUBLE;
typedef wchar_t WCHAR;

typedef signed char INT8;
typedef short INT16;
typedef int INT32, LONG32;
typedef long long INT64, LONG64;
typedef unsigned char UINT8;
typedef unsigned short UINT16;
typedef unsigned int UINT32, ULONG32, DWORD32;
typedef unsigned long long UINT64, ULONG64, DWORD64, DWORDLONG;

typedef long long INT_PTR, LONG_PTR;
typedef unsigned long long UINT_PTR, ULONG_PTR, DWORD_PTR, KAFFINITY;
typedef __SIZE_TYPE__ SIZE_T;
typedef __PTRDIFF_TYPE__ SSIZE_T;

typedef LONG NTSTATUS;
typedef LONG HRESULT;
typedef LONG KPRIORITY;
typedef ULONG ACCESS_MASK;
typedef ULONG LOGICAL;
typedef ULONG LCID;
typedef UCHAR KIRQL;
typedef CCHAR KPROCESSOR_MODE;
typedef LONGLONG USN;
typedef ULONG DEVICE_TYPE;

typedef void *PVOID, *HANDLE;
typedef void *PVOID64;
typedef const void *PCVOID;
typedef CHAR *PCHAR, *LPCH, *PCH, *LPSTR, *PSTR, *PSZ;
typedef const CHAR *LPCCH, *PCCH, *LPCSTR, *PCSTR, *PCSZ;
typedef WCHAR *PWCHAR, *LPWCH, *PWCH, *LPWSTR, *PWSTR, *NWPSTR, *PWSZ;
typedef const WCHAR *LPCWCH, *PCWCH, *LPCWSTR, *PCWSTR, *PCWSZ;
typedef CCHAR *PCCHAR;
typedef SHORT *PSHORT;
typedef CSHORT *PCSHORT;
typedef LONG *PLONG;
typedef INT *PINT;
typedef LONGLONG *PLONGLONG;
typedef UCHAR *PUCHAR;
typedef const UCHAR *PCUCHAR;
typedef BOOLEAN *PBOOLEAN;
typedef USHORT *PUSHORT;
typedef ULONG *PULONG;
typedef UINT *PUINT;
typedef CLONG *PCLONG;
typedef ULONGLONG *PULONGLONG;
typedef INT8 *PINT8;
typedef INT16 *PINT16;
typedef INT32 *PINT32, *PLONG32;
typedef INT64 *PINT64, *PLONG64;
typedef UINT8 *PUINT8;
typedef UINT16 *PUINT16;
typedef UINT32 *PUINT32, *PULONG32;
typedef UINT64 *PUINT64, *PULONG64, *PDWORD64, *PDWORDLONG;
typedef INT_PTR *PINT_PTR;
typedef LONG_PTR *PLONG_PTR;
typedef UINT_PTR *PUINT_PTR;
typedef ULONG_PTR *PULONG_PTR;
typedef DWORD_PTR *PDWORD_PTR;
typedef KAFFINITY *PKAFFINITY;
typedef SIZE_T *PSIZE_T;
typedef SSIZE_T *PSSIZE_T;
typedef NTSTATUS *PNTSTATUS;
typedef ACCESS_MASK *PACCESS_MASK;
typedef KIRQL *PKIRQL;
typedef HANDLE *PHANDLE;

#define MAXCHAR 0x7F
#define MINCHAR 0x80
#define MAXUCHAR 0xFF
#define MAXSHORT 0x7FFF
#define MINSHORT 0x8000
#define MAXUSHORT 0xFFFF
#define MAXLONG 0x7FFFFFFF
#define MINLONG 0x80000000
#define MAXULONG 0xFFFFFFFFu
#define MAXLONGLONG 0x7FFFFFFFFFFFFFFFLL
#define MAXULONGLONG 0xFFFFFFFFFFFFFFFFULL
#define MAXUINT8 ((UINT8)0xFF)
#define MAXUINT16 ((UINT16)0xFFFF)
#define MAXUINT32 ((UINT32)0xFFFFFFFF)
#define MAXUINT64 ((UINT64)0xFFFFFFFFFFFFFFFFULL)
#define MAXINT64 ((INT64)0x7FFFFFFFFFFFFFFFLL)
#define MAXUINT_PTR (~(UINT_PTR)0)
#define MAXULONG_PTR (~(ULONG_PTR)0)
#define MAXSIZE_T (~(SIZE_T)0)

typedef enum _MODE { KernelMode, UserMode, MaximumMode } MODE;

/* LowPart and HighPart name the halves both directly and through u, as drivers use either. */
typedef union _LARGE_INTEGER {
    __extension__ struct {
        ULONG LowPart;
        LONG HighPart;
    };
    struct {
        ULONG LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
    __extension__ struct {
        ULONG LowPart;
        ULONG HighPart;
    };
    struct {
        ULONG LowPart;
        ULONG HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef LARGE_INTEGER PHYSICAL_ADDRESS, *PPHYSICAL_ADDRESS;

typedef struct _LUID {
    ULONG LowPart;
    LONG HighPart;
} LUID, *PLUID;

/* Length and MaximumLength count bytes, not characters, and no terminator is promised. */
typedef struct _UNICODE_STRING {
    USHORT Length;
    USHORT MaximumLength;
    PWCH Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;

typedef struct _STRING {
    USHORT Length;
    USHORT MaximumLength;
    PCHAR Buffer;
} STRING, *PSTRING;
typedef STRING ANSI_STRING, *PANSI_STRING, OEM_STRING, *POEM_STRING, UTF8_STRING, *PUTF8_STRING;
typedef const STRING *PCSTRING, *PCANSI_STRING, *PCOEM_STRING, *PCUTF8_STRING;

typedef struct _CSTRING {
    USHORT Length;
    USHORT MaximumLength;
    const char *Buffer;
} CSTRING, CANSI_STRING;

#define UNICODE_NULL ((WCHAR)0)
#define ANSI_NULL ((CHAR)0)
#define UNICODE_STRING_MAX_BYTES ((USHORT)65534)
#define UNICODE_STRING_MAX_CHARS (32767)

typedef struct _LIST_ENTRY {
    struct _LIST_ENTRY *Flink;
    struct _LIST_ENTRY *Blink;
} LIST_ENTRY, *PLIST_ENTRY, *PRLIST_ENTRY;

typedef struct _SINGLE_LIST_ENTRY {
    struct _SINGLE_LIST_ENTRY *Next;
} SINGLE_LIST_ENTRY, *PSINGLE_LIST_ENTRY;

typedef struct _CLIENT_ID {
    HANDLE UniqueProcess;
    HANDLE UniqueThread;
} CLIENT_ID, *PCLIENT_ID;

typedef struct _OBJECT_ATTRIBUTES {
    ULONG Length;
    HANDLE RootDirectory;
    PUNICODE_STRING ObjectName;
    ULONG Attributes;
    PVOID SecurityDescriptor;
    PVOID SecurityQualityOfService;
} OBJECT_ATTRIBUTES, *POBJECT_ATTRIBUTES;
typedef const OBJECT_ATTRIBUTES *PCOBJECT_ATTRIBUTES;

#define OBJ_INHERIT 0x00000002
#define OBJ_PERMANENT 0x00000010
#define OBJ_EXCLUSIVE 0x00000020
#define OBJ_CASE_INSENSITIVE 0x00000040
#define OBJ_OPENIF 0x00000080
#define OBJ_OPENLINK 0x00000100
#define OBJ_KERNEL_HANDLE 0x00000200
#define OBJ_FORCE_ACCESS_CHECK 0x00000400
#define OBJ_IGNORE_IMPERSONATED_DEVICEMAP 0x00000800
#define OBJ_DONT_REPARSE 0x00001000
#define OBJ_VALID_ATTRIBUTES 0x00001FF2
#define OBJ_NAME_PATH_SEPARATOR ((WCHAR)L'\\')

/** Fills an OBJECT_ATTRIBUTES; any IRQL.  Page: ntdef/nf-ntdef-initializeobjectattributes. */
#define InitializeObjectAttributes(attributes, name, flags, root, security) \
    {                                                                       \
        (attributes)->Length = sizeof(OBJECT_ATTRIBUTES);                   \
        (attributes)->RootDirectory = (root);                               \
        (attributes)->Attributes = (flags);                                 \
        (attributes)->ObjectName = (name);                                  \
        (attributes)->SecurityDescriptor = (security);                      \
        (attributes)->SecurityQualityOfService = NULL;                      \
    }

typedef struct _PROCESSOR_NUMBER {
    USHORT Group;
    UCHAR Number;
    UCHAR Reserved;
} PROCESSOR_NUMBER, *PPROCESSOR_NUMBER;

typedef struct _GROUP_AFFINITY {
    KAFFINITY Mask;
    USHORT Group;
    USHORT Reserved[3];
} GROUP_AFFINITY, *PGROUP_AFFINITY;

#define ALL_PROCESSOR_GROUPS 0xFFFF
#define INVALID_PROCESSOR_INDEX 0xFFFFFFFF
#define LOW_PRIORITY 0
#define LOW_REALTIME_PRIORITY 16
#define HIGH_PRIORITY 31
#define MAXIMUM_PRIORITY 32

#define PAGE_SIZE 0x1000
#define PAGE_SHIFT 12

#define ARGUMENT_PRESENT(pointer) ((pointer) != NULL)
#define RtlOffsetToPointer(base, offset) ((PCHAR)(((PCHAR)(base)) + ((ULONG_PTR)(offset))))
#define RtlPointerToOffset(base, pointer) ((ULONG)(((PCHAR)(pointer)) - ((PCHAR)(base))))
#define Int32x32To64(a, b) (((LONGLONG)(LONG)(a)) * ((LONGLONG)(LONG)(b)))
#define UInt32x32To64(a, b) (((ULONGLONG)(ULONG)(a)) * ((ULONGLONG)(ULONG)(b)))
#define PtrToUlong(pointer) ((ULONG)(ULONG_PTR)(pointer))
#define PtrToLong(pointer) ((LONG)(LONG_PTR)(pointer))
#define PtrToULong(pointer) PtrToUlong(pointer)
#define ULongToPtr(value) ((PVOID)(ULONG_PTR)(ULONG)(value))
#define UlongToPtr(value) ULongToPtr(value)
#define LongToPtr(value) ((PVOID)(LONG_PTR)(LONG)(value))
#define HandleToULong(handle) ((ULONG)(ULONG_PTR)(handle))
#define HandleToUlong(handle) HandleToULong(handle)
#define HandleToLong(handle) ((LONG)(LONG_PTR)(handle))
#define ULongToHandle(value) ((HANDLE)(ULONG_PTR)(ULONG)(value))
#define UlongToHandle(value) ULongToHandle(value)
#define LongToHandle(value) ((HANDLE)(LONG_PTR)(LONG)(value))
#define ALIGN_DOWN_BY(length, alignment) ((ULONG_PTR)(length) & ~((ULONG_PTR)(alignment)-1))
#define ALIGN_UP_BY(length, alignment) \
    (ALIGN_DOWN_BY(((ULONG_PTR)(length) + (alignment)-1), alignment))
#define ALIGN_DOWN(length, type) ALIGN_DOWN_BY(length, sizeof(type))
#define ALIGN_UP(length, type) ALIGN_UP_BY(length, sizeof(type))
#define ALIGN_DOWN_POINTER(pointer, type) ((PVOID)ALIGN_DOWN(pointer, type))
#define ALIGN_UP_POINTER(pointer, type) ((PVOID)ALIGN_UP(pointer, type))
#define PAGE_ALIGN(address) ((PVOID)((ULONG_PTR)(address) & ~(ULONG_PTR)(PAGE_SIZE - 1)))
#define BYTE_OFFSET(address) ((ULONG)((ULONG_PTR)(address) & (PAGE_SIZE - 1)))
#define ROUND_TO_PAGES(size) (((ULONG_PTR)(size) + PAGE_SIZE - 1) & ~(ULONG_PTR)(PAGE_SIZE - 1))
#define BYTES_TO_PAGES(size) (((size) >> PAGE_SHIFT) + (((size) & (PAGE_SIZE - 1)) != 0))

WDM_EMU_END

#endif
