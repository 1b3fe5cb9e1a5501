#include "emu/nt/ports.hpp"

#include "emu/base/observer.hpp"
#include "emu/dispatcher/timer.hpp"
#include "emu/dispatcher/wait.hpp"
#include "emu/locks/resource_table.hpp"
#include "emu/locks/fast_mutex.hpp"
#include "emu/machine/interruption.hpp"
#include "emu/machine/machine.hpp"
#include "emu/machine/stop.hpp"
#include "emu/nt/enter.hpp"
#include "emu/nt/fault.hpp"
#include "emu/verify/remove_lock_rules.hpp"
#include "emu/nt/system_locks.hpp"
#include "emu/nt/work_item.hpp"
#include "emu/nt/unexpected.hpp"
#include "emu/verify/report.hpp"

namespace emu::nt {

namespace {

class thread_watch final : public observer {
public:
    const finding *thread_ends(context &self) override {
        const verify::call at{self, routine::none, nullptr, nullptr};
        if (const finding *raced = race_found(at)) {
            return raced;
        }
        const finding *found = verify::judge_thread_end(at);
        // A host thread goes on: its mutexes and its queue are left alone.
        return found == nullptr && self.thread->system ? verify::judge_lost_objects(at) : found;
    }
    const finding *callback_ends(context &self, const callback_entry &began) override {
        return verify::judge_callback_end({self, routine::none, began.object, began.routine},
                                          began);
    }
};

thread_watch watch;

void call_driver(void (*routine)(void *), void *argument) {
    call_and_report_exceptions([&] { routine(argument); });
}

}  // namespace

void boot_machine(const machine_options &with) {
    machine::thread_ended_hook = dispatcher::thread_ended;
    machine::thread_observer = &watch;
    machine::call_driver = call_driver;
    machine::print_report = verify::print_report;
    verify::set_free_fidelity(with.mode == fidelity::free);
    machine::boot(with);
    dispatcher::reset();
    locks::resource::reset(machine::generation());
    verify::forget_remove_locks();
    locks::fast_mutex::reset();
    reset_system_locks();
    prepare_work_items();
    dispatcher::reset_timers();
    if (with.on == backend::native) {
        watch_faults();  // for simulations once, before the first of them: it takes system calls
    }
}

}  // namespace emu::nt
