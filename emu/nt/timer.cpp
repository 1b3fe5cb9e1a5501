// Timers: KeSetTimer, ExSetTimer and their kin.
#include "emu/dispatcher/timer.hpp"

#include "emu/dispatcher/wait.hpp"
#include "emu/machine/dpc.hpp"
#include "emu/machine/machine.hpp"
#include "emu/nt/dispatcher_object.hpp"
#include "emu/nt/enter.hpp"
#include "emu/nt/system_objects.hpp"
#include "emu/sched/atomic.hpp"

// The system's timer: a KTIMER first, so that it can be waited for.
struct _EX_TIMER : emu::dispatcher::system_timer {
    KDPC dpc;
    PEXT_CALLBACK callback = nullptr;
    PVOID context = nullptr;
    EXT_DELETE_PARAMETERS when_deleted{};
    emu::sched::atomic<std::uint32_t> deleted{0};
    emu::sched::atomic<std::uint32_t> at_work{0};  // its callback runs
};

namespace emu::nt {

namespace {

using verify::call;

constexpr LONGLONG ticks_per_ms = 10'000;

KTIMER &timer_of(const call &at) { return *static_cast<KTIMER *>(const_cast<void *>(at.object)); }

void initialize(const call &at, int type) {
    require_address<8>(at);
    if (type != NotificationTimer && type != SynchronizationTimer) {
        stop_on(
            verify::broken(at, rule::invalid_parameter, {}, "there is no timer type %d", type));
    }
    if (dispatcher::is_set(timer_of(at))) {
        stop_on(verify::judge_initialise(at, "KTIMER"));
        dispatcher::cancel_timer(timer_of(at));
    }
    dispatcher::initialize_timer(timer_of(at),
                                 static_cast<std::uint8_t>(dispatcher::notification_timer + type));
}

BOOLEAN set(const call &at, LARGE_INTEGER due, LONGLONG period_ms, PKDPC dpc) {
    require_timer(at);
    if (dpc != nullptr) {
        require_dpc({at.self, at.by, dpc, at.caller});
    }
    if (period_ms < 0) {
        stop_on(verify::broken(at, rule::invalid_parameter, {}, "the period is %lld ms",
                               static_cast<long long>(period_ms)));
    }
    return dispatcher::set_timer(at.self, timer_of(at), due,
                                 static_cast<std::uint64_t>(period_ms) * ticks_per_ms, dpc);
}

system_objects<_EX_TIMER> system_timers;

void end_system_timer(_EX_TIMER &timer) {
    if (timer.when_deleted.DeleteCallback != nullptr) {
        timer.when_deleted.DeleteCallback(timer.when_deleted.DeleteContext);
    }
}

VOID NTAPI run_callback(PKDPC, PVOID given, PVOID, PVOID) {
    auto &timer = *static_cast<_EX_TIMER *>(given);
    timer.at_work.store(1, std::memory_order_relaxed);
    if (timer.callback != nullptr) {
        timer.callback(&timer, timer.context);
    }
    // release pairs with the acquire in ExDeleteTimer: the callback has ended
    timer.at_work.store(0, std::memory_order_release);
    if (timer.deleted.load(std::memory_order_acquire) != 0 && !dispatcher::is_set(timer)) {
        end_system_timer(timer);
    }
}

bool is_system_timer(const void *one) {
    const _EX_TIMER *timer = system_timers.find(one);
    return timer != nullptr && timer->deleted.load(std::memory_order_acquire) == 0;
}

// Ends the context unless it is a timer of the system's that was not deleted.
void require_system_timer(const call &at) {
    require_address<8>(at);
    if (is_system_timer(at.object)) {
        return;
    }
    stop_on(verify::broken(at, rule::freed_object, {},
                           "ExAllocateTimer did not make this timer, or it was deleted"));
}

bool callback_is_pending(const _EX_TIMER &timer) {
    return timer.at_work.load(std::memory_order_acquire) != 0 || machine::is_queued(timer.dpc);
}

// Until its callback has ended.
void wait_for_callback(context &self, _EX_TIMER &timer) {
    for (unsigned turn = 0; callback_is_pending(timer); ++turn) {
        if (machine::is_queued(timer.dpc)) {
            machine::flush_dpcs(self);
        } else {
            sched::poll(self.thread->actor, timer.at_work, 1U, turn);
        }
    }
}

void judge_delete(const call &at, bool cancel, bool wait) {
    if (wait && !cancel) {
        stop_on(verify::broken(at, rule::invalid_parameter, {},
                               "Wait is TRUE and Cancel is FALSE; Windows bug-checks then"));
    }
    if (wait && at.self.irql > APC_LEVEL) {
        stop_on(verify::broken(at, rule::wait_at_dispatch_level, {},
                               "ExDeleteTimer with Wait at IRQL %u", at.self.irql));
    }
}

}  // namespace

void require_timer(const call &at) {
    require_waitable(at);
    const UCHAR type = timer_of(at).Header.Type;
    if (type != dispatcher::notification_timer && type != dispatcher::synchronization_timer) {
        stop_on(verify::broken(at, rule::wrong_object_type, {},
                               "the object's type byte is %u; a timer's is 8 or 9", type));
    }
}

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

VOID NTAPI KeInitializeTimer(PKTIMER Timer) {
    context &self = enter<routine::KeInitializeTimer>(Timer, EMU_CALLER);
    initialize({self, routine::KeInitializeTimer, Timer, EMU_CALLER}, NotificationTimer);
}

VOID NTAPI KeInitializeTimerEx(PKTIMER Timer, TIMER_TYPE Type) {
    context &self = enter<routine::KeInitializeTimerEx>(Timer, EMU_CALLER);
    initialize({self, routine::KeInitializeTimerEx, Timer, EMU_CALLER}, Type);
}

BOOLEAN NTAPI KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, PKDPC Dpc) {
    context &self = enter<routine::KeSetTimer, interferes::yes>(Timer, EMU_CALLER);
    return set({self, routine::KeSetTimer, Timer, EMU_CALLER}, DueTime, 0, Dpc);
}

