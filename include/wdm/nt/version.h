/* Which Windows this is: the one that the option `target` names. */
#ifndef WDM_EMU_NT_VERSION_H
#define WDM_EMU_NT_VERSION_H

#include "types.h"

WDM_EMU_BEGIN

typedef struct _OSVERSIONINFOW {
    ULONG dwOSVersionInfoSize;
    ULONG dwMajorVersion;
    ULONG dwMinorVersion;
    ULONG dwBuildNumber;
    ULONG dwPlatformId;
    WCHAR szCSDVersion[128];
} OSVERSIONINFOW, *POSVERSIONINFOW, *LPOSVERSIONINFOW, RTL_OSVERSIONINFOW, *PRTL_OSVERSIONINFOW;

typedef struct _OSVERSIONINFOEXW {
    ULONG dwOSVersionInfoSize;
    ULONG dwMajorVersion;
    ULONG dwMinorVersion;
    ULONG dwBuildNumber;
    ULONG dwPlatformId;
    WCHAR szCSDVersion[128];
    USHORT wServicePackMajor;
    USHORT wServicePackMinor;
    USHORT wSuiteMask;
    UCHAR wProductType;
    UCHAR wReserved;
} OSVERSIONINFOEXW, *POSVERSIONINFOEXW, *LPOSVERSIONINFOEXW, RTL_OSVERSIONINFOEXW,
    *PRTL_OSVERSIONINFOEXW;

#define VER_PLATFORM_WIN32_NT 2
#define VER_NT_WORKSTATION 1

/** Fills the structure, or the larger RTL_OSVERSIONINFOEXW if dwOSVersionInfoSize says so.
 *  STATUS_SUCCESS.  IRQL = PASSIVE_LEVEL.  Page: wdm/nf-wdm-rtlgetversion. */
NTSYSAPI NTSTATUS NTAPI RtlGetVersion(PRTL_OSVERSIONINFOW VersionInformation);

/** Version numbers, each if its pointer is not NULL, and the name of the service pack: none.
 *  TRUE for a checked build: FALSE.  IRQL = PASSIVE_LEVEL.  Page: wdm/nf-wdm-psgetversion. */
NTKERNELAPI BOOLEAN NTAPI PsGetVersion(PULONG MajorVersion, PULONG MinorVersion,
                                       PULONG BuildNumber, PUNICODE_STRING CSDVersion);

/** Whether this is the version of Windows, one of NTDDI_XXX, or a later one.
 *  IRQL = PASSIVE_LEVEL.  Page: wdm/nf-wdm-rtlisntddiversionavailable. */
NTSYSAPI BOOLEAN NTAPI RtlIsNtDdiVersionAvailable(ULONG Version);

WDM_EMU_END

#endif
