// Objects to wait for under stress: no wake-up is lost, nothing is given away twice.
#include <memory>

#include "stress/stress.hpp"

using namespace tests;
using namespace tests::stress;

namespace {

LARGE_INTEGER in(LONGLONG ticks_100ns) {
    LARGE_INTEGER due;
    due.QuadPart = -ticks_100ns;
    return due;
}

// Waits for ever, for a moment or not at all.
NTSTATUS wait_somehow(PVOID object, random_numbers &any) {
    if (any.one_in(2)) {
        return wait_for(object);
    }
    LARGE_INTEGER limit = in(any.below(3) * 20);
    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, &limit);
}

// A synchronization event as a lock: its signal is what one thread has and nobody else.
void stress_synchronization_event(const plan &how) {
    KEVENT event;
    KeInitializeEvent(&event, SynchronizationEvent, TRUE);
    guarded data;
    take_turns(how, [&](random_numbers &any) {
        if (wait_somehow(&event, any) == STATUS_SUCCESS) {
            data.write();
            EMU_CHECK(KeSetEvent(&event, 0, FALSE) == 0);
        }
    });
    data.check();
    EMU_CHECK(KeReadStateEvent(&event) != 0);
}

// The first thread lets all others through a gate and shuts it when each has passed.
void stress_notification_event(const plan &how) {
    KEVENT gate;
    KSEMAPHORE passed;
    std::vector<KEVENT> shut(how.threads);  // one each, or the fast ones take what is the others'
    KeInitializeEvent(&gate, NotificationEvent, FALSE);
    KeInitializeSemaphore(&passed, 0, MAXLONG);
    for (KEVENT &each : shut) {
        KeInitializeEvent(&each, SynchronizationEvent, FALSE);
    }
    std::atomic<unsigned> inside{0};
    run_threads(how, [&](random_numbers &, unsigned number) {
        for (unsigned turn = 0; turn < how.turns / 4 + 1; ++turn) {
            if (number != 0) {
                EMU_CHECK(wait_for(&gate) == STATUS_SUCCESS);
                ++inside;
                KeReleaseSemaphore(&passed, 0, 1, FALSE);
                wait_for(&shut[number]);
                continue;
            }
            EMU_CHECK(inside == turn * (how.threads - 1));
            KeSetEvent(&gate, 0, FALSE);
            for (unsigned i = 1; i < how.threads; ++i) {
                wait_for(&passed);
            }
            KeClearEvent(&gate);
            for (unsigned i = 1; i < how.threads; ++i) {
                KeSetEvent(&shut[i], 0, FALSE);
            }
        }
    });
    EMU_CHECK(KeReadStateSemaphore(&passed) == 0);
}

void stress_semaphore(const plan &how) {
    constexpr LONG limit = 2;
    KSEMAPHORE semaphore;
    KeInitializeSemaphore(&semaphore, limit, limit);
    std::atomic<LONG> taken{0};
    run_threads(how, [&](random_numbers &any, unsigned) {
        LONG mine = 0;
        for (unsigned turn = 0; turn < how.turns; ++turn) {
            // Whoever has one never blocks, or all might wait for each other.
            const NTSTATUS status = mine == 0 ? wait_somehow(&semaphore, any) : poll(&semaphore);
            if (status == STATUS_SUCCESS) {
                EMU_CHECK(taken.fetch_add(1) < limit);
                ++mine;
            }
            if (mine > 0 && any.one_in(2)) {
                taken -= mine;
                KeReleaseSemaphore(&semaphore, 0, mine, FALSE);
                mine = 0;
            }
        }
        if (mine > 0) {
            taken -= mine;
            KeReleaseSemaphore(&semaphore, 0, mine, FALSE);
        }
    });
    EMU_CHECK(taken == 0 && KeReadStateSemaphore(&semaphore) == limit);
}

// Three events as locks: two at a time, all or nothing, or whichever is free.
void stress_several_objects(const plan &how) {
    constexpr unsigned count = 3;
    KEVENT events[count];
    guarded data[count];
    for (KEVENT &each : events) {
        KeInitializeEvent(&each, SynchronizationEvent, TRUE);
    }
    take_turns(how, [&](random_numbers &any) {
        const unsigned first = any.below(count), second = (first + 1 + any.below(2)) % count;
        PVOID objects[] = {&events[first], &events[second]};
        const bool all = any.one_in(2);
        LARGE_INTEGER limit = in(any.below(2) * 20);
        const NTSTATUS status =
            KeWaitForMultipleObjects(2, objects, all ? WaitAll : WaitAny, Executive, KernelMode,
                                     FALSE, any.one_in(2) ? &limit : nullptr, nullptr);
        if (status == STATUS_TIMEOUT) {
            return;
        }
        EMU_CHECK(status == STATUS_WAIT_0 || (!all && status == STATUS_WAIT_1));
        for (const unsigned each : {first, second}) {
            if (all || each == (status == STATUS_WAIT_0 ? first : second)) {
                data[each].write();
                KeSetEvent(&events[each], 0, FALSE);
            }
        }
    });
    for (unsigned i = 0; i < count; ++i) {
        data[i].check();
        EMU_CHECK(KeReadStateEvent(&events[i]) != 0);
    }
}

