/* Interlocked operations, the Read/Write accessors and the barriers, as inlines over the
 * compiler's atomics.
 *
 * A call is a scheduling point: it tells the library which word it is about to touch, so that an
 * explored schedule may switch there.  The cost when nobody listens is one load and one branch.
 * NoFence reads and writes and the Raw ones are no points: the driver says by them that order
 * does not matter.  The memory orders are those the names promise and no stronger, so that a race
 * detector sees a missing barrier. */
#ifndef WDM_EMU_NT_INTERLOCKED_H
#define WDM_EMU_NT_INTERLOCKED_H

#include "types.h"

WDM_EMU_BEGIN

/** Non-zero when the library wants to be told of interlocked operations. */
extern NTKERNELAPI const volatile unsigned int *const EmuAttentionWord;

/** Tells the library; target is NULL for a barrier. */
NTKERNELAPI VOID NTAPI EmuInterlockedPointSlow(const volatile void *target);

/** Tells the library that the caller polls for something. */
NTKERNELAPI VOID NTAPI EmuYieldPointSlow(VOID);

EMU_INLINE VOID EmuInterlockedPoint(const volatile void *target) {
    if (__builtin_expect(*EmuAttentionWord != 0, 0)) EmuInterlockedPointSlow(target);
}

/* Results: increment, decrement, add and subtract give the new value; all others the old one.
 * Pages: wdm/nf-wdm-interlockedincrement and siblings. */
#define WDM_EMU_INTERLOCKED_STEP(name, type, operation, order) \
    EMU_INLINE type name(type volatile *Addend) {              \
        EmuInterlockedPoint(Addend);                           \
        return operation(Addend, (type)1, order);              \
    }
#define WDM_EMU_INTERLOCKED_OPERATION(name, type, operation, order) \
    EMU_INLINE type name(type volatile *Target, type Value) {       \
        EmuInterlockedPoint(Target);                                \
        return operation(Target, Value, order);                     \
    }
#define WDM_EMU_INTERLOCKED_COMPARE(name, type, success, failure)                            \
    EMU_INLINE type name(type volatile *Destination, type ExChange, type Comperand) {        \
        EmuInterlockedPoint(Destination);                                                    \
        __atomic_compare_exchange_n(Destination, &Comperand, ExChange, 0, success, failure); \
        return Comperand;                                                                    \
    }

