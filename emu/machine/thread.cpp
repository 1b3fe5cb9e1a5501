// Thread objects: made, started, ended, recycled; and host threads taken in as threads.
#include "emu/machine/thread.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "emu/base/call_counts.hpp"
#include "emu/base/invariant.hpp"
#include "emu/base/observer.hpp"
#include "emu/machine/exceptions.hpp"
#include "emu/machine/apc.hpp"
#include "emu/machine/stop.hpp"
#include "emu/machine/tables.hpp"
#include "emu/sched/sched.hpp"

namespace emu::machine {

void (*thread_ended_hook)(thread &ended) = nullptr;
observer *thread_observer = nullptr;

namespace {

void reset_context(thread &body) {
    context &own = body.own;
    while (held_storage *larger = own.held_arrays) {
        own.held_arrays = larger->smaller;
        delete larger;
    }
    // A host thread keeps its __try blocks: their code goes on after the boot of another machine.
    if (!body.object->adopted) {
        drop_all_frames(own);
    }
    std::uint64_t *counts = own.call_counts;
    const exception_state exceptions = own.exceptions;
    own = context{};
    own.call_counts = counts;
    own.exceptions = exceptions;
    own.held = body.held_storage.data();
    own.held_capacity = static_cast<std::uint32_t>(body.held_storage.size());
    own.thread = &body;
    own.attention = static_cast<std::uint8_t>(attention_word.load(std::memory_order_relaxed));
    body.level_after_set = -1;
    body.affinity = 0;
    body.affinity_changed = false;
    body.expecting = nullptr;
}

void free_belongings(thread &body) {
    if (body.belongings != nullptr) {
        body.free_belongings(std::exchange(body.belongings, nullptr));
    }
}

void reset_body(thread &body, const char *name) {
    std::memset(&body.Header, 0, sizeof body.Header);
    body.Header.Type = 6;  // ThreadObject, as KOBJECTS numbers it
    InitializeListHead(&body.Header.WaitListHead);
    reset_context(body);
    body.actor.parker.store(0, std::memory_order_relaxed);
    body.actor.top = nullptr;
    body.actor.state = sched::actor_state::unused;
    body.ended.store(false, std::memory_order_relaxed);
    body.wait = {};
    InitializeListHead(&body.owned_mutants);
    body.queue = nullptr;
    body.counted_in_queue = false;
    body.apcs = {};
    InitializeListHead(&body.apcs.kernel);
    InitializeListHead(&body.apcs.user);
    body.system = false;
    body.terminating = false;
    body.worker = false;
    body.exit_status = STATUS_PENDING;  // until it has ended
    body.created_ns = sched::now_ns();
    body.priority = thread::normal_priority;
    body.base_increment = 0;
    body.ideal_processor = 0;
    body.hard_errors = true;
    body.stack_swap = true;
    const std::size_t length = std::min(std::strlen(name), sizeof body.name_storage - 1);
    std::memcpy(body.name_storage, name, length);
    body.name_storage[length] = '\0';
    body.name = body.name_storage;
}

// The guard is held.
thread_object &take_object(machine_tables &from) {
    if (from.spare.empty()) {
        thread_object &made = from.storage.emplace_back();
        made.body.object = &made;
        made.body.actor.owner = &made.body;
        return made;
    }
    thread_object &taken = *from.spare.back();
    from.spare.pop_back();
    return taken;
}

// The guard is held.
void enlist(machine_tables &in, thread_object &object, const char *name) {
    reset_body(object.body, name);
    object.header.type = object_type::thread;
    object.header.references.store(0, std::memory_order_relaxed);
    object.header.alive.store(true, std::memory_order_relaxed);
    object.body.id = in.next_thread_id += 4;
    in.threads.push_back(&object);
}

void forget(machine_tables &from, thread_object &gone) {
    const auto at = std::find(from.threads.begin(), from.threads.end(), &gone);
    if (at != from.threads.end()) {
        from.threads.erase(at);
    }
    free_belongings(gone.body);
    gone.header.alive.store(false, std::memory_order_release);
    from.spare.push_back(&gone);
}

// The guard is held.
void forget_if_unused(machine_tables &from, thread_object &object) {
    if (!object.on_host && !object.adopted &&
        object.header.references.load(std::memory_order_acquire) == 0) {
        forget(from, object);
    }
}

void report_if_left_untidy(thread &self) {
    if (thread_observer == nullptr || dead()) {
        return;
    }
    if (const finding *found = thread_observer->thread_ends(self.own)) {
        stop(*found);
    }
}

void run_thread(void *argument) {
    thread &self = *static_cast<thread *>(argument);
    self.own.call_counts = host_thread_call_counts();
    self.start_routine(self.start_context);
    self.actor.fiber.unwound = true;
    exit_thread(self, 0);
}

// Gives the thread object of a host thread back when that ends.
struct adoption {
    thread_object *object = nullptr;
    ~adoption() {
        if (object == nullptr) {
            return;
        }
        if (current_context == &object->body.own && booted()) {
            report_if_left_untidy(object->body);
        }
        current_context = &unmet;
        if (host::single_threaded) {
            return;  // a simulation is under way elsewhere: the object is lost, not its tables
        }
        const std::lock_guard held(tables().guard);
        forget(tables(), *object);
        object = nullptr;
    }
};

thread_local adoption adopted_here;

}  // namespace

thread &create_thread(const char *name) {
    machine_tables &to = tables();
    const std::lock_guard held(to.guard);
    thread_object &made = take_object(to);
    made.adopted = false;
    made.on_host = false;
    enlist(to, made, name);
    made.body.system = true;
    return made.body;
}

void start_thread(thread &made) {
    thread_object &object = *made.object;
    object.on_host = true;
    made.actor.fiber.label = made.id;
    sched::start(made.actor, made.own, run_thread, &made);
}

void exit_thread(thread &self, std::int32_t status) {
    current_context = &self.own;  // also when a normal kernel APC ends the thread
    deliver_kernel_apcs(self.own);
    report_if_left_untidy(self);
    run_down_apcs(self);
    self.exit_status = status;
    self.ended.store(true, std::memory_order_release);
    self.object->header.alive.store(false, std::memory_order_release);
    thread_ended_hook(self);
    sched::finish(self.actor);
}

// Natively: the last act of a host thread that ran `ended`.
void host_thread_gone(sched::actor &ended) {
    give_back_spare_frames();
    thread_object &object = *static_cast<thread *>(ended.owner)->object;
    const std::lock_guard held(tables().guard);
    object.on_host = false;
    forget_if_unused(tables(), object);
}

void last_reference_gone(object_header &header) noexcept {
    machine_tables &from = tables();
    const std::lock_guard held(from.guard);
    if (header.type != object_type::thread) {
        forget_plain_object(header);
        return;
    }
    for (thread_object *each : from.threads) {
        if (&each->header == &header) {
            forget_if_unused(from, *each);
            return;
        }
    }
}

object_header &header_of_thread(thread &body) noexcept { return body.object->header; }

object_header *header_of(const void *body) noexcept {
    machine_tables &in = tables();
    const std::lock_guard held(in.guard);
    for (thread_object &each : in.storage) {
        if (&each.body == body) {
            return &each.header;
        }
    }
    return plain_header_of(body);
}

thread *thread_of_id(std::uint64_t id) noexcept {
    const std::lock_guard held(tables().guard);
    for (thread_object *each : tables().threads) {
        if (each->body.id == id && !each->body.ended && reference(each->header)) {
            return &each->body;
        }
    }
    return nullptr;
}

std::size_t thread_count() noexcept { return tables().threads.size(); }

thread *thread_at(std::size_t index) noexcept {
    const std::lock_guard held(tables().guard);
    return index < tables().threads.size() ? &tables().threads[index]->body : nullptr;
}

thread &adopt_host_thread() {
    machine_tables &in = tables();
    if (adopted_here.object == nullptr) {
        const std::lock_guard held(in.guard);
        thread_object &taken = take_object(in);
        taken.adopted = true;
        sched::adopt(taken.body.actor);
        adopted_here.object = &taken;
    }
    thread_object &mine = *adopted_here.object;
    const std::lock_guard held(in.guard);
    if (std::find(in.threads.begin(), in.threads.end(), &mine) == in.threads.end()) {
        enlist(in, mine, "host thread");
    }
    return mine.body;
}

// Boot: threads that were created go; those that stand for host threads enlist again when they
// call.
void reset_threads() {
    machine_tables &all = tables();
    const std::lock_guard held(all.guard);
    // From the back, so that an execution meets the same objects in the same order again.
    for (std::size_t i = all.threads.size(); i > 0; --i) {
        thread_object &each = *all.threads[i - 1];
        each.header.alive.store(false, std::memory_order_relaxed);
        each.header.references.store(0, std::memory_order_relaxed);
        if (each.adopted) {
            __atomic_store_n(&each.body.own.attention, attention_stale, __ATOMIC_RELAXED);
        } else {
            free_belongings(each.body);
            all.spare.push_back(&each);
        }
    }
    all.threads.clear();
    all.handles.clear();
    reset_objects(all);
    all.next_thread_id = 0;
}

}  // namespace emu::machine
