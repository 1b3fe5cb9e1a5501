// Deadlock or lost wake-up: who waits for whom, from the held-lock records.
//
// A thread that waits for a lock waits for its holders; one that waits for a thread object waits
// for that thread; one that waits for any of several objects waits for a thread only if each of
// them is held by a thread that waits too.  A circle is a deadlock; without one, whoever should
// have sent a wake-up did not.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "emu/dispatcher/view.hpp"
#include "emu/machine/view.hpp"
#include "emu/verify/judge.hpp"

namespace emu::verify {

namespace {

using machine::thread_view;

std::vector<thread_view> all_threads() {
    std::vector<thread_view> threads;
    for (std::size_t i = 0; const auto thread = machine::thread_number(i); ++i) {
        threads.push_back(*thread);
    }
    return threads;
}

bool holds(const thread_view &thread, const void *object) {
    const context &own = *thread.own;
    return thread.object == object ||
           std::any_of(own.held, own.held + own.held_count,
                       [object](const held_lock &each) { return each.object == object; });
}

// The first thread that holds the object and waits itself.
std::optional<std::size_t> waiting_holder(const std::vector<thread_view> &threads,
                                          const void *object) {
    for (std::size_t i = 0; object != nullptr && i < threads.size(); ++i) {
        if (threads[i].own->waits_for != nullptr && holds(threads[i], object)) {
            return i;
        }
    }
    return std::nullopt;
}

// The first thread that `waiter` waits for and that waits itself; it may be the same one.
std::optional<std::size_t> next_in_chain(const std::vector<thread_view> &threads,
                                         std::size_t waiter) {
    const context &own = *threads[waiter].own;
    const dispatcher::wait_view several = dispatcher::wait_of(threads[waiter].object);
    if (own.waits_for == nullptr || several.count < 2) {
        return waiting_holder(threads, own.waits_for);
    }
    std::optional<std::size_t> first;
    for (std::uint32_t i = 0; i < several.count; ++i) {
        const auto holder = waiting_holder(threads, several.objects[i]);
        if (several.all ? holder.has_value() : !holder.has_value()) {
            return holder;
        }
        first = first ? first : holder;
    }
    return first;
}

// The members of a circle of waits, or none.
std::vector<std::size_t> find_circle(const std::vector<thread_view> &threads) {
    for (std::size_t start = 0; start < threads.size(); ++start) {
        std::vector<std::size_t> chain{start};
        while (const auto next = next_in_chain(threads, chain.back())) {
            const auto seen = std::find(chain.begin(), chain.end(), *next);
            if (seen != chain.end()) {
                return {seen, chain.end()};
            }
            chain.push_back(*next);
        }
    }
    return {};
}

std::string names_of(const std::vector<thread_view> &threads,
                     const std::vector<std::size_t> &circle) {
    std::string names;
    for (const std::size_t each : circle) {
        names += fmt::format("thread {} \"{}\" waits for ", threads[each].id, threads[each].name);
    }
    return names + fmt::format("thread {} \"{}\"", threads[circle[0]].id, threads[circle[0]].name);
}

// The finding is made on the scheduler's stack; the story is on the waiting thread's.
const finding *with_stack_of(const finding *found, const thread_view &thread) {
    static finding told;
    if (found == nullptr) {
        return nullptr;
    }
    told = *found;
    told.frame_count = 0;
    if (const wait_stack *stack = thread.own->waits_on_stack) {
        told.frame_count = stack->count;
        std::copy_n(stack->frames.begin(), stack->count, told.frames.begin());
    }
    return &told;
}

}  // namespace

const finding *judge_stuck() {
    const std::vector<thread_view> threads = all_threads();
    const auto waiting = std::find_if(threads.begin(), threads.end(), [](const thread_view &each) {
        return !each.ended && each.own->waits_for != nullptr;
    });
    if (waiting == threads.end()) {
        return nullptr;
    }
    const std::vector<std::size_t> circle = find_circle(threads);
    const thread_view &about = circle.empty() ? *waiting : threads[circle[0]];
    const call at{const_cast<context &>(*about.own), about.own->waits_in, about.own->waits_for,
                  about.own->waits_at};
    const finding *found =
        circle.empty()
            ? broken(at, rule::lost_wakeup, {},
                     "thread %llu \"%s\" waits, no other thread can run, and no timeout is set",
                     static_cast<unsigned long long>(about.id), about.name)
            : broken(at, rule::deadlock, {}, "%s", names_of(threads, circle).c_str());
    return with_stack_of(found, about);
}

}  // namespace emu::verify
