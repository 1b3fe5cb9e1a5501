#include "emu/nt/ports.hpp"

#include "emu/base/observer.hpp"
#include "emu/dispatcher/wait.hpp"
#include "emu/machine/machine.hpp"
#include "emu/machine/stop.hpp"
#include "emu/nt/enter.hpp"
#include "emu/nt/fault.hpp"
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
        return verify::judge_thread_end(at);
    }
};

thread_watch watch;

}  // namespace

void boot_machine(const machine_options &with) {
    machine::thread_ended_hook = dispatcher::signal_thread;
    machine::thread_observer = &watch;
    machine::print_report = verify::print_report;
    verify::set_free_fidelity(with.mode == fidelity::free);
    machine::boot(with);
    dispatcher::reset();
    if (with.on == backend::native) {
        watch_faults();  // for simulations once, before the first of them: it takes system calls
    }
}

}  // namespace emu::nt
