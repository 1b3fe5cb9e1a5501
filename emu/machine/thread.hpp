// The KTHREAD: what the driver sees of a thread, and what the machine knows of it.
//
// Threads are type-stable: their memory is recycled, never unmapped, so that a late unpark of a
// thread that has ended touches a thread.  The NT-visible part comes first, so a PKTHREAD is a
// thread *.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>

#include "emu/machine/object.hpp"
#include "emu/sched/actor.hpp"
#include "emu/base/nt.hpp"

struct _KTHREAD {
    DISPATCHER_HEADER Header;   // a thread is waitable: signalled for ever once it has ended
    LIST_ENTRY QueueListEntry;  // in the ThreadListHead of the KQUEUE that it serves
};

namespace emu::machine {

struct expectation;
struct thread_object;

enum class wait_state : std::uint8_t {
    none,
    waiting,      // its blocks are queued to the objects
    satisfied,    // ended by another thread, the status stored
    interrupted,  // a kernel APC is to run; the thread queues again afterwards
};

/// A thread's wait; guarded by the dispatcher lock.
struct thread_wait {
    wait_state now = wait_state::none;
    bool alertable = false;
    std::uint8_t mode = 0;             // KernelMode, UserMode
    std::uint32_t count = 0;           // of blocks
    KWAIT_BLOCK *blocks = nullptr;     // the thread's own or the caller's
    const context *at_work = nullptr;  // what waits: its level says which APCs may interrupt
    NTSTATUS status = 0;
    bool cancellable = false;  // stands in the list of such waits, by this entry
    LIST_ENTRY cancellable_entry{};
    const volatile BOOLEAN *cancel = nullptr;  // of the IRP whose cancel ends it
};

/// APCs that wait for their delivery to a thread; guarded by the dispatcher lock.
struct apc_queues {
    LIST_ENTRY kernel{};  // special ones before normal ones
    LIST_ENTRY user{};
    bool normal_at_work = false;    // a normal kernel APC's NormalRoutine runs
    bool closed = false;            // the thread is ending: no more are taken
    std::array<bool, 2> alerted{};  // by processor mode
};

struct thread : _KTHREAD {
    context own;  // what it runs as when no DPC or APC has borrowed it
    sched::actor actor;

    // Single and multiple waits; the blocks are on this thread, as in NT for up to three objects.
    std::array<KWAIT_BLOCK, 4> wait_blocks;
    thread_wait wait;
    LIST_ENTRY owned_mutants{};     // by MutantListEntry, newest last
    KQUEUE *queue = nullptr;        // the queue it serves: the last it waited for an entry of
    bool counted_in_queue = false;  // in its CurrentCount
    LIST_ENTRY *taken = nullptr;    // the entry that ended its wait for a queue
    apc_queues apcs;
    std::int32_t level_after_set =
        -1;  // KeSetEvent(Wait = TRUE): the level the next wait restores

    wait_stack blocked_at;  // filled as it parks, while events are traced

    std::uint64_t id = 0;
    const char *name = "";
    char name_storage[32] = {};
    bool system = false;             // made by PsCreateSystemThread
    bool terminating = false;        // somebody asked for its end; guarded by the dispatcher lock
    bool worker = false;             // runs work items; machine/work_queue.hpp
    std::atomic<bool> ended{false};  // read by reports in other threads
    NTSTATUS exit_status = 0;
    std::uint64_t created_ns = 0;

    // What the driver set; the scheduler does not look at it.
    static constexpr std::int32_t normal_priority = 8;
    std::int32_t priority = normal_priority;
    std::int32_t base_increment = 0;
    std::uint8_t ideal_processor = 0;
    bool hard_errors = true;
    bool stack_swap = true;

    void (*start_routine)(void *) = nullptr;  // what runs on the new stack first
    void (*driver_routine)(void *) =
        nullptr;  // StartRoutine and StartContext of PsCreateSystemThread
    void *driver_context = nullptr;
    void *start_context = nullptr;

    // What whoever started the thread wants kept as long as the thread object.
    void *belongings = nullptr;
    void (*free_belongings)(void *) = nullptr;

    // Processors it may run on: those asked for by KeSetSystemAffinityThread and its kin, 0 for
    // all.  Changed at DISPATCH_LEVEL, it applies as the level falls.
    std::uint64_t affinity = 0;
    bool affinity_changed = false;

    thread_object *object = nullptr;  // what embeds it
    expectation *expecting = nullptr;
    std::array<held_lock, 8> held_storage;
};

inline thread &current_thread() noexcept { return *current_context->thread; }

/// Whose identity a context has: in a DPC or ISR, the thread that it interrupts.
inline thread &identity_of(const context &self) noexcept {
    return self.borrowed != nullptr ? *self.borrowed : *self.thread;
}

}  // namespace emu::machine
