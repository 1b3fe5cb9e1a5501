/* <guiddef.h>: GUID and DEFINE_GUID.  Has no guard: each inclusion looks at INITGUID anew. */
#include "nt/guid.h"
