// Raising: ExRaiseStatus and its relatives, and what becomes of an exception nobody accepts.
#include "emu/nt/raise.hpp"

#include "emu/nt/enter.hpp"
#include "emu/verify/bug_checks.hpp"

namespace emu::nt {

namespace {

EXCEPTION_RECORD record_of(NTSTATUS status, const void *caller) {
    EXCEPTION_RECORD made{};
    made.ExceptionCode = status;
    made.ExceptionFlags = EXCEPTION_NONCONTINUABLE;
    made.ExceptionAddress = const_cast<void *>(caller);
    return made;
}

CONTEXT context_at(const EXCEPTION_RECORD &record) {
    CONTEXT at{};
    at.ContextFlags = CONTEXT_CONTROL;
    at.Rip = verify::address_bits(record.ExceptionAddress);
    at.Rsp = verify::address_bits(__builtin_frame_address(0));
    at.Rbp = verify::address_bits(__builtin_frame_address(0));
    return at;
}

// A thread's start routine has the system's handler above it, a DPC or ISR has none.
bug_check check_for(const context &self, const EXCEPTION_RECORD &record) {
    const std::uint64_t status = static_cast<std::uint32_t>(record.ExceptionCode);
    const std::uint64_t address = verify::address_bits(record.ExceptionAddress);
    if (self.kind == context_kind::dpc || self.kind == context_kind::isr) {
        return {KMODE_EXCEPTION_NOT_HANDLED,
                {status, address, record.ExceptionInformation[0], record.ExceptionInformation[1]}};
    }
    return {0x7E, {status, address, verify::address_bits(&record), 0}};
}

[[noreturn]] void uncaught(const EXCEPTION_RECORD &record, routine by) {
    context &self = self_context();
    stop_on(verify::broken({self, by, nullptr, record.ExceptionAddress}, rule::uncaught_exception,
                           check_for(self, record),
                           "status 0x%08X was raised, and no __except block accepts it",
                           static_cast<unsigned>(record.ExceptionCode)));
    __builtin_unreachable();  // has a bug check of retail Windows: told in every fidelity
}

// Returns if the exception is continuable and a filter wants to go on.
void raise(EXCEPTION_RECORD &record, routine by) {
    CONTEXT at = context_at(record);
    if (machine::search(self_context(), record, at) == machine::verdict::unhandled) {
        uncaught(record, by);
    }
    if ((record.ExceptionFlags & EXCEPTION_NONCONTINUABLE) != 0) {
        EXCEPTION_RECORD second =
            record_of(STATUS_NONCONTINUABLE_EXCEPTION, record.ExceptionAddress);
        second.ExceptionRecord = &record;
        raise(second, by);
    }
}

}  // namespace

void raise_status(NTSTATUS status, const void *caller, routine by) {
    EXCEPTION_RECORD record = record_of(status, caller);
    raise(record, by);
    __builtin_unreachable();  // not continuable
}

void raise_status(NTSTATUS status, const void *caller) {
    raise_status(status, caller, routine::none);
}

void offer_to_handlers(EXCEPTION_RECORD &record, CONTEXT &at) {
    if (machine::search(*current_context, record, at) == machine::verdict::continue_execution) {
        stop_on(verify::broken(
            {*current_context, routine::none, nullptr, record.ExceptionAddress},
            rule::not_emulated, {},
            "EXCEPTION_CONTINUE_EXECUTION for an exception of the processor, status 0x%08X",
            static_cast<unsigned>(record.ExceptionCode)));
    }
}

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

VOID NTAPI ExRaiseStatus(NTSTATUS Status) {
    enter<routine::ExRaiseStatus>(nullptr, EMU_CALLER);
    raise_status(Status, EMU_CALLER, routine::ExRaiseStatus);
}

VOID NTAPI ExRaiseAccessViolation(VOID) {
    enter<routine::ExRaiseAccessViolation>(nullptr, EMU_CALLER);
    raise_status(STATUS_ACCESS_VIOLATION, EMU_CALLER, routine::ExRaiseAccessViolation);
}

VOID NTAPI ExRaiseDatatypeMisalignment(VOID) {
    enter<routine::ExRaiseDatatypeMisalignment>(nullptr, EMU_CALLER);
    raise_status(STATUS_DATATYPE_MISALIGNMENT, EMU_CALLER, routine::ExRaiseDatatypeMisalignment);
}

VOID NTAPI RtlRaiseStatus(NTSTATUS Status) {
    enter<routine::RtlRaiseStatus>(nullptr, EMU_CALLER);
    raise_status(Status, EMU_CALLER, routine::RtlRaiseStatus);
}

VOID NTAPI RtlRaiseException(PEXCEPTION_RECORD ExceptionRecord) {
    enter<routine::RtlRaiseException>(ExceptionRecord, EMU_CALLER);
    if (ExceptionRecord == nullptr) {
        bad_address({self_context(), routine::RtlRaiseException, nullptr, EMU_CALLER}, 8);
        __builtin_unreachable();  // a null address ends the context in every fidelity
    }
    ExceptionRecord->ExceptionAddress = EMU_CALLER;
    raise(*ExceptionRecord, routine::RtlRaiseException);
}

LONG NTAPI ExSystemExceptionFilter(VOID) {
    enter<routine::ExSystemExceptionFilter>(nullptr, EMU_CALLER);
    return EXCEPTION_CONTINUE_SEARCH;  // every thread is a kernel-mode thread
}

KPROCESSOR_MODE NTAPI ExGetPreviousMode(VOID) {
    enter<routine::ExGetPreviousMode>(nullptr, EMU_CALLER);
    return KernelMode;
}

BOOLEAN NTAPI FsRtlIsNtstatusExpected(NTSTATUS Ntstatus) {
    enter<routine::FsRtlIsNtstatusExpected>(nullptr, EMU_CALLER);
    return Ntstatus != STATUS_ACCESS_VIOLATION && Ntstatus != STATUS_ILLEGAL_INSTRUCTION &&
           Ntstatus != STATUS_DATATYPE_MISALIGNMENT && Ntstatus != STATUS_INSTRUCTION_MISALIGNMENT;
}

NTSTATUS NTAPI FsRtlNormalizeNtstatus(NTSTATUS Exception, NTSTATUS GenericException) {
    enter<routine::FsRtlNormalizeNtstatus>(nullptr, EMU_CALLER);
    return FsRtlIsNtstatusExpected(Exception) ? Exception : GenericException;
}

}  // extern "C"
