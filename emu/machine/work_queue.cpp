#include "emu/machine/work_queue.hpp"

#include <algorithm>
#include <deque>
#include <mutex>
#include <vector>

#include "emu/machine/machine.hpp"
#include "emu/sched/sched.hpp"
#include "emu/host/mutex.hpp"
#include "emu/host/happens_before.hpp"

namespace emu::machine {

void (*run_work_item)(thread &worker, WORK_QUEUE_ITEM &item, bool intact) = nullptr;

namespace {

struct work_queue {
    host::mutex guard;
    LIST_ENTRY head{};
    std::deque<WORK_QUEUE_ITEM *> items;  // in the order of the list
    std::vector<thread *> idle;           // the one that has been idle longest first
    unsigned workers = 0;
};

work_queue &queue() noexcept {
    static work_queue *const the_queue = new work_queue;  // outlives every thread
    return *the_queue;
}

// The guard is held.
void link_last(work_queue &into, WORK_QUEUE_ITEM &item) {
    LIST_ENTRY *last = into.items.empty() ? &into.head : &into.items.back()->List;
    item.List.Flink = &into.head;
    item.List.Blink = last;
    last->Flink = &item.List;
    into.head.Blink = &item.List;
    into.items.push_back(&item);
    host::handed_over(&item);
}

// The guard is held.  True if the links were as they should be.
bool unlink_first(work_queue &from) {
    WORK_QUEUE_ITEM &first = *from.items.front();
    from.items.pop_front();
    LIST_ENTRY *next = from.items.empty() ? &from.head : &from.items.front()->List;
    host::taken_over(&first);
    const bool intact = first.List.Flink == next && first.List.Blink == &from.head;
    from.head.Flink = next;
    next->Blink = &from.head;
    first.List.Flink = nullptr;
    return intact;
}

// Returns with the guard held and the queue not empty.
std::unique_lock<host::mutex> wait_for_work(thread &self) {
    work_queue &from = queue();
    std::unique_lock held(from.guard);
    while (from.items.empty()) {
        if (std::find(from.idle.begin(), from.idle.end(), &self) == from.idle.end()) {
            from.idle.push_back(&self);
        }
        held.unlock();
        self.actor.idle = true;
        sched::park(self.actor, host::no_deadline);
        self.actor.idle = false;
        held.lock();
    }
    std::erase(from.idle, &self);
    sched::note_touch(&from.head);
    return held;
}

void run_worker(void *argument) {
    thread &self = *static_cast<thread *>(argument);
    for (;;) {
        std::unique_lock held = wait_for_work(self);
        WORK_QUEUE_ITEM &item = *queue().items.front();
        const bool intact = unlink_first(queue());
        held.unlock();
        // Others may go between taking an item and running it.
        sched::point(point_kind::call, nullptr, {});
        run_work_item(self, item, intact);
    }
}

void start_worker() {
    thread &made = create_thread("worker");
    made.worker = true;
    made.start_routine = run_worker;
    made.start_context = &made;
    start_thread(made);
}

}  // namespace

queued_as queue_work(WORK_QUEUE_ITEM &item, bool at_once) {
    work_queue &to = queue();
    sched::note_touch(&to.head);
    std::unique_lock held(to.guard);
    if (std::find(to.items.begin(), to.items.end(), &item) != to.items.end()) {
        return queued_as::queued_already;
    }
    thread *idle = to.idle.empty() ? nullptr : to.idle.front();
    const bool make_one = idle == nullptr && to.workers < most_workers;
    if (at_once && idle == nullptr && !make_one) {
        return queued_as::no_free_worker;
    }
    link_last(to, item);
    if (idle != nullptr) {
        to.idle.erase(to.idle.begin());
    }
    to.workers += make_one ? 1 : 0;
    held.unlock();
    if (idle != nullptr) {
        sched::unpark(idle->actor);
    }
    if (make_one) {
        start_worker();
    }
    return queued_as::queued;
}

const WORK_QUEUE_ITEM *queued_work_inside(const void *low, std::size_t size) noexcept {
    work_queue &in = queue();
    const std::lock_guard held(in.guard);
    for (const WORK_QUEUE_ITEM *each : in.items) {
        if (reinterpret_cast<std::uintptr_t>(each) - reinterpret_cast<std::uintptr_t>(low) <
            size) {
            return each;
        }
    }
    return nullptr;
}

const void *work_queue_address() noexcept { return &queue().head; }

void reset_work_queue() noexcept {
    work_queue &old = queue();
    if (old.workers == 0) {
        return;
    }
    const std::lock_guard held(old.guard);
    old.items.clear();
    old.idle.clear();
    old.workers = 0;
}

}  // namespace emu::machine