/* The four variants of one operation: full, acquire, release, none. */
#define WDM_EMU_INTERLOCKED_STEPS(base, suffix, type, operation)                                \
    WDM_EMU_INTERLOCKED_STEP(base##suffix, type, operation, __ATOMIC_SEQ_CST)                   \
    WDM_EMU_INTERLOCKED_STEP(base##Acquire##suffix, type, operation, __ATOMIC_ACQUIRE)          \
    WDM_EMU_INTERLOCKED_STEP(base##Release##suffix, type, operation, __ATOMIC_RELEASE)          \
    WDM_EMU_INTERLOCKED_STEP(base##NoFence##suffix, type, operation, __ATOMIC_RELAXED)
#define WDM_EMU_INTERLOCKED_OPERATIONS(base, suffix, type, operation)                           \
    WDM_EMU_INTERLOCKED_OPERATION(base##suffix, type, operation, __ATOMIC_SEQ_CST)              \
    WDM_EMU_INTERLOCKED_OPERATION(base##Acquire##suffix, type, operation, __ATOMIC_ACQUIRE)     \
    WDM_EMU_INTERLOCKED_OPERATION(base##Release##suffix, type, operation, __ATOMIC_RELEASE)     \
    WDM_EMU_INTERLOCKED_OPERATION(base##NoFence##suffix, type, operation, __ATOMIC_RELAXED)
#define WDM_EMU_INTERLOCKED_COMPARES(base, suffix, type)                                        \
    WDM_EMU_INTERLOCKED_COMPARE(base##suffix, type, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)         \
    WDM_EMU_INTERLOCKED_COMPARE(base##Acquire##suffix, type, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE) \
    WDM_EMU_INTERLOCKED_COMPARE(base##Release##suffix, type, __ATOMIC_RELEASE, __ATOMIC_RELAXED) \
    WDM_EMU_INTERLOCKED_COMPARE(base##NoFence##suffix, type, __ATOMIC_RELAXED, __ATOMIC_RELAXED)

WDM_EMU_INTERLOCKED_STEPS(InterlockedIncrement, , LONG, __atomic_add_fetch)
WDM_EMU_INTERLOCKED_STEPS(InterlockedIncrement, 64, LONG64, __atomic_add_fetch)
WDM_EMU_INTERLOCKED_STEPS(InterlockedIncrement, 16, SHORT, __atomic_add_fetch)
WDM_EMU_INTERLOCKED_STEPS(InterlockedDecrement, , LONG, __atomic_sub_fetch)
WDM_EMU_INTERLOCKED_STEPS(InterlockedDecrement, 64, LONG64, __atomic_sub_fetch)
WDM_EMU_INTERLOCKED_STEPS(InterlockedDecrement, 16, SHORT, __atomic_sub_fetch)

WDM_EMU_INTERLOCKED_OPERATIONS(InterlockedAdd, , LONG, __atomic_add_fetch)
WDM_EMU_INTERLOCKED_OPERATIONS(InterlockedAdd, 64, LONG64, __atomic_add_fetch)
WDM_EMU_INTERLOCKED_OPERATIONS(InterlockedExchangeAdd, , LONG, __atomic_fetch_add)
WDM_EMU_INTERLOCKED_OPERATIONS(InterlockedExchangeAdd, 64, LONG64, __atomic_fetch_add)
WDM_EMU_INTERLOCKED_OPERATIONS(InterlockedExchangeAdd, 16, SHORT, __atomic_fetch_add)
WDM_EMU_INTERLOCKED_OPERATIONS(InterlockedExchangeAdd, 8, CHAR, __atomic_fetch_add)
WDM_EMU_INTERLOCKED_OPERATIONS(InterlockedExchange, , LONG, __atomic_exchange_n)
WDM_EMU_INTERLOCKED_OPERATIONS(InterlockedExchange, 64, LONG64, __atomic_exchange_n)
WDM_EMU_INTERLOCKED_OPERATIONS(InterlockedExchange, 16, SHORT, __atomic_exchange_n)
WDM_EMU_INTERLOCKED_OPERATIONS(InterlockedExchange, 8, CHAR, __atomic_exchange_n)
WDM_EMU_INTERLOCKED_OPERATIONS(InterlockedAnd, , LONG, __atomic_fetch_and)
WDM_EMU_INTERLOCKED_OPERATIONS(InterlockedAnd, 64, LONG64, __atomic_fetch_and)
WDM_EMU_INTERLOCKED_OPERATIONS(InterlockedAnd, 16, SHORT, __atomic_fetch_and)
WDM_EMU_INTERLOCKED_OPERATIONS(InterlockedAnd, 8, CHAR, __atomic_fetch_and)
WDM_EMU_INTERLOCKED_OPERATIONS(InterlockedOr, , LONG, __atomic_fetch_or)
WDM_EMU_INTERLOCKED_OPERATIONS(InterlockedOr, 64, LONG64, __atomic_fetch_or)
WDM_EMU_INTERLOCKED_OPERATIONS(InterlockedOr, 16, SHORT, __atomic_fetch_or)
WDM_EMU_INTERLOCKED_OPERATIONS(InterlockedOr, 8, CHAR, __atomic_fetch_or)
WDM_EMU_INTERLOCKED_OPERATIONS(InterlockedXor, , LONG, __atomic_fetch_xor)
WDM_EMU_INTERLOCKED_OPERATIONS(InterlockedXor, 64, LONG64, __atomic_fetch_xor)
WDM_EMU_INTERLOCKED_OPERATIONS(InterlockedXor, 16, SHORT, __atomic_fetch_xor)
WDM_EMU_INTERLOCKED_OPERATIONS(InterlockedXor, 8, CHAR, __atomic_fetch_xor)

WDM_EMU_INTERLOCKED_COMPARES(InterlockedCompareExchange, , LONG)
WDM_EMU_INTERLOCKED_COMPARES(InterlockedCompareExchange, 64, LONG64)
WDM_EMU_INTERLOCKED_COMPARES(InterlockedCompareExchange, 16, SHORT)
WDM_EMU_INTERLOCKED_COMPARES(InterlockedCompareExchange, 8, CHAR)

EMU_INLINE ULONG InterlockedSubtract(ULONG volatile *Target, ULONG Value) {
    EmuInterlockedPoint(Target);
    return __atomic_sub_fetch(Target, Value, __ATOMIC_SEQ_CST);
}

/* Pointers: the parameter is PVOID volatile *, as in <wdm.h>; drivers cast. */
WDM_EMU_INTERLOCKED_OPERATION(InterlockedExchangePointer, PVOID, __atomic_exchange_n,
                              __ATOMIC_SEQ_CST)
WDM_EMU_INTERLOCKED_OPERATION(InterlockedExchangePointerAcquire, PVOID, __atomic_exchange_n,
                              __ATOMIC_ACQUIRE)
WDM_EMU_INTERLOCKED_OPERATION(InterlockedExchangePointerRelease, PVOID, __atomic_exchange_n,
                              __ATOMIC_RELEASE)
WDM_EMU_INTERLOCKED_OPERATION(InterlockedExchangePointerNoFence, PVOID, __atomic_exchange_n,
                              __ATOMIC_RELAXED)
WDM_EMU_INTERLOCKED_COMPARE(InterlockedCompareExchangePointer, PVOID, __ATOMIC_SEQ_CST,
                            __ATOMIC_SEQ_CST)
WDM_EMU_INTERLOCKED_COMPARE(InterlockedCompareExchangePointerAcquire, PVOID, __ATOMIC_ACQUIRE,
                            __ATOMIC_ACQUIRE)
WDM_EMU_INTERLOCKED_COMPARE(InterlockedCompareExchangePointerRelease, PVOID, __ATOMIC_RELEASE,
                            __ATOMIC_RELAXED)
WDM_EMU_INTERLOCKED_COMPARE(InterlockedCompareExchangePointerNoFence, PVOID, __ATOMIC_RELAXED,
                            __ATOMIC_RELAXED)

/* SIZE_T and ULONG_PTR: the 64-bit operations by cast, as in <wdm.h>. */
#define InterlockedIncrementSizeT(a) ((SIZE_T)InterlockedIncrement64((LONG64 volatile *)(a)))
#define InterlockedDecrementSizeT(a) ((SIZE_T)InterlockedDecrement64((LONG64 volatile *)(a)))
#define InterlockedIncrementSizeTNoFence(a) \
    ((SIZE_T)InterlockedIncrementNoFence64((LONG64 volatile *)(a)))
#define InterlockedDecrementSizeTNoFence(a) \
    ((SIZE_T)InterlockedDecrementNoFence64((LONG64 volatile *)(a)))
#define InterlockedAddSizeT(a, b) \
    ((SIZE_T)InterlockedAdd64((LONG64 volatile *)(a), (LONG64)(b)))
#define InterlockedExchangeAddSizeT(a, b) \
    ((SIZE_T)InterlockedExchangeAdd64((LONG64 volatile *)(a), (LONG64)(b)))

/* A test of bit Bit, counted from the word at Base on: 32-bit words may follow each other. */
#define WDM_EMU_INTERLOCKED_BIT(name, type, shift, operation, value, order)           \
    EMU_INLINE UCHAR name(type volatile *Base, type Bit) {                            \
        type volatile *Word = Base + (Bit >> shift);                                  \
        const type Mask = (type)((UINT64)1 << (Bit & ((1 << shift) - 1)));            \
        EmuInterlockedPoint(Word);                                                    \
        return (UCHAR)((operation(Word, (type)(value), order) & Mask) != 0);          \
    }
#define WDM_EMU_INTERLOCKED_BITS(suffix, type, shift, tail, order)                              \
    WDM_EMU_INTERLOCKED_BIT(InterlockedBitTestAndSet##suffix##tail, type, shift,                \
                            __atomic_fetch_or, Mask, order)                                     \
    WDM_EMU_INTERLOCKED_BIT(InterlockedBitTestAndReset##suffix##tail, type, shift,              \
                            __atomic_fetch_and, ~Mask, order)                                   \
    WDM_EMU_INTERLOCKED_BIT(InterlockedBitTestAndComplement##suffix##tail, type, shift,         \
                            __atomic_fetch_xor, Mask, order)
WDM_EMU_INTERLOCKED_BITS(, LONG, 5, , __ATOMIC_SEQ_CST)
WDM_EMU_INTERLOCKED_BITS(, LONG, 5, Acquire, __ATOMIC_ACQUIRE)
WDM_EMU_INTERLOCKED_BITS(, LONG, 5, Release, __ATOMIC_RELEASE)
WDM_EMU_INTERLOCKED_BITS(, LONG, 5, NoFence, __ATOMIC_RELAXED)
WDM_EMU_INTERLOCKED_BITS(64, LONG64, 6, , __ATOMIC_SEQ_CST)
WDM_EMU_INTERLOCKED_BITS(64, LONG64, 6, Acquire, __ATOMIC_ACQUIRE)
WDM_EMU_INTERLOCKED_BITS(64, LONG64, 6, Release, __ATOMIC_RELEASE)
WDM_EMU_INTERLOCKED_BITS(64, LONG64, 6, NoFence, __ATOMIC_RELAXED)

/** Replaces 16 bytes if they equal ComparandResult, which receives the old ones; 1 if replaced.
 *  Destination must be 16-byte aligned.  Page: wdm/nf-wdm-interlockedcompareexchange128. */
EMU_INLINE UCHAR InterlockedCompareExchange128(LONG64 volatile *Destination, LONG64 ExchangeHigh,
                                               LONG64 ExchangeLow, LONG64 *ComparandResult) {
    UCHAR Replaced;
    EmuInterlockedPoint(Destination);
    __asm__ __volatile__("lock cmpxchg16b %1"
                         : "=@ccz"(Replaced), "+m"(*Destination), "+a"(ComparandResult[0]),
                           "+d"(ComparandResult[1])
                         : "b"(ExchangeLow), "c"(ExchangeHigh)
                         : "memory");
    return Replaced;
}

/* The accessors: Acquire and Release order and are scheduling points, NoFence and Raw are neither.
 * Pages: wdm/nf-wdm-readacquire and siblings. */
#define WDM_EMU_ACCESSORS(middle, suffix, type)                                          \
    EMU_INLINE type Read##middle##Acquire##suffix(type const volatile *Source) {         \
        EmuInterlockedPoint(Source);                                                     \
        return __atomic_load_n(Source, __ATOMIC_ACQUIRE);                                \
    }                                                                                    \
    EMU_INLINE type Read##middle##NoFence##suffix(type const volatile *Source) {         \
        return __atomic_load_n(Source, __ATOMIC_RELAXED);                                \
    }                                                                                    \
    EMU_INLINE type Read##middle##Raw##suffix(type const volatile *Source) {             \
        return *Source;                                                                  \
    }                                                                                    \
    EMU_INLINE VOID Write##middle##Release##suffix(type volatile *Target, type Value) {  \
        EmuInterlockedPoint(Target);                                                     \
        __atomic_store_n(Target, Value, __ATOMIC_RELEASE);                               \
    }                                                                                    \
    EMU_INLINE VOID Write##middle##NoFence##suffix(type volatile *Target, type Value) {  \
        __atomic_store_n(Target, Value, __ATOMIC_RELAXED);                               \
    }                                                                                    \
    EMU_INLINE VOID Write##middle##Raw##suffix(type volatile *Target, type Value) {      \
        *Target = Value;                                                                 \
    }
WDM_EMU_ACCESSORS(, , LONG)
WDM_EMU_ACCESSORS(, 8, CHAR)
WDM_EMU_ACCESSORS(, 16, SHORT)
WDM_EMU_ACCESSORS(, 64, LONG64)
WDM_EMU_ACCESSORS(Pointer, , PVOID)
WDM_EMU_ACCESSORS(Handle, , HANDLE)
WDM_EMU_ACCESSORS(Boolean, , BOOLEAN)
WDM_EMU_ACCESSORS(UChar, , UCHAR)
WDM_EMU_ACCESSORS(UShort, , USHORT)
WDM_EMU_ACCESSORS(ULong, , ULONG)
WDM_EMU_ACCESSORS(ULong64, , ULONG64)
WDM_EMU_ACCESSORS(ULongPtr, , ULONG_PTR)
WDM_EMU_ACCESSORS(SizeT, , SIZE_T)
WDM_EMU_ACCESSORS(Int32, , INT32)
WDM_EMU_ACCESSORS(Int64, , INT64)
WDM_EMU_ACCESSORS(UInt32, , UINT32)
WDM_EMU_ACCESSORS(UInt64, , UINT64)

/** The compiler keeps the order of accesses; the processor may not. */
#define _ReadWriteBarrier() __asm__ __volatile__("" : : : "memory")
#define _ReadBarrier() _ReadWriteBarrier()
#define _WriteBarrier() _ReadWriteBarrier()
#define KeMemoryBarrierWithoutFence() _ReadWriteBarrier()

/** A full fence and a scheduling point, for loops that poll contain little else.
 *  Page: wdm/nf-wdm-kememorybarrier. */
EMU_INLINE VOID KeMemoryBarrier(VOID) {
    EmuInterlockedPoint(NULL);
    __sync_synchronize();  /* the fence of __atomic is refused under -fsanitize=thread */
}
#define MemoryBarrier() KeMemoryBarrier()
#define __faststorefence() KeMemoryBarrier()

/** Tells the processor, and the emulated scheduler, that this is a spin loop. */
EMU_INLINE VOID YieldProcessor(VOID) {
    if (__builtin_expect(*EmuAttentionWord != 0, 0)) EmuYieldPointSlow();
    __asm__ __volatile__("pause" : : : "memory");
}

/* The compiler intrinsics under their own names. */
#define _InterlockedIncrement InterlockedIncrement
#define _InterlockedIncrement16 InterlockedIncrement16
#define _InterlockedIncrement64 InterlockedIncrement64
#define _InterlockedDecrement InterlockedDecrement
#define _InterlockedDecrement16 InterlockedDecrement16
#define _InterlockedDecrement64 InterlockedDecrement64
#define _InterlockedExchange InterlockedExchange
#define _InterlockedExchange8 InterlockedExchange8
#define _InterlockedExchange16 InterlockedExchange16
#define _InterlockedExchange64 InterlockedExchange64
#define _InterlockedExchangePointer InterlockedExchangePointer
#define _InterlockedExchangeAdd InterlockedExchangeAdd
#define _InterlockedExchangeAdd64 InterlockedExchangeAdd64
#define _InterlockedCompareExchange InterlockedCompareExchange
#define _InterlockedCompareExchange16 InterlockedCompareExchange16
#define _InterlockedCompareExchange64 InterlockedCompareExchange64
#define _InterlockedCompareExchange128 InterlockedCompareExchange128
#define _InterlockedCompareExchangePointer InterlockedCompareExchangePointer
#define _InterlockedAnd InterlockedAnd
#define _InterlockedAnd64 InterlockedAnd64
#define _InterlockedOr InterlockedOr
#define _InterlockedOr64 InterlockedOr64
#define _InterlockedXor InterlockedXor
#define _InterlockedXor64 InterlockedXor64
#define _interlockedbittestandset InterlockedBitTestAndSet
#define _interlockedbittestandreset InterlockedBitTestAndReset

WDM_EMU_END

#endif
