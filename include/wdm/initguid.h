/* <initguid.h>: from here on DEFINE_GUID defines.  Has no guard, for it may come again after
 * another header took DEFINE_GUID back. */
#ifndef INITGUID
#define INITGUID
#endif

#include "guiddef.h"
