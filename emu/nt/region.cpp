// Critical and guarded regions: the two APC counters of the thread.
#include "emu/nt/enter.hpp"

namespace emu::nt {

namespace {

// An unpaired leave gives +1, which also counts as "disabled": observed on retail Windows.
void leave(const verify::call &at, std::int16_t &counter, bool guarded) {
    if (__builtin_expect(counter >= 0, 0)) {
        stop_on(verify::judge_region_leave(at, guarded));
    }
    ++counter;
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

VOID NTAPI KeEnterCriticalRegion(VOID) {
    --enter<routine::KeEnterCriticalRegion>(nullptr, EMU_CALLER).thread->kernel_apc_disable;
}

VOID NTAPI KeLeaveCriticalRegion(VOID) {
    context &self = enter<routine::KeLeaveCriticalRegion>(nullptr, EMU_CALLER);
    leave({self, routine::KeLeaveCriticalRegion, nullptr, EMU_CALLER}, self.thread->kernel_apc_disable,
          false);
}

VOID NTAPI KeEnterGuardedRegion(VOID) {
    --enter<routine::KeEnterGuardedRegion>(nullptr, EMU_CALLER).thread->special_apc_disable;
}

VOID NTAPI KeLeaveGuardedRegion(VOID) {
    context &self = enter<routine::KeLeaveGuardedRegion>(nullptr, EMU_CALLER);
    leave({self, routine::KeLeaveGuardedRegion, nullptr, EMU_CALLER}, self.thread->special_apc_disable,
          true);
}

BOOLEAN NTAPI KeAreApcsDisabled(VOID) {
    return enter<routine::KeAreApcsDisabled>(nullptr, EMU_CALLER).thread->apcs_disabled_by_counter();
}

BOOLEAN NTAPI KeAreAllApcsDisabled(VOID) {
    const context &self = enter<routine::KeAreAllApcsDisabled>(nullptr, EMU_CALLER);
    return self.thread->special_apc_disable != 0 || self.irql >= APC_LEVEL;
}

}  // extern "C"
