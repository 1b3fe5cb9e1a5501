#include "emu/locks/slist.hpp"

#include "emu/sched/atomic.hpp"
#include "emu/host/happens_before.hpp"

namespace emu::locks::slist {

namespace {

constexpr std::uint64_t guard = 1;
constexpr std::uint64_t low_bits = 15;
constexpr std::uint64_t depth_bits = 0xFFFF;
constexpr std::uint64_t one_step = 0x10000;  // of the sequence

using word = sched::atomic<std::uint64_t>;

word &word_at(SLIST_HEADER &head, std::size_t offset) noexcept {
    void *at = reinterpret_cast<std::byte *>(&head) + offset;
    return *static_cast<word *>(at);
}

SLIST_ENTRY *entry_of(std::uint64_t seen) noexcept {
    return reinterpret_cast<SLIST_ENTRY *>(seen & ~low_bits);
}

// The list while nobody else changes it; the destructor's store ends that.
class guarded {
public:
    guarded(SLIST_HEADER &head, sched::actor &self) noexcept
        : counts_(word_at(head, 0)), link_(word_at(head, 8)) {
        for (unsigned turn = 0;; ++turn) {
            std::uint64_t seen = link_.load(std::memory_order_relaxed);
            // acquire pairs with the release of the destructor: entries are handed over
            if ((seen & guard) == 0 &&
                link_.compare_exchange_strong(seen, seen | guard, std::memory_order_acquire,
                                              std::memory_order_relaxed)) {
                first = entry_of(seen);
                host::taken_over(&head);
                return;
            }
            if ((seen & guard) != 0) {
                sched::poll(self, link_, seen, turn);
            }
        }
    }
    ~guarded() {
        host::handed_over(&counts_);
        // Not scheduling points: nothing comes between the steps under the guard in simulation.
        link_.bare().store(reinterpret_cast<std::uint64_t>(first), std::memory_order_release);
    }
    guarded(const guarded &) = delete;
    guarded &operator=(const guarded &) = delete;

    void set_depth(std::uint64_t depth) noexcept {
        const std::uint64_t before = counts_.bare().load(std::memory_order_relaxed);
        counts_.bare().store(((before & ~depth_bits) + one_step) | (depth & depth_bits),
                             std::memory_order_relaxed);
    }
    std::uint64_t depth() const noexcept {
        return counts_.bare().load(std::memory_order_relaxed) & depth_bits;
    }

    SLIST_ENTRY *first = nullptr;

private:
    word &counts_;
    word &link_;
};

}  // namespace

SLIST_ENTRY *push(SLIST_HEADER &head, SLIST_ENTRY &entry, sched::actor &self) noexcept {
    guarded list(head, self);
    SLIST_ENTRY *before = list.first;
    entry.Next = before;
    list.first = &entry;
    list.set_depth(list.depth() + 1);
    return before;
}

SLIST_ENTRY *pop(SLIST_HEADER &head, sched::actor &self) noexcept {
    guarded list(head, self);
    SLIST_ENTRY *taken = list.first;
    if (taken != nullptr) {
        list.first = taken->Next;
        list.set_depth(list.depth() - 1);
    }
    return taken;
}

SLIST_ENTRY *flush(SLIST_HEADER &head, sched::actor &self) noexcept {
    guarded list(head, self);
    SLIST_ENTRY *taken = list.first;
    if (taken != nullptr) {
        list.first = nullptr;
        list.set_depth(0);
    }
    return taken;
}

SLIST_ENTRY *first(const SLIST_HEADER &head) noexcept {
    return entry_of(__atomic_load_n(&head.Region, __ATOMIC_ACQUIRE));
}

std::uint16_t depth(const SLIST_HEADER &head) noexcept {
    return static_cast<std::uint16_t>(__atomic_load_n(&head.Alignment, __ATOMIC_RELAXED));
}

}  // namespace emu::locks::slist
