// The algorithms of resources, rundown protection and one-time initialisation under every schedule
// of their atomic operations.
#include <cstdio>
#include <vector>

#include "emu/locks/resource.hpp"
#include "emu/locks/run_once.hpp"
#include "emu/locks/rundown.hpp"
#include "emu/machine/thread.hpp"
#include "emu/test.hpp"
#include "locks/every_schedule.hpp"

namespace resource = emu::locks::resource;
namespace rundown = emu::locks::rundown;
namespace run_once = emu::locks::run_once;
using resource::request;
using tests::search_every_schedule;
using tests::searched;
using tests::witness;

namespace {

emu::machine::thread &self() { return emu::machine::current_thread(); }
resource::owner_id owner() { return reinterpret_cast<resource::owner_id>(&self()); }

struct waiting_for {
    explicit waiting_for(const void *lock) { emu::current_context->waits_for = lock; }
    ~waiting_for() { emu::current_context->waits_for = nullptr; }
};

void acquire(ERESOURCE &of, request how) {
    const waiting_for told(&of);
    if (!resource::try_acquire(of, self().actor, owner(), how)) {
        resource::acquire(of, self().actor, owner(), how);
    }
}

void visit(ERESOURCE &of, witness &seen, request how) {
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

searched explore_visits(const std::vector<request> &threads) {
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

}  // namespace

TEST_CASE("resource: explored completely, two and three visitors of each kind") {
    const std::vector<std::vector<request>> all = {
        {request::exclusive, request::exclusive},
        {request::exclusive, request::shared},
        {request::shared, request::wait_for_exclusive},
        {request::exclusive, request::shared, request::exclusive},
        {request::exclusive, request::shared, request::starve_exclusive},
        {request::shared, request::exclusive, request::wait_for_exclusive},
    };
    for (const auto &threads : all) {
        const searched result = explore_visits(threads);
        CAPTURE(result.failure);
        CAPTURE(result.runs);
        CHECK(result.failure.empty());
        CHECK(result.complete);
    }
}

TEST_CASE("rundown: explored completely, the last user touches nothing after its release") {
    const searched result = search_every_schedule([] {
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
    CAPTURE(result.failure);
    CHECK(result.failure.empty());
    CHECK(result.complete);
}

TEST_CASE("run_once: explored completely, one thread initialises and the others see it") {
    const searched result = search_every_schedule([] {
        run_once::word it{0};
        emu::sched::atomic<std::uint32_t> calls{0};
        const auto use = [&] {
            for (;;) {
                const run_once::look seen = run_once::begin(it, false, false);
                if (seen.what == run_once::answer::done) {
                    if (seen.context != 64 || calls.load(std::memory_order_relaxed) != 1) {
                        throw std::string("done, and not as it should be");
                    }
                    return;
                }
                if (seen.what == run_once::answer::yours) {
                    calls.fetch_add(1, std::memory_order_relaxed);
                    run_once::complete(it, false, false, 64);
                } else {
                    const waiting_for told(&it);
                    run_once::wait(it, self().actor);
                }
            }
        };
        emu::system_thread other{use};
        use();
        other.join();
    });
    CAPTURE(result.failure);
    CHECK(result.failure.empty());
    CHECK(result.complete);
}
