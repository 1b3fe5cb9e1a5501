/* What the Microsoft compiler gives a driver and gcc and clang do not: calling conventions,
 * __declspec, inlining, alignment, and the macros that every NT header and driver leans on.
 *
 * Nothing here names a type of NT.  All other headers of this directory include this one
 * first. */
#ifndef WDM_EMU_NT_COMPILER_H
#define WDM_EMU_NT_COMPILER_H

#include <stdarg.h>
#include <stddef.h>

#if defined(__SIZEOF_WCHAR_T__) && __SIZEOF_WCHAR_T__ != 2
#error "wchar_t must have 16 bits: add -fshort-wchar, or use pkg-config --cflags wdm-emu"
#endif
#if defined(__SIZEOF_POINTER__) && __SIZEOF_POINTER__ != 8
#error "wdm-emu emulates x64 kernels only: compile for a 64-bit target"
#endif

/* _WIN32 stays undefined on purpose: libraries included later would take it for a Windows host. */
#ifndef _WIN64
#define _WIN64 1
#endif
#ifndef _AMD64_
#define _AMD64_ 1
#endif
#ifndef _M_AMD64
#define _M_AMD64 100
#endif
#ifndef _M_X64
#define _M_X64 100
#endif
#ifndef _KERNEL_MODE
#define _KERNEL_MODE 1
#endif
#ifndef DBG
#define DBG 1
#endif

#define NTDDI_WIN2K 0x05000000
#define NTDDI_WINXP 0x05010000
#define NTDDI_WINXPSP2 0x05010200
#define NTDDI_WS03 0x05020000
#define NTDDI_WS03SP1 0x05020100
#define NTDDI_VISTA 0x06000000
#define NTDDI_LONGHORN NTDDI_VISTA
#define NTDDI_WIN6 NTDDI_VISTA
#define NTDDI_VISTASP1 0x06000100
#define NTDDI_WIN6SP1 NTDDI_VISTASP1
#define NTDDI_WS08 NTDDI_VISTASP1
#define NTDDI_WIN7 0x06010000
#define NTDDI_WIN8 0x06020000
#define NTDDI_WINBLUE 0x06030000
#define NTDDI_WINTHRESHOLD 0x0A000000
#define NTDDI_WIN10 0x0A000000
#define NTDDI_WIN10_TH2 0x0A000001
#define NTDDI_WIN10_RS1 0x0A000002
#define NTDDI_WIN10_RS2 0x0A000003
#define NTDDI_WIN10_RS3 0x0A000004
#define NTDDI_WIN10_RS4 0x0A000005
#define NTDDI_WIN10_RS5 0x0A000006
#define NTDDI_WIN10_19H1 0x0A000007
#define NTDDI_WIN10_VB 0x0A000008
#define NTDDI_WIN10_FE 0x0A00000A
#ifndef NTDDI_VERSION
#define NTDDI_VERSION NTDDI_WIN10
#endif
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#endif
#ifndef WINVER
#define WINVER 0x0A00
#endif

/* Routines of the library: default visibility, so that a driver module built with hidden
 * visibility still binds to them. */
#ifdef _WIN32
#define WDM_EMU_EXPORT
#else
#define WDM_EMU_EXPORT __attribute__((visibility("default")))
#endif
#define NTKERNELAPI WDM_EMU_EXPORT
#define NTSYSAPI WDM_EMU_EXPORT
#define NTSYSCALLAPI WDM_EMU_EXPORT
#define NTHALAPI WDM_EMU_EXPORT
#define FLTAPI_EXPORT WDM_EMU_EXPORT
#define DECLSPEC_IMPORT
#define DECLSPEC_EXPORT

#ifdef __cplusplus
#define WDM_EMU_BEGIN extern "C" {
#define WDM_EMU_END }
#define EXTERN_C extern "C"
#define EXTERN_C_START extern "C" {
#define EXTERN_C_END }
#else
#define WDM_EMU_BEGIN
#define WDM_EMU_END
#define EXTERN_C extern
#define EXTERN_C_START
#define EXTERN_C_END
#endif

/* x64 has one calling convention. */
#ifndef _WIN32
#define __cdecl
#define __stdcall
#define __fastcall
#define __vectorcall
#define __thiscall
#endif
#define NTAPI
#define FASTCALL
#define FLTAPI
#define NTAPI_INLINE
#define CDECL

/* The public inlines.  In C they must not be static: a driver's own non-static inline may call
 * them, and gcc refuses a reference to a static function there.  They are never emitted, only
 * inlined. */
#ifdef __cplusplus
#define EMU_INLINE inline __attribute__((always_inline))
#else
#define EMU_INLINE extern __inline__ __attribute__((always_inline, gnu_inline))
#endif

/* No storage class inside, for drivers write both "FORCEINLINE" and "static FORCEINLINE". */
#undef __forceinline
#if defined(__clang__) && !defined(__cplusplus)
#define __forceinline __inline__ __attribute__((always_inline, internal_linkage))
#else
#define __forceinline __inline__ __attribute__((always_inline))
#endif
#undef FORCEINLINE
#define FORCEINLINE __forceinline
#define CFORCEINLINE FORCEINLINE
#define _inline __inline__

