// What threads do to resources and rundown protection while every schedule of their atomic
// operations is searched.
#pragma once
#include <vector>

#include "emu/locks/resource.hpp"
#include "emu/locks/run_once.hpp"
#include "emu/locks/rundown.hpp"
#include "emu/machine/thread.hpp"
#include "emu/test.hpp"
#include "locks/every_schedule.hpp"

namespace tests::resources {

namespace resource = emu::locks::resource;
namespace rundown = emu::locks::rundown;
namespace run_once = emu::locks::run_once;
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

// Initialises, or waits until somebody has; `failures` of the attempts fail.
inline void use_initialised(run_once::word &it, emu::sched::atomic<std::uint32_t> &calls,
                            std::uint32_t failures) {
    for (;;) {
        const run_once::look seen = run_once::begin(it, false, false);
        if (seen.what == run_once::answer::done) {
            if (seen.context != 64 || calls.load(std::memory_order_relaxed) != failures + 1) {
                throw std::string("done, and not as it should be");
            }
            return;
        }
        if (seen.what == run_once::answer::yours) {
            const bool failed = calls.fetch_add(1, std::memory_order_relaxed) < failures;
            run_once::complete(it, false, failed, failed ? 0 : 64);
        } else {
            const waiting_for told(&it);
            run_once::wait(it, self().actor);
        }
    }
}

inline searched explore_run_once(int threads, std::uint32_t failures = 0,
                                 std::optional<unsigned> bound = std::nullopt) {
    return search_every_schedule(
        [=] {
            run_once::word it{0};
            emu::sched::atomic<std::uint32_t> calls{0};
            const auto use = [&] { use_initialised(it, calls, failures); };
            std::vector<emu::system_thread> others;
            for (int i = 1; i < threads; ++i) {
                others.emplace_back(use);
            }
            use();
            for (auto &each : others) {
                each.join();
            }
        },
        bound);
}

}  // namespace tests::resources
