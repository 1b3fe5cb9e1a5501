// The machine's own tables.  Private to this room.
#pragma once
#include <deque>
#include <string>
#include <vector>

#include "emu/host/mutex.hpp"
#include "emu/machine/machine.hpp"

namespace emu::machine {

struct thread_object {
    object_header header;
    thread body;
    bool adopted = false;  // stands for a host thread; lives as long as that
    bool on_host = false;  // a host thread still runs on it (native, created)
};

/// An object other than a thread: events, the process.
struct plain_object {
    object_header header;
    alignas(16) std::byte body[object_body_size];
    std::u16string name;
};

struct machine_tables {
    host::mutex guard;
    std::deque<thread_object> storage;  // type-stable
    std::vector<thread_object *> spare;
    std::vector<thread_object *> threads;  // of this machine, in order of creation
    std::vector<void *> handles;
    std::deque<plain_object> object_storage;  // type-stable
    std::vector<plain_object *> spare_objects;
    std::vector<plain_object *> objects;  // of this machine, in order of creation
    void *system_process = nullptr;
    std::uint64_t next_thread_id = 0;
};

machine_tables &tables() noexcept;

/// Forgets all objects other than threads; with the guard held.
void reset_objects(machine_tables &of);

/// The header of a body that is no thread's, or null; with the guard held.
object_header *plain_header_of(const void *body) noexcept;

/// Forgets an object other than a thread; false if it is none of these.  With the guard held.
bool forget_plain_object(object_header &object) noexcept;

/// Frees what a thread object held once nobody refers to it and nothing runs on it.
void last_reference_gone(object_header &object) noexcept;

}  // namespace emu::machine
