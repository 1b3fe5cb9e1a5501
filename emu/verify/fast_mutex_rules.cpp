// Rules of fast and guarded mutexes.  Sources and choices:
// docs/decisions/073-fast-mutex-contract.md.
#include "emu/verify/fast_mutex_rules.hpp"

#include "emu/locks/view.hpp"
#include "emu/machine/view.hpp"
#include "emu/verify/bug_checks.hpp"
#include "emu/verify/held.hpp"

namespace emu::verify {

namespace {

// Driver Verifier's deadlock detection lists the fast mutex routines, not the guarded ones.
bug_check deadlock_detected(const call &at, std::uint32_t type, const void *second = nullptr,
                            const void *third = nullptr) {
    const bool guarded = at.by >= routine::KeInitializeGuardedMutex &&
                         at.by <= routine::KeReleaseGuardedMutexUnsafe;
    if (guarded) {
        return {};
    }
    return {0xC4, {type, address_bits(at.object), address_bits(second), address_bits(third)}};
}

// A mutex acquired later that keeps the level at APC_LEVEL, or null.
const held_lock *later_mutex(const context &self, const held_lock &released) {
    for (const held_lock *each = &released + 1; each < self.held + self.held_count; ++each) {
        if (is_fast_mutex(each->how.family) && each->irql_before != level_untouched) {
            return each;
        }
    }
    return nullptr;
}

const finding *not_held_by_caller(const call &at) {
    if (const finding *found = judge_fast_mutex_object(at)) {
        return found;
    }
    if (!locks::view_fast_mutex(at.object).held) {
        return broken(at, rule::unheld_release, deadlock_detected(at, 0x1007),
                      "nobody holds the mutex: released twice, or never acquired");
    }
    return broken(at, rule::release_not_owner,
                  deadlock_detected(at, 0x1004, holder_of(at.object).thread,
                                    machine::thread_of(at.self).object),
                  "another thread holds the mutex; this one never acquired it");
}

const finding *wrong_way_out(const call &at, const held_lock &record, bool unsafe, bool lowers) {
    if (unsafe != (record.irql_before == level_untouched)) {
        return broken(at, rule::wrong_release_routine, {}, "%s acquired it",
                      contract_of(record.how.by).name);
    }
    if (lowers && record.irql_before == 0) {
        if (const held_lock *later = later_mutex(at.self, record)) {
            return broken(at, rule::released_out_of_order,
                          deadlock_detected(at, 0x1003, later->object),
                          "the IRQL falls to %u while the thread holds the %s %p, acquired later",
                          record.irql_before, name_of(later->how.family), later->object);
        }
    }
    return nullptr;
}

}  // namespace

const finding *judge_fast_mutex_object(const call &at) {
    const locks::fast_mutex_view mutex = locks::view_fast_mutex(at.object);
    if (mutex.plausible && mutex.initialised) {
        return nullptr;
    }
    if (const auto block = machine::pool_around(at.object); block && block->freed) {
        return broken(
            at, rule::freed_object, {},
            "the mutex lies %zu bytes into a freed pool block of %zu bytes, tag '%s'",
            static_cast<std::size_t>(address_bits(at.object) - address_bits(block->data)),
            block->size, tag_text(block->tag).data());
    }
    return broken(at, rule::overwritten_object, deadlock_detected(at, 0x1002),
                  mutex.plausible ? "the mutex was never initialised; its Count is %d"
                                  : "the mutex's Count is %d; that of a free mutex is 1",
                  mutex.count);
}

const finding *judge_fast_mutex_wait(const call &at) {
    if (const finding *found = judge_fast_mutex_object(at)) {
        return found;
    }
    if (find_held(at.self, at.object) == nullptr) {
        return nullptr;
    }
    return broken(at, rule::recursive_acquire, {}, "this thread already holds the mutex");
}

const finding *judge_fast_mutex_release(const call &at, bool unsafe, bool lowers) {
    const held_lock *record = find_held(at.self, at.object);
    if (record == nullptr) {
        return not_held_by_caller(at);
    }
    const finding *found = wrong_way_out(at, *record, unsafe, lowers);
    drop_held(at.self, *record);
    return found;
}

}  // namespace emu::verify
