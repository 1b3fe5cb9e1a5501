// The word algorithm of emu/locks alone, linked statically: what the checks and the call into a
// shared library come on top of.
#include "bench/lock_runs.hpp"

#include "emu/locks/push_lock.hpp"
#include "emu/machine/thread.hpp"
extern "C" {
#include <ntifs.h>
}

namespace {

namespace core = emu::locks::push_lock;

// The library adopts a host thread at its first call; the algorithm parks the thread's actor.
struct adopted {
    adopted() { KeEnterCriticalRegion(); }
    ~adopted() { KeLeaveCriticalRegion(); }
};

emu::sched::actor &self() { return emu::current_context->thread->actor; }

struct unchecked {
    static constexpr const char *name = "unchecked";
    using visit = adopted;
    void lock() {
        if (!core::try_acquire_exclusive(word)) {
            core::acquire_exclusive(word, self());
        }
    }
    void unlock() {
        if (!core::try_release_exclusive(word)) {
            core::release(word);
        }
    }
    void lock_shared() {
        if (!core::try_acquire_shared(word)) {
            core::acquire_shared(word, self());
        }
    }
    void unlock_shared() {
        if (!core::try_release_shared(word)) {
            core::release(word);
        }
    }
    alignas(64) core::word word{0};
};

// Two instructions with a lock prefix: a lock whose release may meet waiters needs both.
struct locked_instructions {
    static constexpr const char *name = "floor_two_locked_ops";
    using visit = bench::no_visit;
    void lock() {
        std::uint64_t seen = 0;
        word.compare_exchange_strong(seen, 1, std::memory_order_acquire);
    }
    void unlock() {
        std::uint64_t seen = 1;
        word.compare_exchange_strong(seen, 0, std::memory_order_release);
    }
    void lock_shared() { lock(); }
    void unlock_shared() { unlock(); }
    alignas(64) std::atomic<std::uint64_t> word{0};
};

}  // namespace

int main(int argc, char **argv) {
    bench::register_alone<locked_instructions>();
    bench::register_against_peers<unchecked>();
    return bench::run_registered(argc, argv);
}
