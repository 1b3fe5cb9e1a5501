/* __try, __except, __finally, __leave where the compiler has none.  docs/seh.md tells how, and what
 * it cannot do.
 *
 * A block is one if-else statement around a place that is saved as setjmp would: code that raises,
 * or a body that is left, comes back to it and takes the other branch.  No loop stands around a
 * body, so return, break, continue and goto keep their meaning.  Filters run on top of the raising
 * code, with the frame of their own function: that needs code in which every variable lives in the
 * frame at all times, which is code compiled without optimisation. */
#ifndef WDM_EMU_NT_SEH_H
#define WDM_EMU_NT_SEH_H

/* Expansions stand in drivers compiled with all warnings on. */
#pragma GCC system_header

#include "exception.h"

WDM_EMU_BEGIN

struct wdm_emu_seh_frame;

/* In the block that is the body; its clean-up notices every way out. */
struct wdm_emu_seh_body {
    struct wdm_emu_seh_frame *frame;
};

/* In a __finally block. */
struct wdm_emu_seh_final {
    int running;
    int abnormal;
    int way; /* how the body ended */
    NTSTATUS code;
    struct wdm_emu_seh_frame *target; /* whose handler the exception goes to */
    void *left[8];                    /* where a body that was jumped out of goes on */
};

/* In a filter or a handler. */
struct wdm_emu_seh_caught {
    int filtering;
    NTSTATUS code;
};

WDM_EMU_EXPORT struct wdm_emu_seh_frame *wdm_emu_seh_push(void *unused);
WDM_EMU_EXPORT struct wdm_emu_seh_frame *wdm_emu_seh_top(void);
WDM_EMU_EXPORT int wdm_emu_seh_save(struct wdm_emu_seh_frame *frame)
    __attribute__((returns_twice));
WDM_EMU_EXPORT void wdm_emu_seh_is(struct wdm_emu_seh_body *body, int is_finally);
WDM_EMU_EXPORT void wdm_emu_seh_complete(struct wdm_emu_seh_body *body);
WDM_EMU_EXPORT void wdm_emu_seh_left(struct wdm_emu_seh_body *body);
WDM_EMU_EXPORT struct wdm_emu_seh_final wdm_emu_seh_begin_final(void);
WDM_EMU_EXPORT void wdm_emu_seh_end_final(struct wdm_emu_seh_final *final_block);
WDM_EMU_EXPORT void wdm_emu_seh_final_left(struct wdm_emu_seh_final *final_block);
WDM_EMU_EXPORT struct wdm_emu_seh_caught wdm_emu_seh_begin_except(void);
WDM_EMU_EXPORT int wdm_emu_seh_begin_except_in(void *function_frame, int level);
WDM_EMU_EXPORT int wdm_emu_seh_answer(long answer);
WDM_EMU_EXPORT NTSTATUS wdm_emu_seh_code_in(void *function_frame, int level);
WDM_EMU_EXPORT PEXCEPTION_POINTERS wdm_emu_seh_information(int in_filter);

WDM_EMU_END

#if !defined(WDM_EMU_NO_SEH)

/* In optimised code variables live in registers, and a handler would find old values. */
#if defined(__OPTIMIZE__) && !defined(WDM_EMU_SEH_UNOPTIMIZED)
#ifdef __cplusplus
#define WDM_EMU_SEH_ALLOWED static_assert(
#else
#define WDM_EMU_SEH_ALLOWED _Static_assert(
#endif
#define WDM_EMU_SEH_CHECK                                                                         \
    WDM_EMU_SEH_ALLOWED 0, "__try needs code without optimisation: compile with -O0, or with "    \
                           "-DWDM_EMU_SEH_UNOPTIMIZED to have only the code after <wdm.h> so");
#else
#define WDM_EMU_SEH_CHECK
#endif

/* A function with a variable amount of stack reaches its variables through a register that stays,
 * not through the stack pointer, which is elsewhere while a filter runs.  For gcc alloca(0) is
 * such an amount and costs nothing; clang takes it for a constant, and with the address sanitizer
 * it grows the stack in a loop: a variable array is given back. */
#if defined(__SANITIZE_ADDRESS__) || defined(__clang__)
#define WDM_EMU_SEH_ANCHOR                           \
    (__extension__({                                 \
        volatile int wdm_emu_one = 1;                \
        char wdm_emu_array[wdm_emu_one];             \
        __asm__ volatile("" : : "r"(wdm_emu_array)); \
        (void *)0;                                   \
    }))
