#include "emu/machine/machine.hpp"

#include <cstdio>
#include <cstdlib>

#include "emu/base/call_counts.hpp"
#include "emu/host/futex.hpp"
#include "emu/host/mutex.hpp"
#include "emu/machine/dpc.hpp"
#include "emu/machine/interrupt.hpp"
#include "emu/machine/driver_image.hpp"
#include "emu/machine/faults.hpp"
#include "emu/machine/interruption.hpp"
#include "emu/machine/pool.hpp"
#include "emu/machine/processor.hpp"
#include "emu/machine/stop.hpp"
#include "emu/machine/tables.hpp"
#include "emu/sched/sched.hpp"
#include "emu/sched/simulation.hpp"

namespace emu::machine {

thread &adopt_host_thread();
void reset_threads();
void host_thread_gone(sched::actor &ended);

namespace {

machine_options running_options;
std::uint32_t boots = 0;
bool is_booted = false;
std::atomic<bool> is_dead{false};
std::atomic<const thread *> the_survivor{nullptr};

std::int64_t system_time_at_boot = 0;

// 1 January 2026 00:00 UTC, so that a replay sees the times that the failing run saw.
constexpr std::int64_t simulated_system_time = 134'116'992'000'000'000;

constexpr std::uint64_t grace_ns = 5'000'000'000;
constexpr std::uint64_t grace_at_death_ns = 2'000'000'000;

[[noreturn]] void end_process() {
    std::fflush(nullptr);
    std::_Exit(violation_exit_code);
}

// A thread that met the machine's death while parked.
void stop_parked_thread(sched::actor &self) {
    thread &body = current_thread();
    if (body.system) {
        sched::finish(self);
    }
    // A host thread cannot be taken off its stack: it says so and ends the process, see adopt.
    std::fprintf(stderr, "wdm-emu: host thread %llu waits in a machine that a bug check ended\n",
                 static_cast<unsigned long long>(body.id));
    end_process();
}

void end_host_threads() {
    if (sched::host_threads_alive() != 0) {
        kill(met() ? current_thread() : adopt_host_thread());
    }
    if (const std::uint32_t left = sched::wait_for_host_threads(0, host::clock_ns() + grace_ns)) {
        std::fprintf(stderr,
                     "wdm-emu: %u emulated thread(s) of the last machine still run; they make no "
                     "emulated call and cannot be stopped\n",
                     left);
        end_process();
    }
}

// A copy: threads that end meanwhile leave the table.  They are type-stable.
std::vector<thread_object *> all_threads() {
    const std::lock_guard held(tables().guard);
    return tables().threads;
}

void tell_all_contexts(std::uint8_t bits) {
    for (thread_object *each : all_threads()) {
        __atomic_fetch_or(&each->body.own.attention, bits, __ATOMIC_RELAXED);
    }
    tell_interrupting_contexts(bits);
}

void interrupt_all_threads() {
    for (thread_object *each : all_threads()) {
        sched::interrupt(each->body.actor);
    }
    wake_processor_waiters();
}

}  // namespace

machine_tables &tables() noexcept {
    static machine_tables *const the_tables = new machine_tables;  // outlives every thread
    return *the_tables;
}

const machine_options &options() noexcept { return running_options; }
std::uint32_t generation() noexcept { return boots; }
std::int64_t boot_system_time() noexcept { return system_time_at_boot; }
bool booted() noexcept { return is_booted; }
bool dead() noexcept { return is_dead.load(std::memory_order_acquire); }

const machine_options &default_options() {
    static const machine_options from_environment = options_from_environment();
    return from_environment;
}

// acquire pairs with the exchange in kill: a pointer only, whose thread is type-stable
bool survived_by(const thread &one) noexcept {
    return the_survivor.load(std::memory_order_acquire) == &one;
}

void send_calls_off_plain_path(std::uint8_t bits) {
    attention_word.fetch_or(bits, std::memory_order_seq_cst);
    tell_all_contexts(bits);
}

bool kill(const thread &survivor) noexcept {
    const thread *before = nullptr;
    if (!the_survivor.compare_exchange_strong(before, &survivor, std::memory_order_acq_rel)) {
        return before == &survivor;
    }
    is_dead.store(true, std::memory_order_release);
    attention_word.fetch_or(attention_stopped, std::memory_order_seq_cst);
    tell_all_contexts(attention_stopped);
    interrupt_all_threads();
    return true;
}

void await_stop_of_others(const thread &survivor) noexcept {
    const std::uint32_t own = survivor.system ? 1 : 0;
    const std::uint32_t left =
        sched::wait_for_host_threads(own, host::clock_ns() + grace_at_death_ns);
    if (left > own) {
        std::fprintf(stderr,
                     "wdm-emu: %u emulated thread(s) still run in a machine that a bug check "
                     "ended; they make no emulated call\n",
                     left - own);
    }
}

namespace {

void end_machine() {
    if (is_booted && running_options.on == backend::native) {
        end_host_threads();
    }
    is_booted = false;
    attention_word.store(0, std::memory_order_release);
    current_context = &unmet;
}

}  // namespace

void shut_down() {
    const bool ran = is_booted;
    end_machine();
    host::single_threaded = false;
    if (ran) {
        restore_driver_images();
    }
}

void boot(const machine_options &wanted) {
    const bool ran = is_booted;
    end_machine();
    host::single_threaded = wanted.on == backend::simulated;
    running_options = wanted;
    is_dead.store(false, std::memory_order_relaxed);
    clear_last_finding();
    reset_threads();
    reset_pool();
    reset_faults(wanted);
    reset_processors(wanted.processors);
    reset_dpcs();
    if (ran) {
        restore_driver_images();  // what the threads' belongings did as they went included
    }
    note_driver_images();
    the_survivor.store(nullptr, std::memory_order_relaxed);
    ++boots;
    sched::stopped_handler = stop_parked_thread;
    sched::gone_handler = host_thread_gone;
    sched::spinning_handler = interrupt_spinning_thread;
    std::uint32_t word = wanted.trace ? attention_tracing : 0U;
    if (wanted.faults != 0 && wanted.failing.has(fault::try_acquire)) {
        word |= attention_faults;
    }
    if (wanted.on == backend::simulated) {
        word |= attention_simulating | (wanted.atomics ? attention_atomics : 0U);
        system_time_at_boot = simulated_system_time;
    } else {
        sched::native_boot();
        system_time_at_boot = host::system_time_100ns();
    }
    attention_word.store(word, std::memory_order_release);
    is_booted = true;
}

context &adopt_current() {
    if (running_options.on == backend::simulated) {
        std::fprintf(
            stderr,
            "wdm-emu: a host thread called an NT routine of a simulated machine.\n"
            "Only threads made by emu::system_thread or PsCreateSystemThread run in one.\n");
        end_process();
    }
    context &own = adopt_host_thread().own;
    own.call_counts = host_thread_call_counts();
    current_context = &own;
    return own;
}

}  // namespace emu::machine
