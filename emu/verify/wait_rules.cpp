// Rules of waits, mutexes and APCs.
#include "emu/machine/view.hpp"
#include "emu/verify/bug_checks.hpp"
#include "emu/verify/judge.hpp"

namespace emu::verify {

namespace {

constexpr std::uint8_t dispatch_level = 2;

// With Wait = TRUE, the DDI compliance rule that bounds the level, if there is one.
bug_check signal_and_wait_check(routine by) {
    switch (by) {
        case routine::KeSetEvent: return {0xC4, {0x20016, 0, 0, 0}};
        case routine::KePulseEvent: return {0xC4, {0x20011, 0, 0, 0}};
        default: return {};
    }
}

bool is_wait(routine by) {
    return by == routine::KeWaitForSingleObject || by == routine::KeWaitForMultipleObjects ||
           by == routine::KeDelayExecutionThread || by == routine::KeRemoveQueue ||
           by == routine::ZwWaitForSingleObject;
}

}  // namespace

const finding *judge_signal_and_wait(const call &at, std::uint8_t highest) {
    return broken(at, rule::irql_too_high, signal_and_wait_check(at.by),
                  "%s with Wait = TRUE is for IRQL <= %u; the current IRQL is %u",
                  contract_of(at.by).name, highest, at.self.irql);
}

const finding *judge_wait_due(const call &at) {
    if (!machine::wait_is_due(at.self) || is_wait(at.by)) {
        return nullptr;
    }
    return broken(at, rule::wait_due, {},
                  "%s was called where KeWaitForSingleObject, KeWaitForMutexObject or "
                  "KeWaitForMultipleObjects is due: the call before had Wait = TRUE and left the "
                  "IRQL at DISPATCH_LEVEL for it",
                  contract_of(at.by).name);
}

const finding *judge_user_mode_wait(const call &at, bool is_mutex) {
    if (is_mutex) {
        return broken(at, rule::user_mode_wait_on_mutex, {},
                      "WaitMode is UserMode: a user APC or the thread's termination may end the "
                      "wait, and its stack may be paged out while it holds the mutex");
    }
    if (!machine::on_stack_of_thread(at.self, at.object)) {
        return nullptr;
    }
    return broken(at, rule::user_mode_wait_on_stack,
                  {0xC4, {0x123, address_bits(at.object), 0, 0}},
                  "WaitMode is UserMode, so the kernel stack may be paged out during the wait, "
                  "and the object is on it");
}

const finding *judge_mutex_level(const call &at, std::uint8_t acquired_at) {
    if ((acquired_at >= dispatch_level) == (at.self.irql >= dispatch_level)) {
        return nullptr;
    }
    return broken(at, rule::mutex_level_mismatch, {},
                  "the mutex was acquired at IRQL %u and is released at IRQL %u", acquired_at,
                  at.self.irql);
}

}  // namespace emu::verify
