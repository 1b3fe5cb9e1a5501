/* A driver whose state is in global variables of every kind that C has. */
#ifndef GLOBALS_DRIVER_H
#define GLOBALS_DRIVER_H

#include <wdm.h>

#ifdef __cplusplus
extern "C" {
#endif

extern LONG OperationLimit; /* the test may set it */

DRIVER_INITIALIZE DriverEntry;
DRIVER_UNLOAD DriverUnload;

NTSTATUS DriverOperate(LONG Key);

/* TRUE if every variable has its first value. */
BOOLEAN DriverIsClean(VOID);

#ifdef __cplusplus
}
#endif

#endif
