#include "emu/test/execution.hpp"

#include "emu/host/race.hpp"
#include "emu/machine/driver_image.hpp"
#include "emu/machine/machine.hpp"
#include "emu/machine/pool.hpp"
#include "emu/machine/stop.hpp"
#include "emu/nt/enter.hpp"
#include "emu/nt/fault.hpp"
#include "emu/nt/ports.hpp"
#include "emu/nt/stall.hpp"
#include "emu/sched/simulation.hpp"
#include "emu/trace/events.hpp"
#include "emu/verify/bug_checks.hpp"

namespace emu::test {

namespace {

// Of the execution in progress; simulation has one host thread.
const body *running_body = nullptr;
std::exception_ptr *thrown_to = nullptr;
finding failed_check;

void run_body(void *) {
    try {
        (*running_body)();
    } catch (...) {
        *thrown_to = std::current_exception();
    }
    if (*thrown_to != nullptr) {
        sched::end_if_simulated();  // outside the handler, so that no exception is left in flight
    }
}

verify::call main_call() {
    machine::thread &main = *machine::thread_at(0);
    return {main.own, routine::none, nullptr, nullptr};
}

const finding *judge_memory() {
    machine::pool_block *spoilt = machine::written_after_free();
    if (spoilt == nullptr) {
        return nullptr;
    }
    verify::call at = main_call();
    at.object = spoilt->data();
    return verify::broken(at, rule::pool_write_after_free, {},
                          "a block of %zu bytes, tag '%s', was written to after it was freed",
                          spoilt->size, verify::tag_text(spoilt->tag).data());
}

const finding *judge_end(sched::outcome how) {
    switch (how) {
        case sched::outcome::stuck: return verify::judge_stuck();
        case sched::outcome::step_limit:
            return verify::broken(
                main_call(), rule::step_limit, {},
                "the execution passed %llu scheduling points; raise the limit with "
                "EMU_OPTIONS=steps=N if that is not too many",
                static_cast<unsigned long long>(sched::steps_passed()));
        case sched::outcome::completed: return judge_memory();
        case sched::outcome::cut:
        case sched::outcome::ended: break;
    }
    return nullptr;
}

}  // namespace

execution execute(const body &given, strategy &chooser, machine_options with, bool traced) {
    execution done;
    running_body = &given;
    thrown_to = &done.thrown;
    failed_check.which = rule::none;
    with.on = backend::simulated;
    with.trace = traced;
    const sched::simulation_setup setup{&chooser, with.step_limit, with.processors,
                                        with.early_alarms};
    if (traced) {
        trace::clear();
    }
    begin_with_clean_images();
    nt::boot_machine(with);
    sched::begin_simulation(setup);
    machine::thread &main = machine::create_thread("test body");
    main.system = false;  // PsTerminateSystemThread is not for it
    main.start_routine = run_body;
    machine::start_thread(main);
    const sched::outcome how = sched::run();
    done.points = sched::steps_passed();
    done.choices = sched::choices_made();
    done.cut = how == sched::outcome::cut;
    const finding *raced = host::race_detection ? nt::race_found(main_call()) : nullptr;
    if (raced != nullptr) {
        done.found = *raced;  // it came before whatever else went wrong
    } else if (failed_check.which != rule::none) {
        done.found = failed_check;
    } else if (how == sched::outcome::ended && machine::last_finding().which != rule::none) {
        done.found = machine::last_finding();
    } else if (const finding *at_end = judge_end(how)) {
        done.found = *at_end;
    }
    return done;
}

void begin_executions(const machine_options &with) {
    nt::watch_faults();
    nt::watch_stalls(with.watchdog);
}

void end_executions() {
    nt::end_watching_stalls();
    machine::shut_down();
    host::end_race_search();
}

void begin_with_clean_images() {
    if (!machine::booted()) {  // else booting does it
        machine::note_driver_images();
        machine::restore_driver_images();
    }
}

bool keep_failed_check(const char *expression, const char *file, int line) {
    if (!sched::inside_simulation()) {
        return false;
    }
    if (failed_check.which == rule::none) {
        const verify::call at{*current_context, routine::none, nullptr, EMU_CALLER};
        failed_check =
            *verify::broken(at, rule::check_failed, {}, "%s  (%s:%d)", expression, file, line);
    }
    return true;
}

}  // namespace emu::test
