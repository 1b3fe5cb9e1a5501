#include "emu/dispatcher/timer.hpp"

#include <array>
#include <mutex>
#include <new>

#include "emu/dispatcher/core.hpp"
#include "emu/dispatcher/view.hpp"
#include "emu/dispatcher/wait.hpp"
#include "emu/machine/clock.hpp"
#include "emu/machine/dpc.hpp"
#include "emu/machine/machine.hpp"
#include "emu/machine/processor.hpp"
#include "emu/sched/sched.hpp"
#include "emu/host/mutex.hpp"
#include "emu/host/happens_before.hpp"

namespace emu::dispatcher {

namespace {

constexpr std::uint64_t ns_per_tick = 100;
constexpr std::uint64_t ticks_per_ms = 10'000;

host::mutex timer_guard;
LIST_ENTRY set_timers;  // in order of DueTime; those of one time in order of setting
bool any_since_boot = false;
std::array<std::uint32_t, machine::max_processors> due_told{};  // to the services

KTIMER &timer_of(LIST_ENTRY *entry) noexcept {
    return *CONTAINING_RECORD(entry, KTIMER, TimerListEntry);
}

std::uint64_t now_ticks() { return sched::now_ns() / ns_per_tick; }

// The guard is held, from here on.

void prepare_list() noexcept {
    if (!any_since_boot) {
        InitializeListHead(&set_timers);
        any_since_boot = true;
    }
}

bool listed(const KTIMER &timer) noexcept {
    for (LIST_ENTRY *each = set_timers.Flink; any_since_boot && each != &set_timers;
         each = each->Flink) {
        if (&timer_of(each) == &timer) {
            return true;
        }
    }
    return false;
}

// A byte of the header, which is the dispatcher lock's.
void note_inserted(KTIMER &timer, bool inserted) noexcept {
    const guard lock(the_dispatcher_lock);
    timer.Header.Inserted = inserted ? 1 : 0;
}

void link(KTIMER &timer) noexcept {
    LIST_ENTRY *after = set_timers.Blink;
    while (after != &set_timers && timer_of(after).DueTime.QuadPart > timer.DueTime.QuadPart) {
        after = after->Blink;
    }
    InsertHeadList(after, &timer.TimerListEntry);
    note_inserted(timer, true);
}

void unlink(KTIMER &timer) noexcept {
    RemoveEntryList(&timer.TimerListEntry);
    note_inserted(timer, false);
}

std::uint64_t deadline_of_tick(std::uint64_t tick) noexcept {
    return tick > (host::no_deadline - 1) / ns_per_tick ? host::no_deadline - 1
                                                        : tick * ns_per_tick;
}

// Tells the services what is due, and returns the deadline of what is not.
std::uint64_t count_due(std::uint64_t now) {
    std::array<std::uint32_t, machine::max_processors> due{};
    LIST_ENTRY *each = set_timers.Flink;
    for (; each != &set_timers && timer_of(each).DueTime.QuadPart <= now; each = each->Flink) {
        ++due[timer_of(each).Processor];
    }
    for (unsigned i = 0; i < machine::processor_count(); ++i) {
        if (due[i] != due_told[i]) {
            due_told[i] = due[i];
            machine::set_due_timers(i, due[i]);
        }
    }
    return each == &set_timers ? host::no_deadline
                               : deadline_of_tick(timer_of(each).DueTime.QuadPart);
}

std::uint64_t due_tick(LARGE_INTEGER due) {
    if (due.QuadPart <= 0) {
        const std::uint64_t distance = 0 - static_cast<std::uint64_t>(due.QuadPart);
        return now_ticks() + distance;
    }
    const LONGLONG from_boot = due.QuadPart - machine::boot_system_time();
    return from_boot <= 0 ? 0 : static_cast<std::uint64_t>(from_boot);
}

// The arguments of a timer's DPC: the system time of its expiry, in halves.
struct expiry_time {
    void *low;
    void *high;
};

expiry_time time_arguments() {
    const auto now = static_cast<std::uint64_t>(machine::boot_system_time()) + now_ticks();
    return {reinterpret_cast<void *>(now & 0xFFFFFFFF), reinterpret_cast<void *>(now >> 32)};
}

void set_again(KTIMER &timer) {
    const std::uint64_t period = timer.Header.KeepShifting
                                     ? static_cast<const system_timer &>(timer).period_100ns
                                     : timer.Period * ticks_per_ms;
    if (period == 0) {
        return;
    }
    const std::uint64_t now = now_ticks();
    do {
        timer.DueTime.QuadPart += period;  // what a late clock missed is not made up for
    } while (timer.DueTime.QuadPart <= now);
    link(timer);
}

// What an expiry does but for the DPC, which the caller queues: null if there is none.
KDPC *expire(KTIMER &timer) {
    set_again(timer);
    KDPC *const dpc = timer.Dpc;
    signal(timer.Header);  // waiters may free a timer that is not set again
    return dpc;
}

// The first timer that is due on the processor, or null.
KTIMER *first_due(unsigned processor, std::uint64_t now) {
    for (LIST_ENTRY *each = set_timers.Flink; each != &set_timers; each = each->Flink) {
        KTIMER &timer = timer_of(each);
        if (timer.DueTime.QuadPart > now) {
            return nullptr;
        }
        if (timer.Processor == processor) {
            return &timer;
        }
    }
    return nullptr;
}

// For the clock and for the services, see machine/clock.hpp.

std::uint64_t look(std::uint64_t now_ns) {
    const std::lock_guard held(timer_guard);
    return count_due(now_ns / ns_per_tick);
}

void expire_due(unsigned processor) {
    const std::lock_guard held(timer_guard);
    const std::uint64_t now = now_ticks();
    while (KTIMER *timer = first_due(processor, now)) {
        unlink(*timer);
        host::taken_over(timer);
        if (KDPC *dpc = expire(*timer)) {
            const expiry_time at = time_arguments();
            machine::insert_timer_dpc(*dpc, at.low, at.high, processor);
        }
    }
    machine::set_clock(count_due(now));
}

constexpr machine::timer_source source{look, expire_due};

}  // namespace

void initialize_timer(KTIMER &made, std::uint8_t type) noexcept {
    made.Header.Lock = 0;
    made.Header.Type = type;
    made.Header.Size = sizeof(KTIMER) / sizeof(LONG);
    made.Header.SignalState = 0;
    InitializeListHead(&made.Header.WaitListHead);
    made.DueTime.QuadPart = 0;
    made.TimerListEntry = {};
    made.Dpc = nullptr;
    made.Processor = 0;
    made.Period = 0;
}

bool set_timer(context &self, KTIMER &timer, LARGE_INTEGER due, std::uint64_t period_100ns,
               KDPC *dpc) {
    bool was_set = false;
    KDPC *at_once = nullptr;
    {
        const std::lock_guard held(timer_guard);
        prepare_list();
        if (machine::timers.look == nullptr) {
            machine::timers = source;  // before the clock is started, which reads it unguarded
        }
        host::handed_over(&timer);
        sched::note_touch(nullptr);  // the clock is everybody's
        was_set = listed(timer);
        if (was_set) {
            unlink(timer);
        }
        {
            const guard lock(the_dispatcher_lock);
            timer.Header.SignalState = 0;
            timer.Header.Absolute = due.QuadPart > 0;
        }
        timer.Dpc = dpc;
        timer.Processor = machine::current_processor(self);
        timer.Period = static_cast<ULONG>(period_100ns / ticks_per_ms);
        timer.DueTime.QuadPart = due_tick(due);
        const std::uint64_t now = now_ticks();
        if (timer.DueTime.QuadPart <= now) {
            at_once = expire(timer);
        } else {
            link(timer);
        }
        machine::set_clock(count_due(now));
    }
    if (at_once != nullptr) {
        const expiry_time at = time_arguments();
        machine::insert_dpc(self, *at_once, at.low, at.high, true);
    }
    return was_set;
}

bool cancel_timer(KTIMER &timer) noexcept {
    const std::lock_guard held(timer_guard);
    if (!listed(timer)) {
        return false;
    }
    unlink(timer);
    sched::note_touch(nullptr);
    machine::set_clock(count_due(now_ticks()));
    return true;
}

bool is_set(const KTIMER &timer) noexcept {
    const std::lock_guard held(timer_guard);
    return listed(timer);
}

bool read_timer(const KTIMER &timer) noexcept { return state_of(timer.Header).signaled; }

const void *set_timer_inside(const void *low, std::size_t size) noexcept {
    const std::lock_guard held(timer_guard);
    for (LIST_ENTRY *each = set_timers.Flink; any_since_boot && each != &set_timers;
         each = each->Flink) {
        if (reinterpret_cast<std::uintptr_t>(&timer_of(each)) -
                reinterpret_cast<std::uintptr_t>(low) <
            size) {
            return &timer_of(each);
        }
    }
    return nullptr;
}

// A thread that the machine's death ended may have held the guard.
void reset_timers() noexcept {
    if (any_since_boot) {
        new (&timer_guard) host::mutex;
        any_since_boot = false;
        due_told = {};
        machine::reset_clock();
    }
}

}  // namespace emu::dispatcher
