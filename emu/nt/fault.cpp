#include "emu/nt/fault.hpp"

#include <algorithm>

#include "emu/host/fault.hpp"
#include "emu/machine/stop.hpp"
#include "emu/nt/enter.hpp"
#include "emu/nt/raise.hpp"
#include "emu/verify/bug_checks.hpp"

namespace emu::nt {

namespace {

constexpr std::uint64_t access_violation_status = 0xC0000005;

// What Windows shows: at DISPATCH_LEVEL and above any fault is 0xD1, below it an exception that no
// system thread catches.
bug_check check_for(const host::fault &happened, const context &self) {
    const std::uint64_t address = verify::address_bits(happened.address);
    const std::uint64_t instruction = verify::address_bits(happened.instruction);
    if (self.irql >= DISPATCH_LEVEL) {
        return {DRIVER_IRQL_NOT_LESS_OR_EQUAL,
                {address, self.irql, happened.write ? 1U : 0U, instruction}};
    }
    return {0x7E, {access_violation_status, instruction, 0, 0}};
}

// Below DISPATCH_LEVEL a fault is an exception like any other; at it and above Windows bug-checks
// whatever handlers there are.
void offer(const host::fault &happened) {
    EXCEPTION_RECORD record{};
    record.ExceptionCode = STATUS_ACCESS_VIOLATION;
    record.ExceptionAddress = const_cast<void *>(happened.instruction);
    record.NumberParameters = 2;
    record.ExceptionInformation[0] = happened.write ? 1 : 0;
    record.ExceptionInformation[1] = verify::address_bits(happened.address);
    CONTEXT at{};
    at.ContextFlags = CONTEXT_CONTROL;
    at.Rip = verify::address_bits(happened.instruction);
    at.Rsp = verify::address_bits(happened.stack_pointer);
    at.Rbp = verify::address_bits(happened.frame_pointer);
    offer_to_handlers(record, at);
}

void report(const host::fault &raised) {
    const host::fault happened = raised;  // a filter may fault too
    if (!happened.stack_overflow && current_context->irql < DISPATCH_LEVEL) {
        offer(happened);
    }
    const verify::call at{*current_context, routine::none, happened.address, happened.frames[0]};
    const finding *found =
        happened.stack_overflow
            ? verify::broken(
                  at, rule::stack_overflow, {0x7F, {8, 0, 0, 0}},
                  "the thread's stack is used up: recursion without end, or large locals")
            : verify::broken(at, rule::access_violation, check_for(happened, at.self),
                             "%s of address %p", happened.write ? "write" : "read or execution",
                             happened.address);
    finding told = *found;  // both rules have bug checks of retail Windows: never null
    told.frame_count = happened.frame_count;
    std::copy_n(happened.frames.begin(), happened.frame_count, told.frames.begin());
    machine::stop(told);
}

}  // namespace

void watch_faults() {
    host::prepare_thread_for_faults();
    host::watch_faults(met, report);
}

}  // namespace emu::nt
