#include "emu/explore/exhaustive.hpp"

#include <algorithm>

#include "emu/base/invariant.hpp"

namespace emu::explorer {

namespace {

// A step that touched anything at all holds one entry: null, written.
bool touched_anything(std::span<const touch> footprint) {
    return !footprint.empty() && footprint[0].object == nullptr;
}

bool commute(std::span<const touch> a, std::span<const touch> b) {
    if (touched_anything(a) || touched_anything(b)) {
        return a.empty() || b.empty();
    }
    return std::none_of(a.begin(), a.end(), [b](const touch &one) {
        return std::any_of(b.begin(), b.end(), [&one](const touch &other) {
            return one.object == other.object &&
                   (one.how == access::write || other.how == access::write);
        });
    });
}

void add(std::vector<touch> &to, const touch &one) {
    if (touched_anything(to)) {
        return;
    }
    if (one.object == nullptr) {
        to.assign(1, {nullptr, access::write});
        return;
    }
    for (touch &each : to) {
        if (each.object == one.object) {
            each.how = one.how == access::write ? access::write : each.how;
            return;
        }
    }
    to.push_back(one);
}

bool same_objects(std::span<const touch> a, std::span<const touch> b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const touch &x, const touch &y) {
        return x.object == y.object && x.how == y.how;
    });
}

}  // namespace

// What the step touched that the last choice led to.
void exhaustive_search::note_footprint(std::span<const touch> since) {
    if (!reducing() || depth_ == 0 || diverged_) {
        return;
    }
    scratch_.clear();
    for (const touch &each : since) {
        add(scratch_, each);
    }
    node &behind = path_[depth_ - 1];
    // The last node of the path took another candidate than in the execution before.
    if (depth_ < known_ && !same_objects(scratch_, behind.touched)) {
        moved_ = true;
    }
    behind.touched.swap(scratch_);
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
    made.current = at.current();
    made.data = at.about_data();
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
        made.preemptions = before.preemptions + (preempts(before, before.chosen) ? 1 : 0);
        if (reducing()) {
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

// When time passes, another question follows.
bool exhaustive_search::preempts(const node &at, std::uint32_t index) {
    return !at.data && at.current >= 0 && index != static_cast<std::uint32_t>(at.current) &&
           at.candidates[index] != time_passes;
}

bool exhaustive_search::within_bound(const node &at, std::uint32_t index) {
    if (!bound_ || !preempts(at, index) || at.preemptions < *bound_) {
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

// Leaves the last open choice of the path with a candidate that is new there.
bool exhaustive_search::advance() {
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
                for (const touch &each : last.done[i].touched) {
                    add(path_[length_ - 1].touched, each);
                }
            }
        }
    }
    return false;
}

bool exhaustive_search::begin() {
    if (moved_) {
        // Objects lay elsewhere in the second run of the same steps: start over, at last without
        // reduction.
        moved_ = false;
        ++restarts_;
        begun_ = false;
        length_ = 0;
    }
    if (begun_ && !advance()) {
        return false;
    }
    begun_ = true;
    again();
    return true;
}

void exhaustive_search::again() {
    depth_ = 0;
    known_ = length_;
}

std::uint32_t exhaustive_search::choose(const choice &at) {
    if (diverged_) {
        return cut;
    }
    note_footprint(at.since);
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
