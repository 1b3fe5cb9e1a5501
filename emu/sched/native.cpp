// The native backend: one host thread per actor, parked on its own futex word.
#include <thread>

#include "emu/base/invariant.hpp"
#include "emu/host/fault.hpp"
#include "emu/sched/backend.hpp"

namespace emu::sched {

namespace {

enum parker_state : std::uint32_t { empty, token, waiting };

std::uint64_t booted_at_ns = 0;
std::atomic<std::uint32_t> alive{0};

void run_host_thread(actor *self) {
    adopt(*self);
    host::prepare_thread_for_faults();
    current_context = self->at_work;
    // On a stack of its own, so that finish() can leave it from any depth.
    call_on_second_stack(*self, self->entry, self->argument);
    current_context = &unmet;
    gone_handler(*self);
    // release pairs with the acquire in host_threads_alive
    const std::uint32_t left = alive.fetch_sub(1, std::memory_order_release) - 1;
    if (left <= 1) {  // see wait_for_host_threads
        host::futex_wake(alive, 1);
    }
}

void stop_if_dead(actor &self) {
    if ((attention_word.load(std::memory_order_acquire) & attention_stopped) != 0) {
        stopped_handler(self);
    }
}

}  // namespace

void native_boot() noexcept {
    booted_at_ns = host::clock_ns();
    spin_limit = host::processor_count() > 1 ? 200 : 0;
}

std::uint64_t native_now_ns() noexcept { return host::clock_ns() - booted_at_ns; }

bool native_park(actor &self, std::uint64_t deadline_ns) {
    const std::uint64_t deadline =
        deadline_ns == host::no_deadline ? host::no_deadline : deadline_ns + booted_at_ns;
    // acquire pairs with the release in native_unpark: what the waker wrote is visible after the
    // park
    std::uint32_t seen = token;
    if (self.parker.compare_exchange_strong(seen, empty, std::memory_order_acquire)) {
        stop_if_dead(self);
        return true;
    }
    seen = empty;
    bool in_time = true;
    if (self.parker.compare_exchange_strong(seen, waiting, std::memory_order_acquire)) {
        do {
            stop_if_dead(self);
            in_time = host::futex_wait(self.parker, waiting, deadline);
        } while (in_time && self.parker.load(std::memory_order_acquire) == waiting);
    }
    const bool woken = self.parker.exchange(empty, std::memory_order_acquire) == token;
    stop_if_dead(self);
    return woken || in_time;
}

// Nobody is told of a change, so the sleep is short: its cost is bounded, and it ends at once if
// the low half of the word has changed already.
void native_poll(actor &self, const void *word, std::uint64_t seen, unsigned turn) {
    constexpr std::uint64_t nap_ns = 50'000;
    stop_if_dead(self);
    if (spinning_handler != nullptr) {
        spinning_handler(self);
    }
    if (turn < spin_limit) {
        return host::spin_pause();
    }
    auto &low_half = *static_cast<std::atomic<std::uint32_t> *>(const_cast<void *>(word));
    host::futex_wait(low_half, static_cast<std::uint32_t>(seen), host::clock_ns() + nap_ns);
}

std::uint32_t host_threads_alive() noexcept { return alive.load(std::memory_order_acquire); }

std::uint32_t wait_for_host_threads(std::uint32_t but, std::uint64_t deadline_ns) noexcept {
    std::uint32_t left = host_threads_alive();
    while (left > but && host::futex_wait(alive, left, deadline_ns)) {
        left = host_threads_alive();
    }
    return left;
}

void native_unpark(actor &other) noexcept {
    if (other.parker.exchange(token, std::memory_order_release) == waiting) {
        host::futex_wake(other.parker, 1);
    }
}

void native_finish(actor &self) {
    second_stack *outermost = self.top;
    EMU_INVARIANT(outermost != nullptr);
    while (outermost->outer != nullptr) {
        outermost = outermost->outer;
    }
    abandon_second_stack(self, *outermost);
}

void native_start(actor &made) {
    // Detached: the machine counts its live threads and waits for them; a thread that never stops
    // must not hang the process's exit.
    alive.fetch_add(1, std::memory_order_relaxed);
    std::thread(run_host_thread, &made).detach();
}

}  // namespace emu::sched