BOOLEAN NTAPI KeSetTimerEx(PKTIMER Timer, LARGE_INTEGER DueTime, LONG Period, PKDPC Dpc) {
    context &self = enter<routine::KeSetTimerEx, interferes::yes>(Timer, EMU_CALLER);
    return set({self, routine::KeSetTimerEx, Timer, EMU_CALLER}, DueTime, Period, Dpc);
}

BOOLEAN NTAPI KeSetCoalescableTimer(PKTIMER Timer, LARGE_INTEGER DueTime, ULONG Period, ULONG,
                                    PKDPC Dpc) {
    context &self = enter<routine::KeSetCoalescableTimer, interferes::yes>(Timer, EMU_CALLER);
    return set({self, routine::KeSetCoalescableTimer, Timer, EMU_CALLER}, DueTime, Period, Dpc);
}

BOOLEAN NTAPI KeCancelTimer(PKTIMER Timer) {
    context &self = enter<routine::KeCancelTimer, interferes::yes>(Timer, EMU_CALLER);
    require_timer({self, routine::KeCancelTimer, Timer, EMU_CALLER});
    return dispatcher::cancel_timer(*Timer);
}

BOOLEAN NTAPI KeReadStateTimer(PKTIMER Timer) {
    context &self = enter<routine::KeReadStateTimer, interferes::yes>(Timer, EMU_CALLER);
    require_timer({self, routine::KeReadStateTimer, Timer, EMU_CALLER});
    return dispatcher::read_timer(*Timer);
}

PEX_TIMER NTAPI ExAllocateTimer(PEXT_CALLBACK Callback, PVOID CallbackContext, ULONG Attributes) {
    context &self = enter<routine::ExAllocateTimer>(nullptr, EMU_CALLER);
    constexpr ULONG known = EX_TIMER_HIGH_RESOLUTION | EX_TIMER_NO_WAKE | EX_TIMER_NOTIFICATION;
    if ((Attributes & ~known) != 0) {
        stop_on(verify::broken({self, routine::ExAllocateTimer, nullptr, EMU_CALLER},
                               rule::invalid_flags, {}, "attributes 0x%x", Attributes));
    }
    _EX_TIMER &made = system_timers.make();
    dispatcher::initialize_timer(made, (Attributes & EX_TIMER_NOTIFICATION) != 0
                                           ? dispatcher::notification_timer
                                           : dispatcher::synchronization_timer);
    made.Header.KeepShifting = 1;
    machine::initialize_dpc(made.dpc, machine::dpc_object, run_callback, &made);
    made.callback = Callback;
    made.context = CallbackContext;
    return &made;
}

BOOLEAN NTAPI ExSetTimer(PEX_TIMER Timer, LONGLONG DueTime, LONGLONG Period, PEXT_SET_PARAMETERS) {
    context &self = enter<routine::ExSetTimer, interferes::yes>(Timer, EMU_CALLER);
    require_system_timer({self, routine::ExSetTimer, Timer, EMU_CALLER});
    const bool was_set = dispatcher::cancel_timer(*Timer);
    Timer->period_100ns = static_cast<std::uint64_t>(Period);
    LARGE_INTEGER due;
    due.QuadPart = DueTime;
    dispatcher::set_timer(self, *Timer, due, Timer->period_100ns,
                          Timer->callback != nullptr ? &Timer->dpc : nullptr);
    return was_set;
}

BOOLEAN NTAPI ExCancelTimer(PEX_TIMER Timer, PEXT_CANCEL_PARAMETERS) {
    context &self = enter<routine::ExCancelTimer, interferes::yes>(Timer, EMU_CALLER);
    require_system_timer({self, routine::ExCancelTimer, Timer, EMU_CALLER});
    return dispatcher::cancel_timer(*Timer);
}

BOOLEAN NTAPI ExDeleteTimer(PEX_TIMER Timer, BOOLEAN Cancel, BOOLEAN Wait,
                            PEXT_DELETE_PARAMETERS Parameters) {
    context &self = enter<routine::ExDeleteTimer, interferes::yes>(Timer, EMU_CALLER);
    const call at{self, routine::ExDeleteTimer, Timer, EMU_CALLER};
    require_system_timer(at);
    judge_delete(at, Cancel, Wait);
    if (Parameters != nullptr) {
        Timer->when_deleted = *Parameters;
    }
    const bool was_set = Cancel && dispatcher::cancel_timer(*Timer);
    if (Wait) {
        wait_for_callback(self, *Timer);
    }
    const bool last = !callback_is_pending(*Timer) && !dispatcher::is_set(*Timer);
    Timer->deleted.store(1, std::memory_order_release);
    if (last) {
        end_system_timer(*Timer);
    }
    return was_set;
}

}  // extern "C"
