// Critical and guarded regions: the two APC counters of the thread.
#include "emu/machine/apc.hpp"
#include "emu/nt/enter.hpp"

namespace emu::nt {

namespace {

template <routine R>
[[gnu::noinline]] void enter_generally(std::int16_t apc_counters::*counter, const void *caller) {
    if (context &self = *current_context; !host::race_detection && passive_and_simulated(self)) {
        count_call(self, R);
        --(self.apcs.*counter);
        return;
    }
    --(enter<R>(nullptr, caller).thread->own.apcs.*counter);
}

// An unpaired leave gives +1, which also counts as "disabled": observed on retail Windows.
template <routine R>
[[gnu::noinline]] void leave_generally(std::int16_t apc_counters::*counter, const void *caller) {
    if (context &self = *current_context;
        !host::race_detection && passive_and_simulated(self) && self.apcs.*counter < 0) {
        count_call(self, R);
        ++(self.apcs.*counter);
        return;
    }
    context &self = enter<R>(nullptr, caller);
    apc_counters &counters = self.thread->own.apcs;
    if (counters.*counter >= 0) {
        stop_on(verify::judge_region_leave({self, R, nullptr, caller},
                                           counter == &apc_counters::special));
    }
    ++(counters.*counter);
    machine::deliver_kernel_apcs(self);
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

VOID NTAPI KeEnterCriticalRegion(VOID) {
    context &self = *current_context;
    if (passive_and_plain(self)) {
        --self.apcs.kernel;
        count_call(self, routine::KeEnterCriticalRegion);
        return;
    }
    enter_generally<routine::KeEnterCriticalRegion>(&apc_counters::kernel, EMU_CALLER);
}

VOID NTAPI KeLeaveCriticalRegion(VOID) {
    context &self = *current_context;
    if (passive_and_plain(self) && self.apcs.kernel < 0) {
        ++self.apcs.kernel;
        count_call(self, routine::KeLeaveCriticalRegion);
        return;
    }
    leave_generally<routine::KeLeaveCriticalRegion>(&apc_counters::kernel, EMU_CALLER);
}

VOID NTAPI KeEnterGuardedRegion(VOID) {
    enter_generally<routine::KeEnterGuardedRegion>(&apc_counters::special, EMU_CALLER);
}

VOID NTAPI KeLeaveGuardedRegion(VOID) {
    leave_generally<routine::KeLeaveGuardedRegion>(&apc_counters::special, EMU_CALLER);
}

BOOLEAN NTAPI KeAreApcsDisabled(VOID) {
    return enter<routine::KeAreApcsDisabled>(nullptr, EMU_CALLER).thread->own.apcs.disable();
}

BOOLEAN NTAPI KeAreAllApcsDisabled(VOID) {
    const context &self = enter<routine::KeAreAllApcsDisabled>(nullptr, EMU_CALLER);
    return self.thread->own.apcs.special != 0 || self.irql >= APC_LEVEL;
}

}  // extern "C"
