// Semaphores: KeInitializeSemaphore, KeReleaseSemaphore, KeReadStateSemaphore.
#include "emu/dispatcher/semaphore.hpp"

#include "emu/nt/dispatcher_object.hpp"
#include "emu/nt/raise.hpp"

namespace emu::nt {

namespace {

void require_semaphore(const verify::call &at) {
    require_kind(at, dispatcher::semaphore_object, dispatcher::semaphore_object,
                 "a semaphore's is");
}

void require_positive(const verify::call &at, const char *name, LONG value, LONG least) {
    if (value < least) {
        stop_on(verify::broken(at, rule::invalid_parameter, {}, "%s is %d", name, value));
    }
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

VOID NTAPI KeInitializeSemaphore(PRKSEMAPHORE Semaphore, LONG Count, LONG Limit) {
    const verify::call at{enter<routine::KeInitializeSemaphore>(Semaphore, EMU_CALLER),
                          routine::KeInitializeSemaphore, Semaphore, EMU_CALLER};
    require_address<8>(at);
    require_positive(at, "Count", Count, 0);
    require_positive(at, "Limit", Limit, 1);
    require_positive(at, "Limit - Count", Limit - Count, 0);
    dispatcher::initialize_semaphore(*Semaphore, Count, Limit);
}

LONG NTAPI KeReleaseSemaphore(PRKSEMAPHORE Semaphore, KPRIORITY, LONG Adjustment, BOOLEAN Wait) {
    context &self = enter<routine::KeReleaseSemaphore, interferes::yes>(Semaphore, EMU_CALLER);
    const verify::call at{self, routine::KeReleaseSemaphore, Semaphore, EMU_CALLER};
    require_semaphore(at);
    if (Wait && self.irql > PASSIVE_LEVEL) {
        stop_on(verify::judge_signal_and_wait(at, PASSIVE_LEVEL));
    }
    if (Adjustment == 0) {
        stop_on(verify::broken(at, rule::invalid_parameter, {}, "Adjustment is zero"));
    }
    LONG before = 0;
    if (!dispatcher::release_semaphore(*Semaphore, Adjustment, before)) {
        raise_status(STATUS_SEMAPHORE_LIMIT_EXCEEDED, EMU_CALLER);
    }
    if (Wait) {
        stay_raised_for_wait(self);
    }
    return before;
}

LONG NTAPI KeReadStateSemaphore(PRKSEMAPHORE Semaphore) {
    context &self = enter<routine::KeReadStateSemaphore, interferes::yes>(Semaphore, EMU_CALLER);
    require_semaphore({self, routine::KeReadStateSemaphore, Semaphore, EMU_CALLER});
    return dispatcher::read_semaphore(*Semaphore);
}

}  // extern "C"
