/* The driver's own header. */
#ifndef DRIVER_H
#define DRIVER_H

#include <wdm.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _COUNTER *PCOUNTER;

PCOUNTER CounterCreate(VOID);
LONG CounterAdd(PCOUNTER Counter, LONG Amount);
LONG CounterAddCarelessly(PCOUNTER Counter, LONG Amount);
VOID CounterDelete(PCOUNTER Counter);

#ifdef __cplusplus
}
#endif

#endif
