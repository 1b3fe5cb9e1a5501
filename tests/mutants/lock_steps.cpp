// The searches of tests/locks, run until the first failure.  Linked with a mutated lock they must
// find the kind of failure given; with the lock as it is, nothing.
//
// usage: <program> <family> <failure, or "nothing">
//
// A failure is the rule that was broken or a word of kind_of; the executions and the time that it
// took are printed.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "locks/push_lock_scripts.hpp"
#include "locks/resource_scripts.hpp"
#include "locks/spin_lock_scripts.hpp"
#include "nt/remove_lock_scripts.hpp"

namespace {

using tests::searched;
using searches = std::vector<std::function<searched()>>;

// Cheap ones first.  The last ones take what two threads do not: a waker that somebody passes by;
// sharers that leave together; readers that are let in together before a writer; a last sharer
// that must start its release over twice.
searches of_push_lock() {
    using namespace tests::push_lock;
    const auto run = [](std::vector<script> threads, std::optional<unsigned> bound) {
        return [=] { return explore_scripts(threads, bound); };
    };
    searches all;
    for (const operation a : {exclusive, shared}) {
        for (const operation b : {exclusive, shared}) {
            all.emplace_back(run({{a}, {b}}, std::nullopt));
            all.emplace_back([=] { return explore_last_touch(a, b); });
        }
    }
    for (const operation a : {exclusive, shared}) {
        for (const operation b : {exclusive, shared}) {
            all.emplace_back(run({{a}, {shared}, {b}}, 2));
            all.emplace_back(run({{a, a}, {b, b}}, 3));
        }
    }
    all.emplace_back(run({{exclusive}, {exclusive}, {exclusive}}, 3));
    all.emplace_back(run({{shared}, {shared, shared}, {exclusive}}, 3));
    all.emplace_back(run({{exclusive}, {shared}, {shared}, {exclusive}}, 2));
    all.emplace_back([] { return explore_leaving_sharers(3, 2); });
    return all;
}

searches of_rw_spin_lock() {
    using namespace tests::spin_locks;
    searches all;
    for (const bool a : {false, true}) {
        for (const bool b : {false, true}) {
            all.emplace_back([=] { return explore_scripts<reader_writer>({{a}, {b}}); });
            all.emplace_back([=] { return explore_last_touch<reader_writer>(a, b); });
        }
    }
    return all;
}

template <class Lock>
searches of_exclusive() {
    using namespace tests::spin_locks;
    return {
        [] { return explore_last_touch<Lock>(false, false); },
        [] { return explore_scripts<Lock>({{false}, {false}}); },
        [] { return explore_scripts<Lock>({{false}, {false}, {false}}, 2); },
    };
}

searches of_resource() {
    using namespace tests::resources;
    searches all;
    for (const request a : {request::exclusive, request::shared}) {
        all.emplace_back([=] { return explore_visits({request::exclusive, a}); });
        all.emplace_back([=] { return explore_visits({request::shared, request::exclusive, a}); });
    }
    return all;
}

searches of_rundown() { return {tests::resources::explore_rundown}; }

template <class Routines>
searches of_routines() {
    using namespace tests::spin_locks;
    return {
        [] { return explore_scripts<Routines>({{false}, {false}}); },
        [] { return explore_after_last_release<Routines>(); },
        [] { return explore_scripts<Routines>({{false}, {false}, {false}}, 2); },
    };
}

searches of_spin_lock() {
    searches all = of_exclusive<tests::spin_locks::spin>();
    for (auto &each : of_routines<tests::spin_locks::ordinary_routines>()) {
        all.push_back(each);
    }
    return all;
}

searches of_run_once() {
    using tests::resources::explore_run_once;
    return {
        [] { return explore_run_once(2); },
        [] { return explore_run_once(2, 1); },
        [] { return explore_run_once(3, 0, 2); },
    };
}

searches of_remove_lock() {
    using tests::remove_locks::explore_removal;
    return {
        [] { return explore_removal(0, true); },
        [] { return explore_removal(1, false); },
        [] { return explore_removal(1, true); },
        [] { return explore_removal(2, false, 2); },
    };
}

struct family {
    const char *name;  // that of its file
    searches (*all)();
};

constexpr family families[] = {
    {"push_lock", of_push_lock},
    {"spin_lock", of_spin_lock},
    {"queued_spin_lock", of_exclusive<tests::spin_locks::queued>},
    {"cancel_spin_lock", of_routines<tests::spin_locks::cancel_routines>},
    {"rw_spin_lock", of_rw_spin_lock},
    {"fast_mutex", of_exclusive<tests::spin_locks::mutex>},
    {"resource", of_resource},
    {"rundown", of_rundown},
    {"run_once", of_run_once},
    {"remove_lock", of_remove_lock},
};

// The failures by one word; a broken rule is called by its own.
std::string kind_of(const searched &done) {
    static constexpr struct {
        const char *word;
        const char *said;
    } known[] = {
        {"two_inside", "two threads hold the lock"},
        {"touched_later", "was touched after"},
        {"not_free", "and it is not free"},
        {"not_run_down", "the wait is over, and the word"},
        {"initialised_twice", "done, and not as it should be"},
    };
    if (done.failure.empty()) {
        return done.complete ? "nothing" : "no end";
    }
    for (const auto &each : known) {
        if (done.failure.find(each.said) != std::string::npos) {
            return each.word;
        }
    }
    return done.failure;
}

std::string run(const searches &all) {
    const auto began = std::chrono::steady_clock::now();
    std::string found = "nothing";
    std::uint64_t runs = 0;
    std::size_t searched_through = 0;
    while (found == "nothing" && searched_through < all.size()) {
        const searched done = all[searched_through++]();
        found = kind_of(done);
        runs += done.runs;
    }
    const std::chrono::duration<double, std::milli> took =
        std::chrono::steady_clock::now() - began;
    std::printf("%s after %llu executions in %zu of %zu searches, %.1f ms\n", found.c_str(),
                static_cast<unsigned long long>(runs), searched_through, all.size(), took.count());
    return found;
}

}  // namespace

int main(int count, char **arguments) {
    const char *const name = count > 1 ? arguments[1] : "";
    const char *const expected = count > 2 ? arguments[2] : "nothing";
    for (const family &each : families) {
        if (std::strcmp(each.name, name) == 0) {
            const std::string found = run(each.all());
            if (found != expected) {
                std::printf("expected %s\n", expected);
            }
            return found == expected ? 0 : 1;
        }
    }
    std::printf("no family is called \"%s\"\n", name);
    return 2;
}
