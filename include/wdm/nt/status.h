/* NTSTATUS: the four severities and the tests on them.  The codes stand in status_codes.h. */
#ifndef WDM_EMU_NT_STATUS_H
#define WDM_EMU_NT_STATUS_H

#include "types.h"
#include "status_codes.h"

#define STATUS_SEVERITY_SUCCESS 0x0
#define STATUS_SEVERITY_INFORMATIONAL 0x1
#define STATUS_SEVERITY_WARNING 0x2
#define STATUS_SEVERITY_ERROR 0x3

/** True for success and informational codes.  Page: kernel/using-ntstatus-values. */
#define NT_SUCCESS(status) (((NTSTATUS)(status)) >= 0)
#define NT_INFORMATION(status) ((((ULONG)(status)) >> 30) == STATUS_SEVERITY_INFORMATIONAL)
#define NT_WARNING(status) ((((ULONG)(status)) >> 30) == STATUS_SEVERITY_WARNING)
#define NT_ERROR(status) ((((ULONG)(status)) >> 30) == STATUS_SEVERITY_ERROR)
#define NT_FACILITY(status) ((((ULONG)(status)) >> 16) & 0xFFF)

#endif