struct numbered : LIST_ENTRY {
    unsigned producer = 0, number = 0;
    std::atomic<int> taken{0};
};

// Half of the threads insert, half remove; what one inserts comes out in that order, for each who
// removes, and everything comes out once.
void stress_queue(const plan &how) {
    KQUEUE queue;
    KeInitializeQueue(&queue, 2);
    const unsigned producers = how.threads / 2;
    const unsigned consumers = how.threads - producers;
    std::vector<std::vector<numbered>> entries(producers);
    for (auto &each : entries) {
        each = std::vector<numbered>(how.turns);
    }
    std::vector<numbered> ends(consumers);
    std::atomic<unsigned> producing{producers};
    run_threads(how, [&](random_numbers &any, unsigned number) {
        if (number < producers) {
            for (unsigned i = 0; i < how.turns; ++i) {
                numbered &one = entries[number][i];
                one.producer = number;
                one.number = i + 1;
                KeInsertQueue(&queue, &one);
            }
            if (--producing == 0) {
                for (numbered &each : ends) {
                    KeInsertQueue(&queue, &each);
                }
            }
            return;
        }
        std::vector<unsigned> last(producers);
        for (;;) {
            LARGE_INTEGER limit = in(20);
            PLIST_ENTRY entry =
                KeRemoveQueue(&queue, KernelMode, any.one_in(2) ? &limit : nullptr);
            if (entry == reinterpret_cast<PLIST_ENTRY>(std::uintptr_t{STATUS_TIMEOUT})) {
                continue;
            }
            auto &one = *static_cast<numbered *>(entry);
            EMU_CHECK(one.taken.fetch_add(1) == 0);
            if (one.number == 0) {
                return;
            }
            EMU_CHECK(one.number > last[one.producer]);
            last[one.producer] = one.number;
        }
    });
    for (const auto &of_one : entries) {
        for (const numbered &each : of_one) {
            EMU_CHECK(each.taken == 1);
        }
    }
    EMU_CHECK(KeReadStateQueue(&queue) == 0);
    EMU_CHECK(KeRundownQueue(&queue) == nullptr);
}

// A timer, and how often its DPC ran.
struct counting_timer : KTIMER {
    std::atomic<unsigned> runs{0};
    dpc_with dpc{[this] { ++runs; }};
    explicit counting_timer(TIMER_TYPE type) { KeInitializeTimerEx(this, type); }
    // TRUE: the setting before it had not expired and counts no more.
    bool set(random_numbers &any) {
        return KeSetTimer(this, in(any.below(4) * 300), &dpc) != FALSE;
    }
};

// Each thread has a timer of its own: a setting expires exactly once, or was cancelled.
void stress_timer(const plan &how) {
    run_threads(how, [&](random_numbers &any, unsigned) {
        counting_timer timer(any.one_in(2) ? NotificationTimer : SynchronizationTimer);
        for (unsigned turn = 0; turn < how.turns / 32 + 1; ++turn) {
            const unsigned before = timer.runs;
            EMU_CHECK(!timer.set(any));
            const bool first_expired = any.one_in(4) && !timer.set(any);
            const bool cancelled = any.one_in(2) && KeCancelTimer(&timer);
            if (!cancelled) {
                EMU_CHECK(wait_for(&timer) == STATUS_SUCCESS);  // the last setting's signal
                EMU_CHECK(!KeCancelTimer(&timer));
            }
            KeFlushQueuedDpcs();
            const unsigned more = timer.runs - before;
            const unsigned most = (first_expired ? 1 : 0) + (cancelled ? 0 : 1);
            // Two expirations are one call if the first is queued still.
            EMU_CHECK(more <= most && more >= (most > 0 ? 1U : 0U));
        }
    });
}

}  // namespace

TEST_CASE("stress: objects to wait for lose no wake-up (native, simulated)") {
    put_under_stress("synchronization event", stress_synchronization_event);
    put_under_stress("notification event", stress_notification_event);
    put_under_stress("semaphore", stress_semaphore);
    put_under_stress("several objects", stress_several_objects);
    put_under_stress("queue", stress_queue);
    put_under_stress("timer", stress_timer);
}
