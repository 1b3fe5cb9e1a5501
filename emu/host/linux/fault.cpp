#include "emu/host/fault.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "emu/host/backtrace.hpp"
#include "emu/host/sanitizer.hpp"

namespace emu::host {

namespace {

constexpr std::size_t signal_stack_size = 64 * 1024;
constexpr std::size_t rescue_stack_size = 256 * 1024;
constexpr std::size_t red_zone = 128;

bool (*fault_wanted)() = nullptr;
void (*fault_handler)(const fault &happened) = nullptr;
struct sigaction before_segv;
struct sigaction before_bus;

thread_local fault happened;

[[noreturn]] void handle_outside_signal() {
    fault_handler(happened);
    _exit(1);
}

std::uintptr_t rescue_stack_top() {
    static std::byte *const rescue = static_cast<std::byte *>(mmap(
        nullptr, rescue_stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    return reinterpret_cast<std::uintptr_t>(rescue + rescue_stack_size);
}

// True if a function called at this stack pointer would fault at once: the pages it needs are the
// guard's.  A write through a pipe tells without a fault whether they can be read.
bool stack_is_used_up(std::uintptr_t stack_pointer) {
    constexpr std::uintptr_t needed = 8192;
    int ends[2];
    if (pipe(ends) != 0) {
        return false;
    }
    const bool readable =
        write(ends[1], reinterpret_cast<void *>(stack_pointer - needed), 1) == 1 &&
        write(ends[1], reinterpret_cast<void *>(stack_pointer - red_zone), 1) == 1;
    close(ends[0]);
    close(ends[1]);
    return !readable;
}

void pass_on(int signal_number) {
    sigaction(signal_number, signal_number == SIGBUS ? &before_bus : &before_segv, nullptr);
}

void on_signal(int signal_number, siginfo_t *info, void *opaque) {
    if (!fault_wanted()) {
        return pass_on(signal_number);  // the instruction faults again, now under the old handler
    }
    auto &registers = static_cast<ucontext_t *>(opaque)->uc_mcontext.gregs;
    const auto stack_pointer = static_cast<std::uintptr_t>(registers[REG_RSP]);
    happened.address = info->si_addr;
    happened.instruction = reinterpret_cast<const void *>(registers[REG_RIP]);
    happened.stack_pointer = reinterpret_cast<const void *>(stack_pointer);
    happened.frame_pointer = reinterpret_cast<const void *>(registers[REG_RBP]);
    happened.write = (registers[REG_ERR] & 2) != 0;
    happened.stack_overflow = stack_is_used_up(stack_pointer);
    // Two frames are the handler's: this one and the trampoline's.
    happened.frame_count = happened.stack_overflow
                               ? 0
                               : static_cast<std::uint32_t>(capture_frames(happened.frames, 2));
    // Frames are return addresses, which lie behind their call: make the faulting instruction look
    // so.
    happened.frames[0] = static_cast<const std::byte *>(happened.instruction) + 1;
    // As if the faulting instruction had called: aligned as after a call, beyond the red zone.
    const std::uintptr_t from =
        happened.stack_overflow ? rescue_stack_top() : stack_pointer - red_zone;
    const std::uintptr_t called_with = (from & ~std::uintptr_t{15}) - 8;
    // No return address: whoever walks the stack must end here.
    *reinterpret_cast<std::uintptr_t *>(called_with) = 0;
    registers[REG_RSP] = static_cast<greg_t>(called_with);
    registers[REG_RIP] = reinterpret_cast<greg_t>(&handle_outside_signal);
}

}  // namespace

void watch_faults(bool (*wanted)(), void (*handle)(const fault &happened)) {
    if (sanitizer_build) {
        return;
    }
    fault_wanted = wanted;
    fault_handler = handle;
    rescue_stack_top();
    struct sigaction action{};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    struct sigaction current{};
    sigaction(SIGSEGV, nullptr, &current);
    if (current.sa_sigaction != on_signal) {  // a test framework may have put its own in between
        sigaction(SIGSEGV, &action, &before_segv);
        sigaction(SIGBUS, &action, &before_bus);
    }
}

void prepare_thread_for_faults() {
    thread_local bool prepared = false;
    if (prepared || sanitizer_build) {
        return;
    }
    prepared = true;
    stack_t alternative{};
    alternative.ss_size = signal_stack_size;
    alternative.ss_sp = mmap(nullptr, signal_stack_size, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    sigaltstack(&alternative, nullptr);
}

}  // namespace emu::host
