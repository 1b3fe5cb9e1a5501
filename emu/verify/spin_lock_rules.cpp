// Rules of spin locks.  Sources and choices: docs/decisions/070-spin-lock-contract.md.
#include "emu/verify/spin_lock_rules.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "emu/locks/view.hpp"
#include "emu/machine/view.hpp"
#include "emu/verify/bug_checks.hpp"
#include "emu/verify/held.hpp"

namespace emu::verify {

namespace {

constexpr bug_check already_owned{0xF, {}};
constexpr std::uint8_t dispatch_level = 2;

bug_check deadlock_detected(const call &at, std::uint32_t type) {
    return {0xC4, {type, address_bits(at.object), 0, 0}};
}

const finding *overwritten(const call &at, std::uint64_t word, const char *kind,
                           const bug_check &check) {
    if (const auto block = machine::pool_around(at.object); block && block->freed) {
        return broken(
            at, rule::freed_object, {},
            "the %s lies %zu bytes into a freed pool block of %zu bytes, tag '%s'", kind,
            static_cast<std::size_t>(address_bits(at.object) - address_bits(block->data)),
            block->size, tag_text(block->tag).data());
    }
    return broken(at, rule::overwritten_object, check,
                  "the %s's word is 0x%llX; that of one which nobody holds is 0", kind,
                  static_cast<unsigned long long>(word));
}

// A release by a thread that has no record of acquiring.
const finding *not_held_by_caller(const call &at, bool word_says_held, bool documented) {
    const lock_holder holder = holder_of(at.object);
    if (holder.thread == nullptr && !word_says_held) {
        return broken(at, rule::unheld_release,
                      documented ? deadlock_detected(at, 0x1007) : bug_check{},
                      "nobody holds the lock: released twice, or never acquired");
    }
    const bug_check check{0xC4,
                          {0x1004, address_bits(at.object), address_bits(holder.thread),
                           address_bits(machine::thread_of(at.self).object)}};
    return broken(at, rule::release_not_owner, documented ? check : bug_check{},
                  "another thread holds the lock; this one never acquired it");
}

std::span<held_lock> records_of(context &self) { return {self.held, self.held_count}; }

// Locks may be released in any order, each to the level that another acquire found: a lock that is
// passed along hand over hand, or two whose saved levels were exchanged.  The records then
// exchange theirs.
bool exchange_saved_levels(context &self, held_lock &released, std::uint8_t to) {
    const bool keeps = to >= dispatch_level;  // so is level_untouched
    for (held_lock &other : records_of(self)) {
        if (&other == &released || !is_spin_lock(other.how.family)) {
            continue;
        }
        const std::uint8_t saved = other.irql_before;
        if (saved == to || (keeps && saved >= dispatch_level)) {
            std::swap(other.irql_before, released.irql_before);
            return true;
        }
    }
    return false;
}

// Does the release go back to where the acquire came from?
bool goes_back(context &self, held_lock &record, std::uint8_t to) {
    const std::uint8_t saved = record.irql_before;
    if (to == level_untouched ? saved >= dispatch_level : saved == to) {
        return true;
    }
    if (saved == level_untouched && record.how.family != lock_family::queued_spin_lock) {
        return to <= dispatch_level;  // the caller raised the level, and lowers it so
    }
    return exchange_saved_levels(self, record, to);
}

const finding *wrong_level(const call &at, const held_lock &record, std::uint8_t to) {
    const bool ordinary =
        at.by == routine::KeReleaseSpinLock || at.by == routine::KfReleaseSpinLock;
    const bug_check check = ordinary ? bug_check{0xC4, {0x20015, 0, 0, 0}} : bug_check{};
    if (to == level_untouched) {
        return broken(at, rule::wrong_old_irql, check,
                      "the acquire raised the IRQL from %u; this release leaves it raised",
                      record.irql_before);
    }
    if (record.irql_before == level_untouched) {
        return broken(at, rule::wrong_old_irql, check,
                      "the acquire did not touch the IRQL; this release lowers it to %u", to);
    }
    return broken(at, rule::wrong_old_irql, check,
                  "the acquire found IRQL %u; this release goes to %u", record.irql_before, to);
}

const char *mode_name(lock_mode mode) {
    return mode == lock_mode::exclusive ? "exclusively" : "shared";
}

}  // namespace

const finding *judge_spin_lock_word(const call &at) {
    const locks::spin_lock_view lock = locks::view_spin_lock(at.object);
    return lock.is != locks::spin_lock_view::state::implausible
               ? nullptr
               : overwritten(at, lock.word, "spin lock", deadlock_detected(at, 0x1002));
}

const finding *judge_spin_lock_wait(const call &at, lock_family family) {
    if (const finding *found = judge_spin_lock_word(at)) {
        return found;
    }
    if (find_held(at.self, at.object) != nullptr) {
        return broken(at, rule::recursive_acquire, already_owned,
                      "this thread already holds the spin lock");
    }
    using state = locks::spin_lock_view::state;
    const state is = locks::view_spin_lock(at.object).is;
    const bool mixed = family == lock_family::spin_lock ? is == state::queued : is == state::held;
    if (!mixed) {
        return nullptr;
    }
    return broken(at, rule::mixed_spin_lock_routines, deadlock_detected(at, 0x1008),
                  "%s acquire of a spin lock that is held through the %s routines",
                  family == lock_family::spin_lock ? "ordinary" : "queued",
                  family == lock_family::spin_lock ? "queued" : "ordinary");
}

const finding *judge_spin_lock_release(const call &at, lock_family family, std::uint8_t to,
                                       bool readable) {
    const held_lock *held = find_held(at.self, at.object);
    if (held == nullptr) {
        const finding *found = readable ? judge_spin_lock_word(at) : nullptr;
        const bool says_held = readable && locks::view_spin_lock(at.object).word != 0;
        return found != nullptr ? found : not_held_by_caller(at, says_held, true);
    }
    held_lock &record = changeable(at.self, *held);
    const finding *found = nullptr;
    if (record.how.family != family) {
        found = broken(at, rule::mixed_spin_lock_routines, deadlock_detected(at, 0x1009),
                       "%s acquired it as a %s", contract_of(record.how.by).name,
                       name_of(record.how.family));
    } else if (!goes_back(at.self, record, to)) {
        found = wrong_level(at, record, to);
    }
    drop_held(at.self, record);
    return found;
}

const finding *judge_lock_handle(const call &at, const void *handle, const void *other) {
    const lock_holder holder = holder_of(other);
    const bool recursion =
        other == at.object && holder.thread == machine::thread_of(at.self).object;
    if (holder.thread == nullptr || holder.record.how.family != lock_family::queued_spin_lock ||
        recursion || locks::view_spin_lock(other).word != address_bits(handle)) {
        return nullptr;  // stale bytes of a handle that was used before
    }
    const call about{at.self, at.by, handle, at.caller};
    return broken(about, rule::lock_handle_in_use, {},
                  "the handle stands for the lock %p, which is still held through it", other);
}

const finding *judge_idle_handle(const call &at) {
    return broken(at, rule::unheld_release, deadlock_detected(at, 0x1007),
                  "the handle owns no lock: released twice, or never acquired");
}

const finding *judge_rw_spin_lock_word(const call &at) {
    const locks::rw_spin_lock_view lock = locks::view_rw_spin_lock(at.object);
    return lock.plausible ? nullptr : overwritten(at, lock.word, "reader/writer spin lock", {});
}

const finding *judge_rw_spin_lock_recursion(const call &at, lock_mode mode) {
    const held_lock *own = find_held(at.self, at.object);
    if (own == nullptr) {
        return nullptr;
    }
    const bool shared_already = own->how.mode == lock_mode::shared;
    const rule which = mode == lock_mode::shared ? shared_already ? rule::recursive_shared_acquire
                                                                  : rule::shared_over_exclusive
                       : shared_already          ? rule::shared_to_exclusive_upgrade
                                                 : rule::recursive_acquire;
    return broken(at, which, {}, "acquired %s by a thread that already holds it %s",
                  mode_name(mode), mode_name(own->how.mode));
}

const finding *judge_rw_spin_lock_release(const call &at, lock_mode mode, std::uint8_t to) {
    const held_lock *held = find_held(at.self, at.object, mode);
    const held_lock *any = held != nullptr ? held : find_held(at.self, at.object);
    if (any == nullptr) {
        const locks::rw_spin_lock_view lock = locks::view_rw_spin_lock(at.object);
        const finding *found = judge_rw_spin_lock_word(at);
        return found != nullptr
                   ? found
                   : not_held_by_caller(at, lock.exclusive || lock.sharers != 0, false);
    }
    held_lock &record = changeable(at.self, *any);
    const finding *found = nullptr;
    if (held == nullptr) {
        found =
            broken(at, rule::wrong_release_mode, {}, "released %s, but this thread acquired it %s",
                   mode_name(mode), mode_name(record.how.mode));
    } else if (!goes_back(at.self, record, to)) {
        found = wrong_level(at, record, to);
    }
    drop_held(at.self, record);
    return found;
}

const finding *judge_convert(const call &at) {
    if (find_held(at.self, at.object, lock_mode::shared) != nullptr) {
        return nullptr;
    }
    return broken(at, rule::convert_not_shared, {},
                  "this thread holds the lock %s; only a shared hold can be converted",
                  find_held(at.self, at.object) != nullptr ? "exclusively" : "not at all");
}

const finding *judge_lowering(const call &at, std::uint8_t to) {
    if (to >= dispatch_level || at.self.irql < dispatch_level) {
        return nullptr;
    }
    const auto records = records_of(at.self);
    const auto held = std::find_if(records.begin(), records.end(), [](const held_lock &each) {
        return is_spin_lock(each.how.family);
    });
    if (held == records.end()) {
        return nullptr;
    }
    const call about{at.self, at.by, held->object, at.caller};
    return broken(about, rule::irql_lowered_with_spin_lock, {},
                  "lowered from %u to %u while this thread holds a %s", at.self.irql, to,
                  name_of(held->how.family));
}

const finding *judge_reinitialised(const call &at) {
    const lock_holder holder = holder_of(at.object);
    if (holder.thread == nullptr) {
        return nullptr;
    }
    return broken(at, rule::reinitialised_while_held, deadlock_detected(at, 0x1005),
                  "the memory is a %s that a thread holds", name_of(holder.record.how.family));
}

}  // namespace emu::verify
