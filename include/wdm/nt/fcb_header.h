/* The header of a file system's file control block, which FILE_OBJECT.FsContext points at, and the
 * routines that take the resource it names. */
#ifndef WDM_EMU_NT_FCB_HEADER_H
#define WDM_EMU_NT_FCB_HEADER_H

#include "fast_mutex.h"
#include "io_objects.h"
#include "push_lock.h"
#include "resource.h"

WDM_EMU_BEGIN

#define FSRTL_FLAG_USER_MAPPED_FILE 0x20
#define FSRTL_FLAG2_SUPPORTS_FILTER_CONTEXTS 0x02
#define FSRTL_FLAG2_IS_PAGING_FILE 0x08

#define WDM_EMU_COMMON_FCB_FIELDS \
    CSHORT NodeTypeCode; \
    CSHORT NodeByteSize; \
    UCHAR Flags; \
    UCHAR IsFastIoPossible; \
    UCHAR Flags2; \
    UCHAR Reserved : 4; \
    UCHAR Version : 4; \
    PERESOURCE Resource; \
    PERESOURCE PagingIoResource; \
    LARGE_INTEGER AllocationSize; \
    LARGE_INTEGER FileSize; \
    LARGE_INTEGER ValidDataLength;

typedef struct _FSRTL_COMMON_FCB_HEADER {
    WDM_EMU_COMMON_FCB_FIELDS
} FSRTL_COMMON_FCB_HEADER, *PFSRTL_COMMON_FCB_HEADER;

/* Begins as the common one, which is its base in C++. */
#ifdef __cplusplus
typedef struct _FSRTL_ADVANCED_FCB_HEADER : FSRTL_COMMON_FCB_HEADER {
#else
typedef struct _FSRTL_ADVANCED_FCB_HEADER {
    __extension__ struct {
        WDM_EMU_COMMON_FCB_FIELDS
    };
#endif
    PFAST_MUTEX FastMutex;
    LIST_ENTRY FilterContexts;
    EX_PUSH_LOCK PushLock;
    PVOID *FileContextSupportPointer;
} FSRTL_ADVANCED_FCB_HEADER, *PFSRTL_ADVANCED_FCB_HEADER;

/** Enters a critical region and takes the resource of the file's header exclusively.  Of a file
 *  whose device has a driver object the driver may want to be asked: that is not emulated and stops
 *  loudly.  Reserved for system use.  IRQL <= APC_LEVEL.
 *  Page: ntifs/nf-ntifs-_fsrtl_advanced_fcb_header-fsrtlacquirefileexclusive. */
NTKERNELAPI VOID NTAPI FsRtlAcquireFileExclusive(PFILE_OBJECT FileObject);

/** Gives it back and leaves the region.  Reserved for system use.  IRQL <= APC_LEVEL.
 *  Page: ntifs/nf-ntifs-_fsrtl_advanced_fcb_header-fsrtlreleasefile. */
NTKERNELAPI VOID NTAPI FsRtlReleaseFile(PFILE_OBJECT FileObject);

WDM_EMU_END

#endif
