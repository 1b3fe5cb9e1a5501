#include "emu/test/native_run.hpp"

#include "emu/machine/dpc.hpp"
#include "emu/machine/machine.hpp"
#include "emu/nt/enter.hpp"
#include "emu/nt/ports.hpp"
#include "emu/test/execution.hpp"

namespace emu::test {

void run_natively(const body &given, const machine_options &with) {
    begin_with_clean_images();
    nt::boot_machine(with);
    context &self = nt::self_context();
    given();
    if (!machine::dead()) {
        nt::stop_on(verify::judge_thread_end({self, routine::none, nullptr, nullptr}));
        machine::flush_dpcs(self);
    }
    machine::shut_down();
}

}  // namespace emu::test
