// Debug output, assertions, bug checks, corrupted lists and interlocked operations: what a driver
// says about itself.
#include <cstdio>

#include "emu/machine/machine.hpp"
#include "emu/machine/pool.hpp"
#include "emu/machine/stop.hpp"
#include "emu/nt/enter.hpp"
#include "emu/nt/format.hpp"
#include "emu/sched/sched.hpp"
#include "emu/verify/bug_checks.hpp"

namespace emu::nt {

namespace {

ULONG print(const char *format, va_list arguments) {
    if (!machine::options().debug_print) {
        return STATUS_SUCCESS;
    }
    char line[512];  // NT truncates one DbgPrint at 512 bytes as well
    format_nt(line, sizeof line, format, arguments);
    std::fputs(line, stderr);
    return STATUS_SUCCESS;
}

// Errors are printed by default, as on Windows; the rest of DbgPrintEx needs the component's mask.
bool admitted(ULONG level) { return level == DPFLTR_ERROR_LEVEL; }

[[noreturn]] void stop_for_driver(const verify::call &at, const bug_check &check) {
    stop_on(verify::broken(at, rule::bug_check, check, "the driver called %s",
                           contract_of(at.by).name));
    __builtin_unreachable();  // rule::bug_check is enforced in every fidelity
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

ULONG __cdecl DbgPrint(PCSTR Format, ...) {
    enter<routine::DbgPrint>(Format, EMU_CALLER);
    va_list arguments;
    va_start(arguments, Format);
    const ULONG status = print(Format, arguments);
    va_end(arguments);
    return status;
}

ULONG __cdecl DbgPrintEx(ULONG, ULONG Level, PCSTR Format, ...) {
    enter<routine::DbgPrintEx>(Format, EMU_CALLER);
    if (!admitted(Level)) {
        return STATUS_SUCCESS;
    }
    va_list arguments;
    va_start(arguments, Format);
    const ULONG status = print(Format, arguments);
    va_end(arguments);
    return status;
}

ULONG NTAPI vDbgPrintEx(ULONG, ULONG Level, PCCH Format, va_list arglist) {
    enter<routine::vDbgPrintEx>(Format, EMU_CALLER);
    return admitted(Level) ? print(Format, arglist) : static_cast<ULONG>(STATUS_SUCCESS);
}

VOID NTAPI RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber, PCHAR Message) {
    context &self = enter<routine::RtlAssert>(FailedAssertion, EMU_CALLER);
    stop_on(verify::broken({self, routine::RtlAssert, nullptr, EMU_CALLER}, rule::assertion_failed,
                           {}, "%s  (%s:%u)%s%s", static_cast<const char *>(FailedAssertion),
                           static_cast<const char *>(FileName), LineNumber,
                           Message != nullptr ? ": " : "", Message != nullptr ? Message : ""));
}

VOID NTAPI EmuPagedCode(const char *Function, unsigned Line) {
    context &self = enter<routine::PAGED_CODE>(nullptr, EMU_CALLER);
    if (self.irql > APC_LEVEL) {
        stop_on(verify::broken(
            {self, routine::PAGED_CODE, nullptr, EMU_CALLER}, rule::paged_code_at_raised_irql, {},
            "%s (line %u) says PAGED_CODE(); the current IRQL is %u", Function, Line, self.irql));
    }
}

VOID NTAPI KeBugCheckEx(ULONG BugCheckCode, ULONG_PTR BugCheckParameter1,
                        ULONG_PTR BugCheckParameter2, ULONG_PTR BugCheckParameter3,
                        ULONG_PTR BugCheckParameter4) {
    context &self = enter<routine::KeBugCheckEx>(nullptr, EMU_CALLER);
    stop_for_driver(
        {self, routine::KeBugCheckEx, nullptr, EMU_CALLER},
        {BugCheckCode,
         {BugCheckParameter1, BugCheckParameter2, BugCheckParameter3, BugCheckParameter4}});
}

VOID NTAPI KeBugCheck(ULONG BugCheckCode) {
    context &self = enter<routine::KeBugCheck>(nullptr, EMU_CALLER);
    stop_for_driver({self, routine::KeBugCheck, nullptr, EMU_CALLER}, {BugCheckCode, {}});
}

VOID NTAPI EmuCorruptList(const VOID *Entry) {
    // KERNEL_SECURITY_CHECK_FAILURE, 3: a LIST_ENTRY was corrupted
    stop_on(verify::broken({self_context(), routine::none, Entry, EMU_CALLER},
                           rule::list_corrupted, {0x139, {3, 0, 0, 0}},
                           "the neighbours of list entry %p do not point back at it", Entry));
    __builtin_unreachable();  // has a bug check of retail Windows: enforced in every fidelity
}

// The headers' interlocked inlines look here while attention is wanted.  A pointer to the word,
// not the word itself: an executable may copy exported variables into itself, and a copy would
// never change.
extern const volatile unsigned int *const EmuAttentionWord __attribute__((visibility("default")));
const volatile unsigned int *const EmuAttentionWord =
    reinterpret_cast<const volatile unsigned int *>(&attention_word);

VOID EmuYieldPointSlow(VOID) {
    context &self = enter<routine::Interlocked>(nullptr, EMU_CALLER);
    sched::yield(self.thread->actor, {routine::Interlocked, EMU_CALLER});
}

VOID EmuInterlockedPointSlow(const volatile void *Target) {
    static const char barrier = 0;  // what a barrier touches: nothing that anybody else does
    const void *target = const_cast<const void *>(Target);
    context &self = enter<routine::Interlocked, interferes::yes>(
        target != nullptr ? target : &barrier, EMU_CALLER);
    if (target == nullptr) {
        return;
    }
    std::uint32_t seen = 0;
    __builtin_memcpy(&seen, reinterpret_cast<const void *>(verify::address_bits(target) & ~3ULL),
                     sizeof seen);
    if (seen == static_cast<std::uint32_t>(machine::freed_word)) {
        stop_on(verify::judge_interlocked({self, routine::Interlocked, target, EMU_CALLER}));
    }
}

}  // extern "C"
