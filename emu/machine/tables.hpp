// The machine's own tables.  Private to this room.
#pragma once
#include <deque>
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

struct machine_tables {
    host::mutex guard;
    std::deque<thread_object> storage;  // type-stable
    std::vector<thread_object *> spare;
    std::vector<thread_object *> threads;  // of this machine, in order of creation
    std::vector<void *> handles;
    std::uint64_t next_thread_id = 0;
};

machine_tables &tables() noexcept;

/// Frees what a thread object held once nobody refers to it and nothing runs on it.
void last_reference_gone(object_header &object) noexcept;

}  // namespace emu::machine
