#include "emu/locks/resource.hpp"

#include <algorithm>
#include <cstring>

#include "emu/host/futex.hpp"
#include "emu/locks/resource_table.hpp"
#include "emu/locks/view.hpp"
#include "emu/sched/sched.hpp"

namespace emu::locks::resource {

namespace {

enum class wait_state : std::uint32_t { queued, granted };

struct waiter {
    waiter *next = nullptr;  // the next younger one; of the newest, the oldest
    sched::actor *actor = nullptr;
    owner_id owner = 0;
    sched::atomic<wait_state> state{wait_state::queued};
};

class guarded {
public:
    guarded(ERESOURCE &of, sched::actor &self) noexcept : of_(of) {
        for (unsigned turn = 0;; ++turn) {
            std::uint64_t seen = 0;
            // acquire pairs with the release in unguard
            if (guard_of(of).compare_exchange_strong(seen, 1, std::memory_order_acquire,
                                                     std::memory_order_relaxed)) {
                return;
            }
            sched::poll(self, guard_of(of), seen, turn);
        }
    }
    ~guarded() { unguard(of_); }
    guarded(const guarded &) = delete;
    guarded &operator=(const guarded &) = delete;

private:
    ERESOURCE &of_;
};

// --- Owners: the guard is held ------------------------------------------------------------------

OWNER_ENTRY *find(ERESOURCE &of, owner_id owner) noexcept {
    if (of.OwnerEntry.OwnerThread == owner) {
        return &of.OwnerEntry;
    }
    const ULONG size = of.OwnerTable != nullptr ? of.OwnerTable->TableSize : 0;
    for (ULONG i = 1; i < size; ++i) {
        if (of.OwnerTable[i].OwnerThread == owner) {
            return &of.OwnerTable[i];
        }
    }
    return nullptr;
}

OWNER_ENTRY &free_entry(ERESOURCE &of) noexcept {
    if (OWNER_ENTRY *unused = find(of, 0)) {
        return *unused;
    }
    of.OwnerTable = grown_table(of.OwnerTable);
    return *find(of, 0);
}

void count_entries(ERESOURCE &of, ULONG entries) noexcept {
    set_field(of.ActiveEntries, entries);
    of.ActiveCount = static_cast<SHORT>(entries < 0x7FFF ? entries : 0x7FFF);
}

void join(ERESOURCE &of, owner_id owner) noexcept {
    if (OWNER_ENTRY *own = find(of, owner)) {
        ++own->OwnerCount;
        return;
    }
    OWNER_ENTRY &made = free_entry(of);
    made.OwnerThread = owner;
    made.OwnerCount = 1;
    count_entries(of, of.ActiveEntries + 1);
}

void leave(ERESOURCE &of, OWNER_ENTRY &gone) noexcept {
    gone.OwnerThread = 0;
    gone.OwnerCount = 0;
    count_entries(of, of.ActiveEntries - 1);
}

void own_exclusively(ERESOURCE &of, bool on) noexcept {
    set_field(of.Flag, on ? of.Flag | ResourceOwnedExclusive : of.Flag & ~ResourceOwnedExclusive);
}

bool grant_at_once(ERESOURCE &of, owner_id owner, request how) noexcept {
    if (of.ActiveEntries == 0) {
        own_exclusively(of, how == request::exclusive);
        join(of, owner);
        return true;
    }
    const bool owns = find(of, owner) != nullptr;
    if (owned_exclusively(of)) {
        if (owns) {
            join(of, owner);
        }
        return owns;
    }
    const bool writer_waits = of.ExclusiveWaiters != nullptr;
    if (how == request::exclusive || (how == request::wait_for_exclusive && writer_waits) ||
        (how == request::shared && writer_waits && !owns)) {
        return false;
    }
    join(of, owner);
    return true;
}

// --- Waiters: the guard is held -----------------------------------------------------------------

void queue(PVOID &ring, ULONG &count, waiter &last) noexcept {
    auto *newest = static_cast<waiter *>(ring);
    last.next = newest != nullptr ? newest->next : &last;
    if (newest != nullptr) {
        newest->next = &last;
    }
    ring = &last;
    set_field(count, count + 1);
}

waiter *take_oldest(PVOID &ring, ULONG &count) noexcept {
    auto *newest = static_cast<waiter *>(ring);
    waiter *oldest = newest->next;
    newest->next = oldest->next;
    ring = oldest == newest ? nullptr : newest;
    oldest->next = nullptr;
    set_field(count, count - 1);
    return oldest;
}

// Lets every shared waiter in; the list of them, oldest first.
waiter *grant_readers(ERESOURCE &of) noexcept {
    waiter *first = nullptr;
    for (waiter **end = &first; of.SharedWaiters != nullptr; end = &(*end)->next) {
        *end = take_oldest(of.SharedWaiters, of.NumberOfSharedWaiters);
        join(of, (*end)->owner);
    }
    return first;
}

waiter *grant_writer(ERESOURCE &of) noexcept {
    waiter *oldest = take_oldest(of.ExclusiveWaiters, of.NumberOfExclusiveWaiters);
    own_exclusively(of, true);
    join(of, oldest->owner);
    return oldest;
}

// The last owner has gone: whose turn is it.
waiter *hand_over(ERESOURCE &of, bool was_exclusive) noexcept {
    own_exclusively(of, false);
    if (of.ExclusiveWaiters != nullptr && !(was_exclusive && of.SharedWaiters != nullptr)) {
        return grant_writer(of);
    }
    return grant_readers(of);
}

// --- Without the guard --------------------------------------------------------------------------

void wake_all(waiter *first) noexcept {
    while (first != nullptr) {
        waiter *next = first->next;
        sched::actor &sleeper = *first->actor;  // the block is gone once its waiter sees the state
        // release pairs with the acquire in sleep: what the last owner wrote is handed over
        first->state.store(wait_state::granted, std::memory_order_release);
        sched::unpark(sleeper);
        first = next;
    }
}

void sleep(waiter &block) noexcept {
    for (unsigned i = 0; i < sched::spin_limit; ++i) {
        if (block.state.load(std::memory_order_acquire) == wait_state::granted) {
            return;
        }
        host::spin_pause();
    }
    while (block.state.load(std::memory_order_acquire) != wait_state::granted) {
        sched::park(*block.actor, host::no_deadline);
    }
}

void make_free(ERESOURCE &of, OWNER_ENTRY *table) noexcept {
    std::memset(&of, 0, sizeof of);
    InitializeListHead(&of.SystemResourcesList);
    of.OwnerTable = table;
    mark_of(of) = live_mark;
}

}  // namespace

void initialize(ERESOURCE &of) noexcept {
    make_free(of, nullptr);
    enlist(of);
}

void reinitialize(ERESOURCE &of) noexcept {
    OWNER_ENTRY *table = of.OwnerTable;
    if (table != nullptr) {
        const ULONG size = table->TableSize;
        std::memset(table, 0, size * sizeof *table);
        table->TableSize = size;
    }
    make_free(of, table);
}

void destroy(ERESOURCE &of) noexcept {
    free_table(of.OwnerTable);
    forget(of);
    std::memset(&of, 0, sizeof of);
}

bool try_acquire(ERESOURCE &of, sched::actor &self, owner_id owner, request how) noexcept {
    const guarded inside(of, self);
    return grant_at_once(of, owner, how);
}

void acquire(ERESOURCE &of, sched::actor &self, owner_id owner, request how) noexcept {
    waiter block;
    block.actor = &self;
    block.owner = owner;
    {
        const guarded inside(of, self);
        if (grant_at_once(of, owner, how)) {
            return;
        }
        ++of.ContentionCount;
        how == request::exclusive ? queue(of.ExclusiveWaiters, of.NumberOfExclusiveWaiters, block)
                                  : queue(of.SharedWaiters, of.NumberOfSharedWaiters, block);
    }
    sleep(block);
}

bool release(ERESOURCE &of, sched::actor &self, owner_id owner) noexcept {
    waiter *woken = nullptr;
    {
        const guarded inside(of, self);
        OWNER_ENTRY *own = owner != 0 ? find(of, owner) : nullptr;
        if (own == nullptr) {
            return false;
        }
        own->OwnerCount = own->OwnerCount - 1U;
        if (own->OwnerCount == 0) {
            const bool was_exclusive = owned_exclusively(of);
            leave(of, *own);
            if ((owner & pointer_bits) != 0) {
                drop_owner_pointer(owner);
            }
            if (of.ActiveEntries == 0) {
                woken = hand_over(of, was_exclusive);
            }
        }
    }
    wake_all(woken);
    return true;
}

bool convert_to_shared(ERESOURCE &of, sched::actor &self, owner_id owner) noexcept {
    waiter *woken = nullptr;
    {
        const guarded inside(of, self);
        if (!owned_exclusively(of) || find(of, owner) == nullptr) {
            return false;
        }
        own_exclusively(of, false);
        woken = grant_readers(of);
    }
    wake_all(woken);
    return true;
}

bool change_owner(ERESOURCE &of, sched::actor &self, owner_id from, owner_id to) noexcept {
    const guarded inside(of, self);
    OWNER_ENTRY *own = find(of, from);
    if (own == nullptr) {
        return false;
    }
    if (OWNER_ENTRY *other = find(of, to)) {
        other->OwnerCount += own->OwnerCount;
        leave(of, *own);
    } else {
        own->OwnerThread = to;
        note_owner_pointer(to);
    }
    return true;
}

holding holds_of(ERESOURCE &of, sched::actor &self, owner_id owner) noexcept {
    const guarded inside(of, self);
    const OWNER_ENTRY *own = find(of, owner);
    return own != nullptr ? holding{own->OwnerCount, owned_exclusively(of)} : holding{};
}

}  // namespace emu::locks::resource

namespace emu::locks {

resource_view view_resource(const void *lock) noexcept {
    using namespace resource;
    const auto &of = *static_cast<const ERESOURCE *>(lock);
    resource_view view;
    view.live = is_live(of);
    const auto *bytes = static_cast<const unsigned char *>(lock);
    view.zero =
        std::all_of(bytes, bytes + sizeof of, [](unsigned char each) { return each == 0; });
    if (view.live) {
        view.owners = read_field(of.ActiveEntries);
        view.exclusive = (read_field(of.Flag) & ResourceOwnedExclusive) != 0;
        view.exclusive_waiters = read_field(of.NumberOfExclusiveWaiters);
        view.shared_waiters = read_field(of.NumberOfSharedWaiters);
        view.owner_table = of.OwnerTable;
    }
    return view;
}

}  // namespace emu::locks
