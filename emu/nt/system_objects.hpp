// Objects that one routine makes for the driver and another takes back: timers, affinity tokens.
//
// They stay for the life of their machine, also when they are given back, so that whatever a
// driver hands in, one that it gave back, one of an earlier machine or rubbish, is told from a
// live one and never touched.
#pragma once
#include <algorithm>
#include <deque>
#include <mutex>

#include "emu/host/mutex.hpp"
#include "emu/machine/machine.hpp"

namespace emu::nt {

template <class Object>
class system_objects {
public:
    Object &make() {
        const std::lock_guard held(guard_);
        forget_other_machines();
        return all_.emplace_back().object;
    }

    /// The live object at this address, or null.
    Object *find(const void *address) {
        const std::lock_guard held(guard_);
        entry *known = entry_of(address);
        return known != nullptr ? &known->object : nullptr;
    }

    /// Takes it back; false if there is none at this address.
    bool free(const void *address) {
        const std::lock_guard held(guard_);
        entry *known = entry_of(address);
        if (known != nullptr) {
            known->live = false;
        }
        return known != nullptr;
    }

private:
    struct entry {
        Object object;
        bool live = true;
    };

    entry *entry_of(const void *address) {
        forget_other_machines();
        const auto at = std::find_if(all_.begin(), all_.end(), [=](const entry &each) {
            return each.live && &each.object == address;
        });
        return at != all_.end() ? &*at : nullptr;
    }
    void forget_other_machines() {
        if (generation_ != machine::generation()) {
            all_.clear();
            generation_ = machine::generation();
        }
    }

    host::mutex guard_;  // a leaf
    std::deque<entry> all_;
    std::uint32_t generation_ = 0;
};

}  // namespace emu::nt