/* __declspec(x) by pasting x to a name below; an unknown x is an error that shows the name. */
#ifndef _WIN32
#undef __declspec
#define __declspec(x) WDM_EMU_DECLSPEC_##x
#endif
#define WDM_EMU_DECLSPEC_align(n) __attribute__((aligned(n)))
#define WDM_EMU_DECLSPEC_allocate(segment)
#define WDM_EMU_DECLSPEC_code_seg(segment)
#define WDM_EMU_DECLSPEC_deprecated
#define WDM_EMU_DECLSPEC_dllexport WDM_EMU_EXPORT
#define WDM_EMU_DECLSPEC_dllimport WDM_EMU_EXPORT
#define WDM_EMU_DECLSPEC_empty_bases
#define WDM_EMU_DECLSPEC_guard(kind)
#define WDM_EMU_DECLSPEC_noalias
#define WDM_EMU_DECLSPEC_noinline __attribute__((noinline))
#define WDM_EMU_DECLSPEC_noreturn __attribute__((noreturn))
#define WDM_EMU_DECLSPEC_nothrow __attribute__((nothrow))
#define WDM_EMU_DECLSPEC_novtable
#define WDM_EMU_DECLSPEC_restrict
#define WDM_EMU_DECLSPEC_safebuffers
#define WDM_EMU_DECLSPEC_selectany __attribute__((weak))
#define WDM_EMU_DECLSPEC_thread __thread
#define WDM_EMU_DECLSPEC_uuid(text)

#define DECLSPEC_ALIGN(n) __attribute__((aligned(n)))
#define DECLSPEC_CACHEALIGN DECLSPEC_ALIGN(64)
#define POINTER_ALIGNMENT DECLSPEC_ALIGN(8)
#define DECLSPEC_NORETURN __attribute__((noreturn))
#define DECLSPEC_NOINLINE __attribute__((noinline))
#define DECLSPEC_SELECTANY __attribute__((weak))
#define DECLSPEC_NOTHROW __attribute__((nothrow))
#define DECLSPEC_NOVTABLE
#define DECLSPEC_DEPRECATED
#define DECLSPEC_DEPRECATED_DDK
#define DECLSPEC_SAFEBUFFERS
#define DECLSPEC_ADDRSAFE
#define DECLSPEC_NOSANITIZEADDRESS __attribute__((no_sanitize_address))
#define SYSTEM_CACHE_ALIGNMENT_SIZE 64
#define MEMORY_ALLOCATION_ALIGNMENT 16

#ifndef _WIN32
#undef __int8
#undef __int16
#undef __int32
#undef __int64
#define __int8 char
#define __int16 short
#define __int32 int
#define __int64 long long
#define __unaligned
#define __ptr32
#define __ptr64
#define __w64
#ifndef __clang__
#define __pragma(x)
#endif
#define __assume(condition) ((condition) ? (void)0 : __builtin_unreachable())
#define __noop(...) ((void)0)
#define __debugbreak() __builtin_trap()
#endif
#define _ReturnAddress() __builtin_return_address(0)
#define _AddressOfReturnAddress() ((void *)((char *)__builtin_frame_address(0) + 8))
#define UNALIGNED
#define RESTRICTED_POINTER
#define POINTER_32
#define POINTER_64

#if !defined(__cplusplus) && !defined(static_assert)
#define static_assert _Static_assert
#endif
#define C_ASSERT(condition) static_assert(condition, #condition)

#define FIELD_OFFSET(type, field) ((LONG)__builtin_offsetof(type, field))
#define UFIELD_OFFSET(type, field) ((ULONG)__builtin_offsetof(type, field))
#define CONTAINING_RECORD(address, type, field) \
    ((type *)((char *)(address) - __builtin_offsetof(type, field)))
#define RTL_FIELD_SIZE(type, field) (sizeof(((type *)0)->field))
#define FIELD_SIZE(type, field) RTL_FIELD_SIZE(type, field)
#define RTL_SIZEOF_THROUGH_FIELD(type, field) \
    (__builtin_offsetof(type, field) + RTL_FIELD_SIZE(type, field))
#define RTL_CONTAINS_FIELD(object, size, field) \
    ((((char *)(&(object)->field)) + sizeof((object)->field)) <= (((char *)(object)) + (size)))
#define RTL_NUMBER_OF(array) (sizeof(array) / sizeof((array)[0]))
#define RTL_NUMBER_OF_V1(array) RTL_NUMBER_OF(array)
#define RTL_NUMBER_OF_V2(array) RTL_NUMBER_OF(array)
#define ARRAYSIZE(array) RTL_NUMBER_OF(array)
#define _countof(array) RTL_NUMBER_OF(array)
#define TYPE_ALIGNMENT(type) __builtin_offsetof(struct { char first; type second; }, second)
#define PROBE_ALIGNMENT(type) __alignof__(type)

#define UNREFERENCED_PARAMETER(parameter) ((void)(parameter))
#define DBG_UNREFERENCED_PARAMETER(parameter) ((void)(parameter))
#define DBG_UNREFERENCED_LOCAL_VARIABLE(variable) ((void)(variable))
#define NOTHING

/* Sections mean nothing here; #pragma alloc_text is ignored by -Wno-unknown-pragmas. */
#define ALLOC_PRAGMA 1
#define ALLOC_DATA_PRAGMA 1

/* In C++ these two would destroy std::min and std::max. */
#ifndef __cplusplus
#ifndef min
#define min(a, b) (((a) < (b)) ? (a) : (b))
#endif
#ifndef max
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif
#endif

#endif
