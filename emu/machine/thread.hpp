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
    DISPATCHER_HEADER Header;  // a thread is waitable: signalled for ever once it has ended
};

namespace emu::machine {

struct expectation;
struct thread_object;

struct thread : _KTHREAD {
    context own;  // what it runs as when no DPC or APC has borrowed it
    sched::actor actor;

    // Single and multiple waits; the blocks are on this thread, as in NT for up to three objects.
    std::array<KWAIT_BLOCK, 4> wait_blocks;
    NTSTATUS wait_status = 0;
    std::int32_t level_after_set =
        -1;  // KeSetEvent(Wait = TRUE): the level the next wait restores

    wait_stack blocked_at;  // filled as it parks, while events are traced

    std::uint64_t id = 0;
    const char *name = "";
    char name_storage[32] = {};
    bool system = false;             // made by PsCreateSystemThread
    std::atomic<bool> ended{false};  // read by reports in other threads
    NTSTATUS exit_status = 0;
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
