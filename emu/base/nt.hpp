// The NT surface as the kernel's own sources see it.
//
// The annotations of old driver code, __in and its like, are empty macros that libstdc++ uses as
// parameter names; our own sources do not need them.
#pragma once
#include <cstddef>
#include <cstdint>

#define WDM_EMU_NO_SEH  // __try is for drivers; libstdc++ has one of its own
extern "C" {
#include <ntifs.h>
#include <fltKernel.h>
}

#undef __in
#undef __out
#undef __inout
