#include "emu/locks/fast_mutex.hpp"

#include <cstddef>
#include <mutex>
#include <new>

#include "emu/base/nt.hpp"
#include "emu/host/futex.hpp"
#include "emu/locks/view.hpp"
#include "emu/sched/sched.hpp"

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
std::mutex guard;
waiter *oldest = nullptr;
waiter *newest = nullptr;

// The look at the word and the queueing are one step for wake_one(), by the guard: either it finds
// the waiter, or the waiter finds the word free.
bool queue_if_contended(layout &mutex, waiter &mine) {
    const std::lock_guard in(guard);
    if (mutex.count.bare().load(std::memory_order_relaxed) != contended) {
        return false;
    }
    mine.state.bare().store(wait_state::queued, std::memory_order_relaxed);
    mine.next = nullptr;
    (newest != nullptr ? newest->next : oldest) = &mine;
    newest = &mine;
    return true;
}

waiter *take_oldest(const void *mutex) {
    const std::lock_guard in(guard);
    waiter *before = nullptr;
    for (waiter *each = oldest; each != nullptr; before = each, each = each->next) {
        if (each->mutex == mutex) {
            (before != nullptr ? before->next : oldest) = each->next;
            newest = each == newest ? before : newest;
            return each;
        }
    }
    return nullptr;
}

void wake_one(const void *mutex) {
    waiter *chosen = take_oldest(mutex);
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
        if (queue_if_contended(mutex, mine)) {
            sleep(mine);
        }
    }
}

void release(layout &mutex) {
    if (mutex.count.exchange(free, std::memory_order_release) == contended) {
        wake_one(&mutex);
    }
}

void reset() noexcept {
    new (&guard) std::mutex;  // a thread that a fault ended may have held it
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