#else
#define WDM_EMU_SEH_ANCHOR __builtin_alloca(0)
#endif

#ifdef __cplusplus
/* libstdc++ has a __try of its own; its headers come before this one. */
#undef __try
#endif

/* The body runs after a jump to the end and back, which tells what kind of block this is. */
#define __try                                                                        \
    if (wdm_emu_seh_save(wdm_emu_seh_push(WDM_EMU_SEH_ANCHOR)) == 0) {               \
        __label__ wdm_emu_leave, wdm_emu_kind, wdm_emu_start, wdm_emu_end;           \
        WDM_EMU_SEH_CHECK                                                            \
        struct wdm_emu_seh_body wdm_emu_body __attribute__((cleanup(wdm_emu_seh_left))) = { \
            wdm_emu_seh_top()};                                                      \
        goto wdm_emu_kind;                                                           \
    wdm_emu_start:

#define __leave goto wdm_emu_leave

#define WDM_EMU_SEH_BODY_ENDS(is_finally)       \
    wdm_emu_leave:                              \
        __attribute__((unused));                \
        wdm_emu_seh_complete(&wdm_emu_body);    \
        goto wdm_emu_end;                       \
    wdm_emu_kind:                               \
        wdm_emu_seh_is(&wdm_emu_body, is_finally); \
        goto wdm_emu_start;                     \
    wdm_emu_end:;                               \
    }

#define __finally                                                                  \
    WDM_EMU_SEH_BODY_ENDS(1)                                                       \
    else for (struct wdm_emu_seh_final wdm_emu_final                               \
                  __attribute__((cleanup(wdm_emu_seh_final_left))) =               \
                      wdm_emu_seh_begin_final();                                   \
              wdm_emu_final.running; wdm_emu_seh_end_final(&wdm_emu_final))

#define AbnormalTermination() (wdm_emu_final.abnormal)

#ifdef __cplusplus
#define __except(...)                                                                       \
    WDM_EMU_SEH_BODY_ENDS(0)                                                                \
    else if (const wdm_emu_seh_caught wdm_emu_exception = wdm_emu_seh_begin_except();       \
             wdm_emu_exception.filtering && __extension__({                                 \
                 const int wdm_emu_in_filter = 1;                                           \
                 static_cast<void>(wdm_emu_in_filter);                                      \
                 wdm_emu_seh_answer((__VA_ARGS__));                                           \
             })) {}                                                                         \
    else

#define GetExceptionCode() (wdm_emu_exception.code)
#else
/* C has no declaration in an if; but a constant declared in its condition is known in all of it,
 * and tells a handler within a handler from the one around it. */
enum { wdm_emu_handlers = 0 };

#define __except(...)                                                                          \
    WDM_EMU_SEH_BODY_ENDS(0)                                                                   \
    else if (sizeof(enum { wdm_emu_handlers = wdm_emu_handlers + 1 }) &&                       \
             wdm_emu_seh_begin_except_in(__builtin_frame_address(0), wdm_emu_handlers) &&      \
             __extension__({                                                                   \
                 enum { wdm_emu_in_filter = 1 };                                               \
                 wdm_emu_seh_answer((__VA_ARGS__));                                              \
             })) {}                                                                            \
    else

/* Outside of filters and handlers the array has a negative size, as MSVC has an error. */
#define GetExceptionCode()                                                     \
    wdm_emu_seh_code_in(__builtin_frame_address(0),                            \
                        wdm_emu_handlers + 0 * (int)sizeof(char[wdm_emu_handlers > 0 ? 1 : -1]))
#endif

#define GetExceptionInformation() wdm_emu_seh_information(wdm_emu_in_filter)

/* Synonyms of the Microsoft compiler and of <excpt.h>. */
#define _try __try
#define _except __except
#define _finally __finally
#define _leave __leave
#define _exception_code GetExceptionCode
#define _exception_info GetExceptionInformation
#define _abnormal_termination AbnormalTermination
#ifndef __cplusplus
#define exception_code GetExceptionCode
#define exception_info GetExceptionInformation
#define abnormal_termination AbnormalTermination
#endif

#if defined(__OPTIMIZE__) && defined(WDM_EMU_SEH_UNOPTIMIZED)
#ifdef __clang__
#pragma clang optimize off
#else
#pragma GCC optimize("O0")
#endif
#endif

#endif
#endif
