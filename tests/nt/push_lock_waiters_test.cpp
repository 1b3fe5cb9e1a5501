// Push locks with waiters: the word's bits, and who goes when.  Virtual time puts the threads in
// order, so all of it is simulated.
#include <memory>
#include <string>
#include <vector>

#include "push_lock_routines.hpp"

using namespace tests;

namespace {

constexpr EX_PUSH_LOCK locked = 1, waiting = 2, waking = 4, multiple = 8, flag_bits = 15;

// Queues threads on one lock, one after another, and writes down in which order they get it.
class queue {
public:
    ~queue() { all_.clear(); }

    void add_writer(const char *name) {
        all_.emplace_back(name, [this, name] {
            critical_region inside;
            ExAcquirePushLockExclusive(&lock);
            enter(name);
            CHECK(inside_now_ == 1);
            let_others_run(100);
            CHECK(inside_now_ == 1);
            --inside_now_;
            ExReleasePushLockExclusive(&lock);
        });
        let_others_run();
    }

    void add_reader(const char *name) {
        all_.emplace_back(name, [this, name] {
            critical_region inside;
            ExAcquirePushLockShared(&lock);
            enter(name);
            let_others_run(100);
            --inside_now_;
            ExReleasePushLockShared(&lock);
        });
        let_others_run();
    }

    void join() {
        for (emu::system_thread &each : all_) {
            each.join();
        }
    }

    EX_PUSH_LOCK lock = 0;
    std::string order;  // names of those who got it
    int most_inside = 0;

private:
    void enter(const char *name) {
        order += name;
        most_inside = std::max(most_inside, ++inside_now_);
    }

    int inside_now_ = 0;
    std::vector<emu::system_thread> all_;
};

}  // namespace

TEST_SIMULATED("push_lock: the waiting bit and the newest waiter stand in the word") {
    queue on;
    critical_region inside;
    ExAcquirePushLockExclusive(&on.lock);
    on.add_writer("a");
    CHECK((on.lock & flag_bits) == (locked | waiting));
    const EX_PUSH_LOCK newest = on.lock & ~flag_bits;
    CHECK(newest != 0);
    on.add_writer("b");
    CHECK((on.lock & flag_bits) == (locked | waiting));
    CHECK((on.lock & ~flag_bits) != newest);
    ExReleasePushLockExclusive(&on.lock);
    on.join();
    CHECK(on.lock == 0);
}

TEST_SIMULATED("push_lock: beside a waiter one sharer has no multiple bit, two have it") {
    queue on;
    critical_region inside;
    ExAcquirePushLockShared(&on.lock);
    on.add_writer("a");
    CHECK((on.lock & flag_bits) == (locked | waiting));
    ExReleasePushLockShared(&on.lock);
    on.join();

    queue two;
    ExAcquirePushLockShared(&two.lock);
    ExAcquirePushLockShared(&two.lock);
    two.add_writer("a");
    CHECK((two.lock & flag_bits) == (locked | waiting | multiple));
    ExReleasePushLockShared(&two.lock);
    CHECK((two.lock & (locked | waiting)) == (locked | waiting));
    let_others_run();
    CHECK(two.order.empty());
    ExReleasePushLockShared(&two.lock);
    two.join();
    CHECK(two.order == "a");
    CHECK(two.lock == 0);
}

TEST_SIMULATED("push_lock: after the release of a lock with two waiters it is free and waiting") {
    queue on;
    critical_region inside;
    ExAcquirePushLockExclusive(&on.lock);
    on.add_writer("a");
    on.add_writer("b");
    ExReleasePushLockExclusive(&on.lock);
    CHECK((on.lock & locked) == 0);
    CHECK((on.lock & waiting) != 0);
    CHECK((on.lock & multiple) == 0);
    on.join();
    CHECK(on.order == "ab");
    CHECK((on.lock & waking) == 0);
}

TEST_SIMULATED("push_lock: the oldest exclusive waiter wakes alone") {
    queue on;
    critical_region inside;
    ExAcquirePushLockExclusive(&on.lock);
    on.add_writer("a");
    on.add_writer("b");
    on.add_reader("r");
    ExReleasePushLockExclusive(&on.lock);
    let_others_run();
    CHECK(on.order == "a");
    on.join();
    CHECK(on.order == "abr");
    CHECK(on.most_inside == 1);
    CHECK(on.lock == 0);
}

TEST_SIMULATED("push_lock: a new shared request queues behind a waiting writer") {
    queue on;
    critical_region inside;
    ExAcquirePushLockShared(&on.lock);
    on.add_writer("w");
    on.add_reader("r");
    CHECK(on.order.empty());
    ExReleasePushLockShared(&on.lock);
    let_others_run();
    CHECK(on.order == "w");
    on.join();
    CHECK(on.order == "wr");
}

TEST_SIMULATED("push_lock: a shared try fails while a writer waits") {
    queue on;
    critical_region inside;
    ExAcquirePushLockShared(&on.lock);
    on.add_writer("w");
    BOOLEAN got = TRUE;
    emu::system_thread{[&] {
        critical_region inside_too;
        got = ExTryAcquirePushLockShared(&on.lock);
    }}.join();
    CHECK_FALSE(got);
    ExReleasePushLockShared(&on.lock);
    on.join();
}

TEST_SIMULATED("push_lock: consecutive readers wake together, those behind a writer later") {
    queue on;
    critical_region inside;
    ExAcquirePushLockExclusive(&on.lock);
    on.add_reader("a");
    on.add_reader("b");
    on.add_writer("w");
    on.add_reader("c");
    on.add_reader("d");
    ExReleasePushLockExclusive(&on.lock);
    CHECK((on.lock & flag_bits) == (locked | waiting | multiple));
    let_others_run();
    CHECK(on.order == "ab");
    on.join();
    CHECK(on.order == "abwcd");
    CHECK(on.most_inside == 2);
    CHECK(on.lock == 0);
}

TEST_SIMULATED("push_lock: readers that wake with nobody behind them stand counted in the word") {
    queue on;
    critical_region inside;
    ExAcquirePushLockExclusive(&on.lock);
    on.add_reader("a");
    on.add_reader("b");
    on.add_reader("c");
    ExReleasePushLockExclusive(&on.lock);
    CHECK(on.lock == 1 + 16 * 3);
    on.join();
    CHECK(on.most_inside == 3);
}

TEST_SIMULATED("push_lock: either release lets a waiter in, whatever the mode it was taken in") {
    for (const release_routine &out : releases) {
        if (out.way == way_in::flt) {
            continue;
        }
        for (const bool shared : {false, true}) {
            if (!out.fits(shared)) {
                continue;
            }
            queue on;
            critical_region inside;
            shared ? ExAcquirePushLockShared(&on.lock) : ExAcquirePushLockExclusive(&on.lock);
            on.add_writer("w");
            out.call(&on.lock);
            on.join();
            CHECK(on.order == "w");
            CHECK(on.lock == 0);
        }
    }
}
