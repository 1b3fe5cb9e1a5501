// What threads do to resources and rundown protection while every schedule of their atomic
// operations is searched.
#pragma once
#include <vector>

#include "emu/locks/resource.hpp"
#include "emu/locks/rundown.hpp"
#include "emu/machine/thread.hpp"
#include "emu/test.hpp"
#include "locks/every_schedule.hpp"

namespace tests::resources {

namespace resource = emu::locks::resource;
namespace rundown = emu::locks::rundown;
using resource::request;

inline emu::machine::thread &self() { return emu::machine::current_thread(); }
inline resource::owner_id owner() { return reinterpret_cast<resource::owner_id>(&self()); }

inline void acquire(ERESOURCE &of, request how) {
    const waiting_for told(&of);
    if (!resource::try_acquire(of, self().actor, owner(), how)) {
        resource::acquire(of, self().actor, owner(), how);
    }
}

inline void visit(ERESOURCE &of, witness &seen, request how) {
    acquire(of, how);
    if (how == request::exclusive) {
        seen.enter_exclusive();
        seen.leave_exclusive();
    } else {
        seen.enter_shared();
        seen.leave_shared();
    }
    resource::release(of, self().actor, owner());
}

inline searched explore_visits(const std::vector<request> &threads) {
    return search_every_schedule([&] {
        ERESOURCE it;
        witness seen;
        resource::initialize(it);
        std::vector<emu::system_thread> others;
        for (std::size_t i = 1; i < threads.size(); ++i) {
            others.emplace_back([&, i] { visit(it, seen, threads[i]); });
        }
        visit(it, seen, threads[0]);
        for (auto &each : others) {
            each.join();
        }
        if (it.ActiveEntries != 0 || it.SharedWaiters != nullptr ||
            it.ExclusiveWaiters != nullptr || !seen.empty()) {
            throw std::string("everybody has released the resource, and it is not free");
        }
        resource::destroy(it);
    });
}

// One holds the protection, another comes, and the body runs it down.
inline searched explore_rundown() {
    return search_every_schedule([] {
        rundown::word it{0};
        witness inside;
        rundown::acquire(it, 1);
        inside.enter_shared();
        emu::system_thread user{[&] {
            if (rundown::acquire(it, 1)) {
                inside.enter_shared();
                inside.leave_shared();
                rundown::release(it, 1);
            }
        }};
        emu::system_thread first{[&] {
            inside.leave_shared();
            rundown::release(it, 1);
        }};
        {
            const waiting_for told(&it);
            rundown::wait(it, self().actor);
        }
        if (it.bare().load() != rundown::active) {
            throw std::string("the wait is over, and the word is not 1");
        }
        inside.enter_exclusive();
        inside.leave_exclusive();
        user.join(), first.join();
    });
}

}  // namespace tests::resources
