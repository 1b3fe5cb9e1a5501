#include "emu/locks/fast_mutex.hpp"

#include <cstddef>
#include <mutex>
#include <new>

#include "emu/base/nt.hpp"
#include "emu/host/futex.hpp"
#include "emu/locks/view.hpp"
#include "emu/sched/sched.hpp"
#include "emu/host/mutex.hpp"

namespace emu::locks::fast_mutex {

static_assert(offsetof(FAST_MUTEX, Count) == offsetof(layout, count));
static_assert(offsetof(FAST_MUTEX, Owner) == offsetof(layout, owner));
static_assert(offsetof(FAST_MUTEX, Contention) == offsetof(layout, contention));

namespace {

enum class wait_state : std::uint32_t { queued, woken };

// On the waiter's stack.
struct waiter {
    const void *mutex;
    sched::actor *actor;
    sched::atomic<wait_state> state{wait_state::queued};
    waiter *next = nullptr;  // towards the newest; guarded by `guard`
};

// Everybody who is parked for any mutex, oldest first.
host::mutex guard;
waiter *oldest = nullptr;
waiter *newest = nullptr;

// Each operation on the list is one step of the algorithm.
void about_to_use_list() { sched::access_point(&oldest, access::write); }

void enqueue(waiter &mine) {
    about_to_use_list();
    const std::lock_guard in(guard);
    mine.state.bare().store(wait_state::queued, std::memory_order_relaxed);
    mine.next = nullptr;
    (newest != nullptr ? newest->next : oldest) = &mine;
    newest = &mine;
}

// Takes the first off the list for which `is_it` holds; null if there is none.
template <class Predicate>
waiter *take_first(const Predicate &is_it) {
    about_to_use_list();
    const std::lock_guard in(guard);
    waiter *before = nullptr;
    for (waiter *each = oldest; each != nullptr; before = each, each = each->next) {
        if (is_it(*each)) {
            (before != nullptr ? before->next : oldest) = each->next;
            newest = each == newest ? before : newest;
            return each;
        }
    }
    return nullptr;
}

void wake_one(const void *mutex) {
    waiter *chosen = take_first([&](const waiter &each) { return each.mutex == mutex; });
    if (chosen == nullptr) {
        return;
    }
    sched::actor &actor = *chosen->actor;  // the record is gone once its thread sees the state
    // release pairs with the acquire in sleep()
    chosen->state.store(wait_state::woken, std::memory_order_release);
    sched::unpark(actor);
}

void sleep(waiter &mine) {
    while (mine.state.load(std::memory_order_acquire) == wait_state::queued) {
        sched::park(*mine.actor, host::no_deadline);
    }
}

// Queues first and looks at the word then: a release that frees the mutex before the look is seen
// by it, one that does so after it finds the waiter on the list.  The guard orders the two.
void wait(layout &mutex, waiter &mine) {
    enqueue(mine);
    const bool still_held = mutex.count.load(std::memory_order_relaxed) == contended;
    if (still_held || take_first([&](const waiter &each) { return &each == &mine; }) == nullptr) {
        sleep(mine);  // or somebody is waking this thread already
    }
}

bool acquire_by_spinning(layout &mutex) {
    for (unsigned turn = 0;; ++turn) {
        if (mutex.count.load(std::memory_order_relaxed) == free && try_acquire(mutex.count)) {
            return true;
        }
        if (turn >= sched::spin_limit) {
            return false;
        }
        host::spin_pause();
    }
}

}  // namespace

void acquire(layout &mutex, sched::actor &self) {
    if (acquire_by_spinning(mutex)) {
        return;
    }
    mutex.contention.fetch_add(1, std::memory_order_relaxed);
    waiter mine{&mutex, &self};
    // Whoever has waited leaves the word at -1, as others may wait still: one look too many.
    // acquire pairs with the release exchanges.
    while (mutex.count.exchange(contended, std::memory_order_acquire) != free) {
        wait(mutex, mine);
    }
    // NOLINTNEXTLINE(clang-analyzer-core.StackAddressEscape): wait() returns off the list
}

void release(layout &mutex) {
    if (mutex.count.exchange(free, std::memory_order_release) == contended) {
        wake_one(&mutex);
    }
}

void reset() noexcept {
    new (&guard) host::mutex;  // a thread that a fault ended may have held it
    oldest = nullptr;
    newest = nullptr;
}

}  // namespace emu::locks::fast_mutex

namespace emu::locks {

fast_mutex_view view_fast_mutex(const void *mutex) noexcept {
    const auto &seen = *static_cast<const FAST_MUTEX *>(mutex);
    fast_mutex_view view;
    view.count = __atomic_load_n(&seen.Count, __ATOMIC_ACQUIRE);
    view.initialised = seen.Event.Header.WaitListHead.Flink != nullptr;
    view.plausible = view.count >= fast_mutex::contended && view.count <= fast_mutex::free;
    view.held = view.count == fast_mutex::held || view.count == fast_mutex::contended;
    return view;
}

}  // namespace emu::locks
