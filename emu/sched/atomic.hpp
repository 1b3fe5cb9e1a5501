// The words of the lock algorithms: atomics whose accesses can be scheduling points, and polling.
//
// Normally an access costs one test of the attention word more than std::atomic.  While a lock
// itself is under test (exploration at atomic granularity) each access asks the strategy first, so
// that every interleaving of the algorithm's own steps can be explored.  bare() is for fast paths
// that know that nothing wants attention.
#pragma once
#include <atomic>

#include "emu/base/context.hpp"
#include "emu/base/strategy.hpp"

namespace emu::sched {

/// Asks the strategy who goes next, the running actor being about to access the word.
void simulated_access(const void *word, access how);

/// True if one host thread runs everything: the access needs no locked instruction.
inline bool access_point(const void *word, access how) {
    const std::uint32_t attention = attention_word.load(std::memory_order_relaxed);
    if (__builtin_expect((attention & attention_atomics) != 0, 0)) {
        simulated_access(word, how);
    }
#ifdef EMU_RACES_IN_LOCKS
    return false;  // the race detector looks for the real ones
#else
    return (attention & attention_simulating) != 0;
#endif
}

// Always, as a build with race detection instruments some of those who use them and not others:
// no copy may be shared between the two.
#define EMU_ALWAYS_INLINE [[gnu::always_inline]] inline

template <class T>
class atomic {
public:
    constexpr atomic() noexcept = default;
    constexpr explicit atomic(T value) noexcept : value_(value) {}

    std::atomic<T> &bare() noexcept { return value_; }
    const std::atomic<T> &bare() const noexcept { return value_; }

    EMU_ALWAYS_INLINE T load(std::memory_order order) const noexcept {
        access_point(this, access::read);
        return value_.load(order);
    }
    EMU_ALWAYS_INLINE void store(T value, std::memory_order order) noexcept {
        access_point(this, access::write);
        value_.store(value, order);
    }
    EMU_ALWAYS_INLINE T exchange(T value, std::memory_order order) noexcept {
        if (access_point(this, access::write)) {
            return plainly([value](T) { return value; });
        }
        return value_.exchange(value, order);
    }
    EMU_ALWAYS_INLINE T fetch_add(T value, std::memory_order order) noexcept {
        if (access_point(this, access::write)) {
            return plainly([value](T now) { return static_cast<T>(now + value); });
        }
        return value_.fetch_add(value, order);
    }
    EMU_ALWAYS_INLINE T fetch_sub(T value, std::memory_order order) noexcept {
        if (access_point(this, access::write)) {
            return plainly([value](T now) { return static_cast<T>(now - value); });
        }
        return value_.fetch_sub(value, order);
    }
    EMU_ALWAYS_INLINE T fetch_or(T value, std::memory_order order) noexcept {
        if (access_point(this, access::write)) {
            return plainly([value](T now) { return static_cast<T>(now | value); });
        }
        return value_.fetch_or(value, order);
    }
    EMU_ALWAYS_INLINE T fetch_and(T value, std::memory_order order) noexcept {
        if (access_point(this, access::write)) {
            return plainly([value](T now) { return static_cast<T>(now & value); });
        }
        return value_.fetch_and(value, order);
    }
    EMU_ALWAYS_INLINE bool compare_exchange_strong(T &expected, T desired,
                                                   std::memory_order success,
                                                   std::memory_order failure) noexcept {
        if (access_point(this, access::write)) {
            const T now = value_.load(std::memory_order_relaxed);
            if (now == expected) {
                value_.store(desired, std::memory_order_relaxed);
                return true;
            }
            expected = now;
            return false;
        }
        return value_.compare_exchange_strong(expected, desired, success, failure);
    }

private:
    template <class Change>
    EMU_ALWAYS_INLINE T plainly(const Change &change) noexcept {
        const T now = value_.load(std::memory_order_relaxed);
        value_.store(change(now), std::memory_order_relaxed);
        return now;
    }

    std::atomic<T> value_{};
};

#undef EMU_ALWAYS_INLINE

struct actor;

/// One turn of a loop that polls a word for as long as it holds `seen`; `turn` counts them from 0.
/// Natively a pause, after many turns a short sleep; a thread of a dead machine does not return.
/// In simulation the actor goes on once the word holds something else.
void poll_word(actor &self, const void *word, std::size_t size, std::uint64_t seen, unsigned turn);

template <class T>
inline void poll(actor &self, const atomic<T> &word, T seen, unsigned turn) {
    static_assert(sizeof(T) >= 4);
    poll_word(self, &word, sizeof(T), static_cast<std::uint64_t>(seen), turn);
}

}  // namespace emu::sched
