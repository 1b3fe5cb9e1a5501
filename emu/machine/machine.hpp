// The machine: booted once per test or execution, dead after a bug check.
//
// Owns the processors, the threads, the object handles and the pool.  Boot undoes only what the
// last execution touched.  Its own mutable tables are guarded by one host mutex, which is a leaf:
// no call out of the machine is made with it held.
#pragma once
#include <cstdint>
#include <string>

#include "emu/base/observer.hpp"
#include "emu/options.hpp"
#include "emu/machine/thread.hpp"

namespace emu::machine {

/// Boots a machine: a fresh one if none runs.  All threads of the one before must have ended or
/// stop within a grace time; if one does not, the process ends with a report.
void boot(const machine_options &options);

/// The options of the running machine; the defaults before the first boot.
const machine_options &options() noexcept;

/// Counts boots: an object that carries an older generation belongs to a machine that is gone.
std::uint32_t generation() noexcept;

/// System time at boot, in 100 ns since 1601: the host's natively, a fixed one in simulation.
std::int64_t boot_system_time() noexcept;

bool booted() noexcept;
bool dead() noexcept;

/// Makes the machine dead: every thread but the survivor stops at its next emulated call; the
/// survivor's calls are refused with a report.  False if another thread survived it before.
bool kill(const thread &survivor) noexcept;

/// Of a dead native machine: returns when no other thread that it started runs any more, or after
/// a grace time with a word on stderr about those that do.
void await_stop_of_others(const thread &survivor) noexcept;
bool survived_by(const thread &one) noexcept;

/// Sets a bit of attention in every context, and in those still to come.
void send_calls_off_plain_path(std::uint8_t bits);

/// Ends a native machine: waits for its threads, which must have ended or be able to stop.  Then
/// the drivers' images are restored, as when the next machine boots over a running one.
void shut_down();

/// The id of the one process, as PsGetCurrentProcessId would give it.
constexpr std::uint64_t system_process_id = 4;

/// The options a machine boots with when nobody called boot(): EMU_OPTIONS, read once.
const machine_options &default_options();

/// The context of the running host thread, which natively is adopted if the machine has not met
/// it.  A host thread that calls into a simulation ends the process.
context &adopt_current();

/// A new thread object with one reference; not started.
thread &create_thread(const char *name);

/// Its object header, without looking for it.
object_header &header_of_thread(thread &body) noexcept;

/// Starts it: start_routine(start_context) at PASSIVE_LEVEL.
void start_thread(thread &made);

/// Ends the running thread: signals it and drops its self-reference.  Does not return.
[[noreturn]] void exit_thread(thread &self, std::int32_t status);

/// All threads of this machine in order of creation.
std::size_t thread_count() noexcept;
thread *thread_at(std::size_t index) noexcept;

/// The thread of an identifier that has not ended, with a reference; null if there is none.
thread *thread_of_id(std::uint64_t id) noexcept;

/// What signals a thread object as it ends; set by dispatcher, which is above this room.
extern void (*thread_ended_hook)(thread &ended);

/// Told before a thread ends; set by verify.  See base/observer.hpp.
extern observer *thread_observer;

}  // namespace emu::machine
