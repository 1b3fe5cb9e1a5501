// The push lock's own algorithm under every schedule of its atomic operations.
#include <array>
#include <cstdio>
#include <vector>

#include "emu/locks/push_lock.hpp"
#include "emu/machine/thread.hpp"
#include "emu/test.hpp"
#include "locks/every_schedule.hpp"

namespace core = emu::locks::push_lock;
using tests::search_every_schedule;
using tests::searched;
using tests::witness;

namespace {

enum operation { exclusive, shared, try_exclusive, try_shared };
using script = std::vector<operation>;

emu::sched::actor &self() { return emu::machine::current_thread().actor; }

// What the thread waits for, so that one that waits for ever is found.
struct waiting_for {
    explicit waiting_for(const void *lock) { emu::current_context->waits_for = lock; }
    ~waiting_for() { emu::current_context->waits_for = nullptr; }
};

void acquire(core::word &lock, operation how) {
    const waiting_for told(&lock);
    if (how == exclusive) {
        if (!core::try_acquire_exclusive(lock)) {
            core::acquire_exclusive(lock, self());
        }
    } else if (!core::try_acquire_shared(lock)) {
        core::acquire_shared(lock, self());
    }
}

void run_script(core::word &lock, witness &seen, const script &steps) {
    for (const operation how : steps) {
        if ((how == try_exclusive && !core::try_acquire_exclusive(lock)) ||
            (how == try_shared && !core::try_acquire_shared_slowly(lock))) {
            continue;
        }
        if (how == exclusive || how == shared) {
            acquire(lock, how);
        }
        if (how == exclusive || how == try_exclusive) {
            seen.enter_exclusive();
            seen.leave_exclusive();
        } else {
            seen.enter_shared();
            seen.leave_shared();
        }
        core::release(lock);
    }
}

searched explore_scripts(const std::vector<script> &threads,
                         std::optional<unsigned> bound = std::nullopt) {
    return search_every_schedule(
        [&] {
            core::word lock{0};
            witness seen;
            std::vector<emu::system_thread> others;
            for (std::size_t i = 1; i < threads.size(); ++i) {
                others.emplace_back([&, i] { run_script(lock, seen, threads[i]); });
            }
            run_script(lock, seen, threads[0]);
            for (auto &each : others) {
                each.join();
            }
            if (lock.bare() != 0 || !seen.empty()) {
                throw std::string("everybody has released the lock, and it is not free");
            }
        },
        bound);
}

std::vector<script> scripts_of_two(const std::vector<operation> &of) {
    std::vector<script> all;
    for (const operation a : of) {
        for (const operation b : of) {
            all.push_back({a, b});
        }
    }
    return all;
}

void check_pairs(const std::vector<operation> &of, const char *what) {
    std::uint64_t runs = 0;
    std::uint64_t cut = 0;
    const std::vector<script> scripts = scripts_of_two(of);
    for (std::size_t a = 0; a < scripts.size(); ++a) {
        for (std::size_t b = a; b < scripts.size(); ++b) {
            CAPTURE(a);
            CAPTURE(b);
            const searched done = explore_scripts({scripts[a], scripts[b]});
            CHECK(done.failure == "");
            CHECK(done.complete);
            runs += done.runs;
            cut += done.cut;
        }
    }
    std::printf("push lock, two threads, %s: %llu executions, %llu cut short\n", what,
                static_cast<unsigned long long>(runs), static_cast<unsigned long long>(cut));
}

}  // namespace

TEST_CASE("push_lock explored: two threads, one operation each, every mix of modes and tries") {
    for (const operation a : {exclusive, shared, try_exclusive, try_shared}) {
        for (const operation b : {exclusive, shared, try_exclusive, try_shared}) {
            const searched done = explore_scripts({{a}, {b}});
            CHECK(done.failure == "");
            CHECK(done.complete);
        }
    }
}

TEST_CASE("push_lock explored: two threads, two operations each, every mix of modes" *
          doctest::skip(false)) {
    check_pairs({exclusive, shared}, "two operations each");
}

TEST_CASE("push_lock explored: three threads, every mix of modes, two preemptions") {
    std::uint64_t runs = 0;
    for (const operation a : {exclusive, shared}) {
        for (const operation b : {exclusive, shared}) {
            for (const operation c : {exclusive, shared}) {
                const searched done = explore_scripts({{a}, {b}, {c}}, 2);
                CHECK(done.failure == "");
                CHECK(done.complete);
                runs += done.runs;
            }
        }
    }
    std::printf("push lock, three threads, two preemptions: %llu executions\n",
                static_cast<unsigned long long>(runs));
}

// Whoever comes last, as a counter under the lock tells, ends the lock's life: nobody may touch it
// after having given it away.
TEST_CASE("push_lock explored: nobody touches the lock after handing it over") {
    for (const operation first : {exclusive, shared}) {
        for (const operation second : {exclusive, shared}) {
            const searched done = search_every_schedule([&] {
                core::word lock{0};
                emu::sched::atomic<std::uint32_t> arrived{0};
                const auto visit = [&](operation how) {
                    acquire(lock, how);
                    if (arrived.fetch_add(1, std::memory_order_relaxed) == 1 && how == exclusive) {
                        tests::dead_word = &lock;
                        return;
                    }
                    core::release(lock);
                };
                emu::system_thread other{[&] { visit(second); }};
                visit(first);
                other.join();
            });
            CHECK(done.failure == "");
            CHECK(done.complete);
        }
    }
}
