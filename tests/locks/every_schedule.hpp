// Runs a body under every schedule, points inside the lock algorithms included, and watches one
// word for accesses after its life has ended.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "emu/explore/exhaustive.hpp"
#include "emu/sched/atomic.hpp"
#include "emu/test/execution.hpp"

namespace tests {

/// Observes a lock from the outside: its operations are scheduling points like those of the lock,
/// so that the search knows that they do not commute.
class witness {
public:
    void enter_exclusive() { check(inside_.fetch_add(1, std::memory_order_relaxed) == 0); }
    void leave_exclusive() { check(inside_.fetch_sub(1, std::memory_order_relaxed) == 1); }
    void enter_shared() {
        check(inside_.fetch_add(reader, std::memory_order_relaxed) % reader == 0);
    }
    void leave_shared() {
        check(inside_.fetch_sub(reader, std::memory_order_relaxed) % reader == 0);
    }
    bool empty() const { return inside_.load(std::memory_order_relaxed) == 0; }

private:
    static constexpr std::uint32_t reader = 0x10000;
    static void check(bool excluded) {
        if (!excluded) {
            throw std::string("two threads hold the lock that exclude each other");
        }
    }
    emu::sched::atomic<std::uint32_t> inside_{0};
};

/// What the thread waits for, so that one that waits for ever is found.
struct waiting_for {
    explicit waiting_for(const void *lock) { emu::current_context->waits_for = lock; }
    ~waiting_for() { emu::current_context->waits_for = nullptr; }
};

/// The word that must not be touched any more, or null: set by the body.
inline const void *dead_word = nullptr;

/// What a search found: `runs` executions of which `cut` were given up as nothing new.
struct searched {
    std::uint64_t runs = 0;
    std::uint64_t cut = 0;
    bool complete = false;
    std::string failure;  // empty if there was none
};

namespace detail {

class word_watch final : public emu::strategy {
public:
    explicit word_watch(emu::strategy &inner) : inner_(inner) {}

    std::uint32_t choose(const emu::choice &at) override {
        look(at.since);
        return inner_.choose(at);
    }
    bool sees_every_step() const noexcept override { return true; }
    void execution_ended(std::span<const emu::touch> since) override {
        look(since);
        if (inner_.sees_every_step()) {
            inner_.execution_ended(since);
        }
    }
    bool touched() const { return touched_; }

private:
    // The step that ends the word's life touched it before; later ones must not.
    void look(std::span<const emu::touch> since) {
        for (const emu::touch &each : since) {
            touched_ = touched_ || (was_dead_ && each.object == dead_word);
        }
        was_dead_ = dead_word != nullptr;
    }
    emu::strategy &inner_;
    bool was_dead_ = false;
    bool touched_ = false;
};

inline std::string text_of(const emu::test::execution &done) {
    try {
        if (done.thrown != nullptr) {
            std::rethrow_exception(done.thrown);
        }
    } catch (const std::string &said) {
        return said;
    } catch (const std::exception &each) {
        return each.what();
    }
    return emu::name_of(done.found.which);
}

}  // namespace detail

/// `bound`: preemptions, or none for a complete search.
inline searched search_every_schedule(const std::function<void()> &body,
                                      std::optional<unsigned> bound = std::nullopt,
                                      std::uint64_t budget = 50'000'000) {
    emu::machine_options with;
    with.atomics = true;
    emu::test::begin_executions(with);
    emu::explorer::exhaustive_search search(bound);
    searched result;
    while (result.failure.empty()) {
        if (!search.begin()) {
            result.complete = true;
            break;
        }
        if (result.runs == budget) {
            break;
        }
        dead_word = nullptr;
        detail::word_watch watch(search);
        const emu::test::execution done = emu::test::execute(body, watch, with, false);
        ++result.runs;
        result.cut += done.cut ? 1 : 0;
        if (search.diverged()) {
            result.failure = "the body is not deterministic";
        } else if (done.failed()) {
            result.failure = detail::text_of(done);
        } else if (watch.touched()) {
            result.failure = "the lock was touched after its last owner had ended its life";
        }
    }
    emu::test::end_executions();
    return result;
}

}  // namespace tests
