/* <warning.h>: the header that Windows driver projects include before every source file.  Of its
 * contents only the lower-case spellings matter here, which old C drivers rely on: compile those
 * with -include warning.h. */
#ifndef WDM_EMU_WARNING_H
#define WDM_EMU_WARNING_H

#if !defined(__cplusplus) && !defined(DONT_REDEFINE_TRYEXCEPT_IN_WARNING_H)
#undef try
#undef except
#undef finally
#undef leave
#define try __try
#define except __except
#define finally __finally
#define leave __leave
#endif

#endif
