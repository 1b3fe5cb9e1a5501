// Rules that are not about one lock family: contracts, levels, regions, waits, thread ends,
// memory.
#include "emu/verify/judge.hpp"

#include <cstdarg>
#include <cstdio>

#include "emu/dispatcher/view.hpp"
#include "emu/host/backtrace.hpp"
#include "emu/locks/view.hpp"
#include "emu/machine/view.hpp"
#include "emu/verify/bug_checks.hpp"
#include "emu/verify/held.hpp"
#include "emu/verify/remove_lock_rules.hpp"
#include "emu/verify/resource_rules.hpp"

namespace emu::verify {

namespace {

bool free_fidelity = false;

thread_local finding judged;

// Never raised on retail Windows: 0xC4 is Driver Verifier's, 0xF that of checked spin locks.
bool only_when_checking(const bug_check &check) { return check.code == 0xC4 || check.code == 0xF; }

bool enforced_in_free(rule which, const bug_check &check) {
    if (which >= rule::assertion_failed) {
        return true;  // the driver or the test says so itself, or it is about the machine
    }
    if (which == rule::overwritten_object || which == rule::freed_object ||
        which == rule::null_object) {
        return true;  // going on would follow garbage
    }
    return check.code != 0 && !only_when_checking(check);
}

void copy_context(finding &into, const context &self) {
    const machine::thread_view thread = machine::thread_of(self);
    into.thread_name = thread.name;
    into.thread_id = thread.id;
    into.irql = self.irql;
    into.kind = self.kind;
    into.processor = self.processor;
    into.kernel_apc_disable = self.apcs.kernel;
    into.special_apc_disable = self.apcs.special;
    into.held_count = 0;
    for (std::uint32_t i = 0; i < self.held_count && i < finding::max_held; ++i) {
        into.held[into.held_count++] = self.held[i];
    }
}

}  // namespace

void set_free_fidelity(bool on) noexcept { free_fidelity = on; }
bool is_free_fidelity() noexcept { return free_fidelity; }

const finding *broken(const call &at, rule which, const bug_check &check, const char *detail,
                      ...) {
    if (free_fidelity && !enforced_in_free(which, check)) {
        return nullptr;
    }
    judged = finding{};
    judged.which = which;
    judged.in = at.by;
    const bool unseen =
        free_fidelity && which < rule::assertion_failed && only_when_checking(check);
    judged.check = unseen ? bug_check{} : check;
    judged.object = at.object;
    judged.return_address = at.caller;
    std::va_list arguments;
    va_start(arguments, detail);
    std::vsnprintf(judged.detail, sizeof judged.detail, detail, arguments);
    va_end(arguments);
    copy_context(judged, at.self);
    judged.frame_count = static_cast<std::uint32_t>(host::capture_frames(judged.frames, 1));
    return &judged;
}

const finding *judge_contract(const call &at) {
    const contract &row = contract_of(at.by);
    if (at.self.irql > row.irql_max) {
        return broken(at, rule::irql_too_high, documented(row.too_high, at),
                      "%s is for IRQL <= %s (%u); the current IRQL is %s (%u)", row.name,
                      level_name(row.irql_max), row.irql_max, level_name(at.self.irql),
                      at.self.irql);
    }
    if (at.self.irql < row.irql_min) {
        return broken(at, rule::irql_too_low, documented(below_minimum(at.by), at),
                      "%s is for IRQL >= %s (%u); the current IRQL is %s (%u)", row.name,
                      level_name(row.irql_min), row.irql_min, level_name(at.self.irql),
                      at.self.irql);
    }
    return broken(
        at, rule::apcs_enabled, documented(row.apcs_enabled, at),
        "%s needs %s APCs disabled: a thread that is suspended or terminated while it holds the "
        "lock would keep it",
        row.name, row.apc == apc_requirement::all_disabled ? "all" : "normal kernel");
}

const finding *judge_object_address(const call &at, std::size_t alignment,
                                    const bug_check &misaligned) {
    if (address_bits(at.object) < 4096) {
        return broken(at, rule::null_object, {}, "%s was given the address %p",
                      contract_of(at.by).name, at.object);
    }
    return broken(at, rule::misaligned_object, misaligned,
                  "%s was given the address %p; the object needs an alignment of %zu bytes",
                  contract_of(at.by).name, at.object, alignment);
}

const finding *judge_raise(const call &at, std::uint8_t to) {
    const rule which = to > 15 ? rule::irql_invalid : rule::irql_raised_downwards;
    return broken(at, which, {0xC4, {0x30, at.self.irql, to, 0}}, "raise to %u at IRQL %u", to,
                  at.self.irql);
}

const finding *judge_lower(const call &at, std::uint8_t to) {
    const rule which = to > 15 ? rule::irql_invalid : rule::irql_lowered_upwards;
    return broken(at, which, {0xC4, {0x31, at.self.irql, to, 0}}, "lower to %u at IRQL %u", to,
                  at.self.irql);
}

const finding *judge_region_leave(const call &at, bool guarded) {
    if (guarded) {
        return broken(at, rule::leave_without_enter, {}, "the thread is in no guarded region");
    }
    return broken(at, rule::leave_without_enter, {0xC4, {0x3E, 0, 0, 0}},
                  "the thread is in no critical region");
}

const finding *judge_wait_level(const call &at, const void *timeout) {
    const bool above = at.self.irql > 2;
    const std::uint32_t type = above ? 0x120 : timeout != nullptr ? 0x122 : 0x121;
    bug_check check{
        0xC4, {type, address_bits(&at.self.irql), address_bits(at.object), address_bits(timeout)}};
    if (free_fidelity && at.self.kind == context_kind::dpc) {
        check = {0xB8, {address_bits(machine::thread_of(at.self).object), 0, 0, 0}};
    }
    if (above) {
        return broken(at, rule::irql_too_high, check,
                      "%s is for IRQL <= DISPATCH_LEVEL (2); the current IRQL is %s (%u)",
                      contract_of(at.by).name, level_name(at.self.irql), at.self.irql);
    }
    return broken(at, rule::wait_at_dispatch_level, check,
                  "%s with %s timeout at IRQL %u; only a timeout of zero is allowed there",
                  contract_of(at.by).name, timeout != nullptr ? "a" : "no", at.self.irql);
}

namespace {

// The first lock that the thread may not end with: mutants are abandoned instead.
const held_lock *first_kept(const context &self) {
    for (std::uint32_t i = 0; i < self.held_count; ++i) {
        if (self.held[i].how.family != lock_family::mutant) {
            return &self.held[i];
        }
    }
    return nullptr;
}

// Driver Verifier's deadlock detection watches spin locks and fast mutexes; a KMUTEX has a bug
// check of its own, and so have the locks that retail tracks.
bug_check check_for_held_at_end(const held_lock &kept, const machine::thread_view &thread) {
    if (kept.how.family == lock_family::mutex) {
        return {0x4000008A, {address_bits(thread.object), address_bits(kept.object), 0, 0}};
    }
    if (deadlock_detection_watches(kept.how.family)) {
        return {0xC4, {0x100A, address_bits(thread.object), 0, 0}};
    }
    return {0x153, {address_bits(thread.object), address_bits(&kept), 1, 0}};
}

}  // namespace

const finding *judge_thread_end(const call &at) {
    if (at.self.held_count == 0 && at.self.irql == 0 && !at.self.apcs.disable()) {
        return nullptr;
    }
    const machine::thread_view thread = machine::thread_of(at.self);
    if (const held_lock *kept = first_kept(at.self)) {
        const call about{at.self, at.by, kept->object, at.caller};
        return broken(about, rule::held_at_thread_exit, check_for_held_at_end(*kept, thread),
                      "the thread \"%s\" ends and still holds %u lock(s)", thread.name,
                      at.self.held_count);
    }
    const std::int16_t disabled =
        at.self.apcs.kernel != 0 ? at.self.apcs.kernel : at.self.apcs.special;
    const auto count = static_cast<std::uint64_t>(static_cast<std::int64_t>(disabled));
    const bug_check pending{0x20, {0, count, at.self.irql, 0}};
    if (at.self.irql > 0) {
        return broken(at, rule::irql_raised_at_thread_exit, pending,
                      "the thread \"%s\" ends at IRQL %u", thread.name, at.self.irql);
    }
    if (at.self.apcs.kernel != 0 || at.self.apcs.special != 0) {
        return broken(
            at, rule::apcs_disabled_at_thread_exit, pending,
            "the thread \"%s\" ends with KernelApcDisable %d and SpecialApcDisable %d: each "
            "enter of a region needs its leave",
            thread.name, at.self.apcs.kernel, at.self.apcs.special);
    }
    return nullptr;
}

const finding *judge_lost_objects(const call &at) {
    const machine::thread_view thread = machine::thread_of(at.self);
    const dispatcher::lost_object lost = dispatcher::object_lost_to(thread.object);
    if (lost.object == nullptr) {
        return nullptr;
    }
    const call about{at.self, at.by, lost.object, at.caller};
    const auto block = machine::pool_around(lost.object);
    const bool freed = block && block->freed;
    return broken(about, freed ? rule::freed_object : rule::overwritten_object, {},
                  "the thread \"%s\" ends and %s a %s whose memory is %s", thread.name,
                  *lost.kind == 'm' ? "owns" : "serves", lost.kind,
                  freed ? "a freed pool block" : "in other use: a stack frame that has ended?");
}

namespace {

// What a thread waits for is evidence, as it is cleared only when the thread runs again; the truth
// is in the wait lists.
bool really_waits(const void *object, std::optional<lock_family> lock) {
    if (lock == lock_family::eresource) {
        return locks::view_resource(object).somebody_waits();
    }
    if (lock.has_value() && lock != lock_family::push_lock) {
        return true;  // it will look at the word once more, whatever happens first
    }
    const auto *end = static_cast<const char *>(object) + 1;
    const locks::push_lock_view as_lock = locks::view_push_lock(object);
    return dispatcher::somebody_waits_inside(object, end) ||
           (as_lock.plausible && as_lock.somebody_waits);
}

// A held record is evidence; where the lock's own word tells, that is the truth.
bool really_held(const held_lock &record) {
    switch (record.how.family) {
        case lock_family::push_lock: return locks::view_push_lock(record.object).held;
        case lock_family::eresource: return locks::view_resource(record.object).held();
        default: return true;
    }
}

}  // namespace

const finding *judge_free(const call &at, const void *low, std::size_t size) {
    if (const finding *found = judge_free_of_queued(at, low, size)) {
        return found;
    }
    for (std::size_t i = 0; const auto thread = machine::thread_number(i); ++i) {
        held_lock record;
        if (holds_inside(*thread->own, low, size, record) && really_held(record)) {
            const call about{at.self, at.by, record.object, at.caller};
            const bug_check deleted{
                0xC4, {0x100B, address_bits(record.object), address_bits(thread->object), 0}};
            return broken(about, rule::freed_while_held,
                          deadlock_detection_watches(record.how.family) ? deleted : bug_check{},
                          "the memory contains a %s that thread %llu \"%s\" holds",
                          name_of(record.how.family), static_cast<unsigned long long>(thread->id),
                          thread->name);
        }
        // acquire pairs with the release in note_blocked: its kind is of this wait or a later one
        const void *waits_for = __atomic_load_n(&thread->own->waits_for, __ATOMIC_ACQUIRE);
        if (waits_for != nullptr && address_bits(waits_for) - address_bits(low) < size &&
            really_waits(waits_for, kind_waited_for(*thread->own))) {
            return broken(at, rule::freed_while_waited_on, {},
                          "thread %llu \"%s\" waits on an object in the memory",
                          static_cast<unsigned long long>(thread->id), thread->name);
        }
    }
    if (const finding *found = judge_freed_remove_lock(at, low, size)) {
        return found;
    }
    return judge_freed_resources(at, low, size);
}

const finding *judge_interlocked(const call &at) {
    const auto block = machine::pool_around(at.object);
    if (!block || !block->freed) {
        return nullptr;
    }
    return broken(at, rule::freed_object, {},
                  "interlocked access %zu bytes into a freed pool block of %zu bytes, tag '%s'",
                  static_cast<std::size_t>(address_bits(at.object) - address_bits(block->data)),
                  block->size, tag_text(block->tag).data());
}

}  // namespace emu::verify
