#include "emu/explore/exhaustive.hpp"

#include <algorithm>

#include "emu/base/invariant.hpp"

namespace emu::explorer {

namespace {

constexpr std::uint32_t everything = 0;  // the number of "any object"; always as written
constexpr std::size_t first_table_size = 256;

bool commute(const std::vector<std::uint32_t> &a, const std::vector<std::uint32_t> &b) {
    if ((!a.empty() && a[0] >> 1 == everything) || (!b.empty() && b[0] >> 1 == everything)) {
        return a.empty() || b.empty();
    }
    return std::none_of(a.begin(), a.end(), [&b](std::uint32_t one) {
        return std::any_of(b.begin(), b.end(), [one](std::uint32_t other) {
            return one >> 1 == other >> 1 && ((one | other) & 1) != 0;
        });
    });
}

// "Everything" stands first and alone; other numbers once, as written if ever written.
void add(std::vector<std::uint32_t> &to, std::uint32_t number, bool written) {
    if (!to.empty() && to[0] >> 1 == everything) {
        return;
    }
    if (number == everything) {
        to.assign(1, everything << 1 | 1);
        return;
    }
    for (std::uint32_t &each : to) {
        if (each >> 1 == number) {
            each |= written ? 1U : 0U;
            return;
        }
    }
    to.push_back(number << 1 | (written ? 1U : 0U));
}

}  // namespace

std::uint32_t exhaustive_search::number_of(const void *object) {
    if (object == nullptr) {
        return everything;
    }
    if (objects_ * 2 >= numbers_.size()) {
        std::vector<numbered> old(std::max(first_table_size, numbers_.size() * 2));
        old.swap(numbers_);
        objects_ = 0;
        std::sort(old.begin(), old.end(),
                  [](const numbered &a, const numbered &b) { return a.number < b.number; });
        for (const numbered &each : old) {
            if (each.execution == execution_) {
                number_of(each.object);
            }
        }
    }
    const std::size_t mask = numbers_.size() - 1;
    std::size_t i = (reinterpret_cast<std::uintptr_t>(object) * 0x9E3779B97F4A7C15U >> 40) & mask;
    while (numbers_[i].execution == execution_ && numbers_[i].object != object) {
        i = (i + 1) & mask;
    }
    if (numbers_[i].execution != execution_) {
        numbers_[i] = {object, execution_, ++objects_};
    }
    return numbers_[i].number;
}

// What the step touched that the last choice led to.
void exhaustive_search::note_footprint(std::span<const touch> since) {
    if (depth_ == 0 || diverged_) {
        return;
    }
    footprint &into = path_[depth_ - 1].touched;
    into.clear();
    for (const touch &each : since) {
        add(into, number_of(each.object), each.how == access::write);
    }
}

void exhaustive_search::inherit_sleepers(const node &from, node &to) const {
    to.asleep.clear();
    const auto keep = [&](const tried &one) {
        if (commute(one.touched, from.touched)) {
            to.asleep.push_back(&one);
        }
    };
    for (const tried *each : from.asleep) {
        keep(*each);
    }
    for (std::uint32_t i = 0; i < from.explored && !from.data; ++i) {
        keep(from.done[i]);
    }
}

exhaustive_search::node &exhaustive_search::make_node(const choice &at) {
    if (length_ == path_.size()) {
        path_.emplace_back();
    }
    node &made = path_[length_++];
    made.candidates.assign(at.candidates.begin(), at.candidates.end());
    made.current = at.current;
    made.data = at.kind == point_kind::data;
    made.shape = shape_of(at);
    made.at = at.at;
    made.touched.clear();
    made.explored = 0;
    made.asleep.clear();
    made.preemptions = 0;
    if (made.done.size() < made.candidates.size()) {
        made.done.resize(made.candidates.size());
    }
    if (length_ > 1) {
        const node &before = path_[length_ - 2];
        const bool preempted = !before.data && before.current >= 0 &&
                               before.chosen != static_cast<std::uint32_t>(before.current);
        made.preemptions = before.preemptions + (preempted ? 1 : 0);
        if (!bound_) {
            inherit_sleepers(before, made);
        }
    }
    return made;
}

bool exhaustive_search::explored_or_asleep(const node &at, std::uint32_t index) const {
    const std::uint32_t actor = at.candidates[index];
    const auto is_it = [actor](const tried &one) { return one.actor == actor; };
    return std::any_of(at.done.begin(), at.done.begin() + at.explored, is_it) ||
           (!at.data && std::any_of(at.asleep.begin(), at.asleep.end(),
                                    [&](const tried *one) { return is_it(*one); }));
}

bool exhaustive_search::within_bound(const node &at, std::uint32_t index) {
    const bool preempts =
        !at.data && at.current >= 0 && index != static_cast<std::uint32_t>(at.current);
    if (!bound_ || !preempts || at.preemptions < *bound_) {
        return true;
    }
    bound_mattered_ = true;
    return false;
}

// The running actor first, so that a failure is found with few preemptions.
std::uint32_t exhaustive_search::next_candidate(const node &at) {
    const auto open = [&](std::uint32_t index) {
        return !explored_or_asleep(at, index) && within_bound(at, index);
    };
    if (at.current >= 0 && open(static_cast<std::uint32_t>(at.current))) {
        return static_cast<std::uint32_t>(at.current);
    }
    for (std::uint32_t i = 0; i < at.candidates.size(); ++i) {
        if (open(i)) {
            return i;
        }
    }
    return none;
}

// The subtree behind the chosen candidate is explored.
void exhaustive_search::close(node &at) {
    tried &explored = at.done[at.explored++];
    explored.actor = at.candidates[at.chosen];
    explored.touched.swap(at.touched);
    at.touched.clear();
}

bool exhaustive_search::begin() {
    depth_ = 0;
    objects_ = 0;
    ++execution_;
    if (!begun_) {
        begun_ = true;
        return true;
    }
    while (length_ > 0) {
        node &last = path_[length_ - 1];
        close(last);
        last.chosen = next_candidate(last);
        if (last.chosen != none) {
            return true;
        }
        --length_;
        if (last.data && length_ > 0) {
            // A data choice lies inside a step: what its branches touched belongs to that step.
            for (std::uint32_t i = 0; i < last.explored; ++i) {
                for (const std::uint32_t each : last.done[i].touched) {
                    add(path_[length_ - 1].touched, each >> 1, (each & 1) != 0);
                }
            }
        }
    }
    return false;
}

void exhaustive_search::again() {
    depth_ = 0;
    objects_ = 0;
    ++execution_;
}

std::uint32_t exhaustive_search::choose(const choice &at) {
    if (diverged_) {
        return cut;
    }
    if (!bound_) {
        note_footprint(at.since);
    }
    if (depth_ < length_) {
        const node &known = path_[depth_];
        if (known.shape != shape_of(at)) {
            diverged_ = divergence{
                at.step, depth_, known.at, at.at, known.candidates.size(), at.candidates.size()};
            return cut;
        }
        ++depth_;
        return known.chosen;
    }
    node &made = make_node(at);
    made.chosen = next_candidate(made);
    if (made.chosen == none) {
        --length_;
        return cut;
    }
    ++depth_;
    return made.chosen;
}

}  // namespace emu::explorer
