// Sources and choices: docs/decisions/082-remove-locks.md.
#include "emu/verify/remove_lock_rules.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <vector>

#include "emu/machine/view.hpp"
#include "emu/verify/bug_checks.hpp"
#include "emu/verify/code_place.hpp"
#include "emu/host/mutex.hpp"

namespace emu::verify {

namespace {

struct acquisition {
    const void *tag;
    const void *caller;
};

using acquisitions = std::vector<acquisition>;

// Ordered by address only to find those inside a block of memory.
struct remove_tags {
    host::mutex guard;
    std::map<std::uint64_t, acquisitions> of;
    std::atomic<bool> any{false};
};

remove_tags &tags() noexcept {
    static remove_tags *const the_tags = new remove_tags;  // outlives every thread
    return *the_tags;
}

bool waits(const call &at) { return at.by == routine::IoReleaseRemoveLockAndWaitEx; }

// Strikes a tag off.  False, and the newest acquisition if there is one: it is not there.
bool strike_off(const void *lock, const void *tag, acquisition &newest) {
    const std::lock_guard held(tags().guard);
    acquisitions &all = tags().of[address_bits(lock)];
    const auto found = std::find_if(all.rbegin(), all.rend(),
                                    [tag](const acquisition &each) { return each.tag == tag; });
    if (found != all.rend()) {
        all.erase(std::next(found).base());
        return true;
    }
    newest = all.empty() ? acquisition{} : all.back();
    return false;
}

}  // namespace

void forget_remove_locks() noexcept {
    if (!tags().any.load(std::memory_order_relaxed)) {
        return;
    }
    const std::lock_guard held(tags().guard);
    tags().of.clear();
    tags().any.store(false, std::memory_order_relaxed);
}

void note_remove_lock(const void *lock) {
    const std::lock_guard held(tags().guard);
    tags().any.store(true, std::memory_order_relaxed);
    tags().of[address_bits(lock)].clear();
}

void note_remove_tag(const call &at, const void *tag) {
    const std::lock_guard held(tags().guard);
    tags().any.store(true, std::memory_order_relaxed);
    tags().of[address_bits(at.object)].push_back({tag, at.caller});
}

const finding *judge_remove_release(const call &at, const void *tag) {
    acquisition newest{};
    if (strike_off(at.object, tag, newest)) {
        return nullptr;
    }
    if (newest.caller == nullptr) {
        return broken(at, rule::unheld_release, {},
                      "nobody holds the remove lock: released twice, or after an acquire that "
                      "failed%s",
                      waits(at) ? "; the routine releases an acquire of its caller's own" : "");
    }
    const std::uint64_t type = waits(at) ? 0xD6 : 0xD5;
    return broken(at, rule::wrong_tag,
                  {0xC4,
                   {type, address_bits(at.object), address_bits(tag),
                    waits(at) ? address_bits(newest.tag) : 0}},
                  "tag %p was not acquired; the newest that was is %p, at %s", tag, newest.tag,
                  in_words(newest.caller).c_str());
}

const finding *judge_remove_lock_bytes(const call &at) {
    if (const auto block = machine::pool_around(at.object); block && block->freed) {
        return broken(at, rule::freed_object, {},
                      "the remove lock lies in a freed pool block of %zu bytes, tag '%s'",
                      block->size, tag_text(block->tag).data());
    }
    return broken(at, rule::uninitialised_object, {},
                  "the bytes are no remove lock: call IoInitializeRemoveLock");
}

const finding *judge_remove_lock_again(const call &at) {
    const auto block = machine::pool_around(at.object);
    if (!block || block->freed) {
        return nullptr;  // a stack or a global: another device may have been there
    }
    return broken(
        at, rule::initialised_twice,
        {0xC4, {0xD7, address_bits(at.object), address_bits(at.object), 0}},
        "IoReleaseRemoveLockAndWait has ended this remove lock; it cannot be used again");
}

const finding *judge_freed_remove_lock(const call &at, const void *low, std::size_t size) {
    if (!tags().any.load(std::memory_order_relaxed)) {
        return nullptr;
    }
    const std::lock_guard held(tags().guard);
    auto each = tags().of.lower_bound(address_bits(low));
    while (each != tags().of.end() && each->first - address_bits(low) < size) {
        if (!each->second.empty()) {
            const call about{at.self, at.by, reinterpret_cast<const void *>(each->first),
                             at.caller};
            return broken(about, rule::freed_while_held, {},
                          "the memory contains a remove lock that is held, with tag %p",
                          each->second.back().tag);
        }
        each = tags().of.erase(each);
    }
    return nullptr;
}

}  // namespace emu::verify
