// Rules of push locks.  Sources and choices: docs/decisions/001-push-lock-contract.md.
#include <optional>

#include "emu/locks/view.hpp"
#include "emu/machine/view.hpp"
#include "emu/verify/bug_checks.hpp"
#include "emu/verify/held.hpp"
#include "emu/verify/judge.hpp"

namespace emu::verify {

namespace {

constexpr bug_check windows_hangs{};

const char *mode_name(lock_mode mode) {
    return mode == lock_mode::exclusive ? "exclusively" : "shared";
}

bug_check not_the_owner(const call &at) {
    // KERNEL_AUTO_BOOST_INVALID_LOCK_RELEASE: thread, lock, session id
    return {0x162,
            {address_bits(machine::thread_of(at.self).object), address_bits(at.object), 0, 0}};
}

}  // namespace

const finding *judge_push_lock_flags(const call &at, std::uint32_t flags) {
    // INVALID_PUSH_LOCK_FLAGS: flags, lock
    return broken(at, rule::invalid_flags, {0x152, {flags, address_bits(at.object), 0, 0}},
                  "flags 0x%X: only the two auto-boost bits of FLT_PUSH_LOCK_VALID_FLAGS exist",
                  flags);
}

const finding *judge_push_lock_word(const call &at) {
    const locks::push_lock_view lock = locks::view_push_lock(at.object);
    if (lock.plausible) {
        return nullptr;
    }
    if (const auto block = machine::pool_around(at.object); block && block->freed) {
        return broken(
            at, rule::freed_object, windows_hangs,
            "the push lock lies %zu bytes into a freed pool block of %zu bytes, tag '%s'",
            static_cast<std::size_t>(address_bits(at.object) - address_bits(block->data)),
            block->size, tag_text(block->tag).data());
    }
    return broken(
        at, rule::overwritten_object, windows_hangs,
        "the push lock's word is 0x%llX; an initialised push lock that nobody holds is 0",
        static_cast<unsigned long long>(lock.word));
}

const finding *judge_push_lock_wait(const call &at, lock_mode mode) {
    const held_lock *own = find_held(at.self, at.object);
    if (own == nullptr) {
        return nullptr;
    }
    if (mode == lock_mode::exclusive) {
        const bool upgrade = own->how.mode == lock_mode::shared;
        return broken(at, upgrade ? rule::shared_to_exclusive_upgrade : rule::recursive_acquire,
                      windows_hangs,
                      "exclusive acquire of a push lock that this thread already holds %s",
                      mode_name(own->how.mode));
    }
    if (own->how.mode == lock_mode::exclusive) {
        return broken(at, rule::shared_over_exclusive, windows_hangs,
                      "shared acquire of a push lock that this thread holds exclusively");
    }
    if (!locks::view_push_lock(at.object).somebody_waits) {
        return nullptr;  // another reader was faster; the next try will succeed
    }
    return broken(at, rule::shared_beside_waiting_writer, windows_hangs,
                  "this thread already holds the push lock shared, and a writer waits: the second "
                  "shared acquire queues behind the writer, the writer waits for the first");
}

const finding *judge_push_lock_release(const call &at, lock_mode mode, bool generic) {
    const held_lock *record =
        generic ? find_held(at.self, at.object) : find_held(at.self, at.object, mode);
    if (record != nullptr) {
        drop_held(at.self, *record);
        return nullptr;
    }
    if ((record = find_held(at.self, at.object)) != nullptr) {
        const lock_mode held_as = record->how.mode;
        drop_held(at.self, *record);
        return broken(at, rule::wrong_release_mode, bug_check{},
                      "released %s, but this thread acquired it %s", mode_name(mode),
                      mode_name(held_as));
    }
    if (const finding *found = judge_push_lock_word(at)) {
        return found;
    }
    // In free fidelity the release takes effect all the same, without a record of the acquire.
    tell_given({at.object, at.caller, {lock_family::push_lock, lock_mode::exclusive, at.by}});
    if (!locks::view_push_lock(at.object).held) {
        return broken(at, rule::unheld_release, not_the_owner(at),
                      "the push lock is free: released twice, or never acquired");
    }
    return broken(at, rule::release_not_owner, not_the_owner(at),
                  "another thread holds the push lock; this one never acquired it");
}

}  // namespace emu::verify
