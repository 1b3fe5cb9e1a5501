// The timer's signal goes to the watched thread itself, so that its stack is at hand.  SA_RESTART
// makes system calls that it interrupts go on.
#include "emu/host/watchdog.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "emu/base/invariant.hpp"
#include "emu/host/backtrace.hpp"

namespace emu::host {

namespace {

constexpr std::uint64_t idle_ns_per_tick = 20'000'000;
constexpr std::uintptr_t red_zone = 128;

watch watching;
timer_t timer;
bool ticking = false;
stall found;

std::uint64_t last_progress = 0;
std::uint64_t last_cpu_ns = 0;
long last_sleeps = 0;
unsigned sleeping_ticks = 0;
unsigned computing_ticks = 0;

std::uint64_t thread_cpu_ns() {
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return static_cast<std::uint64_t>(used.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(used.tv_nsec);
}

long times_slept() {
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nvcsw;
}

[[noreturn]] void handle_outside_signal() {
    watching.handle(found);
    _exit(1);
}

// Counts this second for one kind of stall or the other; true if that is one too many.
bool stalled() {
    const std::uint64_t progress = watching.progress();
    const std::uint64_t cpu_ns = thread_cpu_ns();
    const long sleeps = times_slept();
    // A thread that waits for its turn on a busy machine neither computes nor goes to sleep.
    const bool slept = cpu_ns - last_cpu_ns < idle_ns_per_tick && sleeps != last_sleeps;
    const bool computed = cpu_ns - last_cpu_ns >= idle_ns_per_tick;
    if (progress != last_progress) {
        sleeping_ticks = computing_ticks = 0;
    } else {
        sleeping_ticks = slept ? sleeping_ticks + 1 : computed ? 0 : sleeping_ticks;
        computing_ticks += computed ? 1 : 0;
    }
    last_progress = progress;
    last_cpu_ns = cpu_ns;
    last_sleeps = sleeps;
    return sleeping_ticks >= watching.sleeping_seconds ||
           computing_ticks >= watching.computing_seconds;
}

void on_tick(int, siginfo_t *, void *opaque) {
    if (!stalled()) {
        return;
    }
    found.computing = sleeping_ticks < watching.sleeping_seconds;
    found.seconds = found.computing ? computing_ticks : sleeping_ticks;
    // Two frames are the handler's: this one and the trampoline's.
    found.frame_count = static_cast<std::uint32_t>(capture_frames(found.frames, 2));
    sleeping_ticks = computing_ticks = 0;  // goes on watching: the schedule may run again
    auto &registers = static_cast<ucontext_t *>(opaque)->uc_mcontext.gregs;
    const auto from = static_cast<std::uintptr_t>(registers[REG_RSP]) - red_zone;
    const std::uintptr_t called_with = (from & ~std::uintptr_t{15}) - 8;
    // No return address: whoever walks the stack must end here.
    *reinterpret_cast<std::uintptr_t *>(called_with) = 0;
    registers[REG_RSP] = static_cast<greg_t>(called_with);
    registers[REG_RIP] = reinterpret_cast<greg_t>(&handle_outside_signal);
}

}  // namespace

void start_watchdog(const watch &what) {
    stop_watchdog();
    watching = what;
    last_progress = what.progress();
    last_cpu_ns = thread_cpu_ns();
    last_sleeps = times_slept();
    sleeping_ticks = computing_ticks = 0;
    const int signal_number = SIGRTMIN + 7;
    struct sigaction action{};
    action.sa_sigaction = on_tick;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigaction(signal_number, &action, nullptr);
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = signal_number;
    event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
    EMU_INVARIANT(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    itimerspec every{};
    every.it_interval.tv_sec = every.it_value.tv_sec = 1;
    timer_settime(timer, 0, &every, nullptr);
    ticking = true;
}

void stop_watchdog() noexcept {
    if (ticking) {
        ticking = false;
        timer_delete(timer);
    }
}

}  // namespace emu::host
