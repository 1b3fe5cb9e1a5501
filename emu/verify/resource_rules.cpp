// Rules of executive resources.  Sources and choices: docs/decisions/080-resource-contract.md.
#include "emu/verify/resource_rules.hpp"

#include "emu/locks/view.hpp"
#include "emu/machine/view.hpp"
#include "emu/verify/bug_checks.hpp"
#include "emu/verify/held.hpp"

namespace emu::verify {

namespace {

constexpr bug_check windows_hangs{};
constexpr std::uint32_t page_type_mask = 1;  // POOL_TYPE bit 0: paged

std::uint64_t this_thread(const call &at) {
    return address_bits(machine::thread_of(at.self).object);
}

bool acquires(routine by) { return contract_of(by).apcs_enabled.type == 0x37; }

// What Driver Verifier says of a resource that was never initialised.
bug_check uninitialised(const call &at) {
    if (at.by == routine::ExDeleteResourceLite) {
        return {0xC4, {0xD1, address_bits(at.object), 0, 0}};
    }
    if (acquires(at.by)) {
        return {0xC4, {0x1002, address_bits(at.object), 0, 0}};
    }
    return {};
}

}  // namespace

const finding *judge_resource_bytes(const call &at) {
    const locks::resource_view seen = locks::view_resource(at.object);
    if (seen.live) {
        return nullptr;
    }
    if (const auto block = machine::pool_around(at.object); block && block->freed) {
        return broken(
            at, rule::freed_object, {},
            "the resource lies %zu bytes into a freed pool block of %zu bytes, tag '%s'",
            static_cast<std::size_t>(address_bits(at.object) - address_bits(block->data)),
            block->size, tag_text(block->tag).data());
    }
    if (!seen.zero) {
        return broken(at, rule::overwritten_object, {},
                      "the bytes are no resource of this machine: call ExInitializeResourceLite");
    }
    return broken(at, rule::uninitialised_object, uninitialised(at),
                  "the resource is zero: never initialised, or deleted");
}

const finding *judge_resource_wait(const call &at, lock_mode mode, bool behind_writers) {
    const held_lock *own = find_held(at.self, at.object);
    if (own == nullptr) {
        return nullptr;
    }
    if (mode == lock_mode::exclusive) {
        return broken(at, rule::shared_to_exclusive_upgrade,
                      {0xC4, {0x1000, address_bits(at.object), 0, 0}},
                      "exclusive acquire of a resource that this thread already holds shared: it "
                      "waits for itself");
    }
    if (!behind_writers || locks::view_resource(at.object).exclusive_waiters == 0) {
        return nullptr;  // whoever was in the way has gone by now
    }
    return broken(
        at, rule::shared_beside_waiting_writer, windows_hangs,
        "this thread already holds the resource shared, and a writer waits: this acquire "
        "queues behind the writer, the writer waits for the first");
}

const finding *judge_resource_release(const call &at, std::uint64_t owner, bool own) {
    const locks::resource_view seen = locks::view_resource(at.object);
    if (!own) {
        // ERESOURCE_INVALID_RELEASE: resource, current thread, target thread
        return broken(at, rule::wrong_owner_id,
                      {0x16E, {address_bits(at.object), this_thread(at), owner, 0}},
                      "owner id 0x%llX is neither this thread nor an owner pointer that was set",
                      static_cast<unsigned long long>(owner));
    }
    // RESOURCE_NOT_OWNED: resource, thread, owner table
    const bug_check not_owned{
        0xE3, {address_bits(at.object), this_thread(at), address_bits(seen.owner_table), 0}};
    if (!seen.held()) {
        return broken(at, rule::unheld_release, not_owned,
                      "the resource is free: released twice, or never acquired");
    }
    return broken(at, rule::release_not_owner, not_owned,
                  "others own the resource; this thread never acquired it, or has passed it on to "
                  "an owner pointer");
}

const finding *judge_resource_again(const call &at) {
    return broken(at, rule::initialised_twice, {0xC4, {0xD0, address_bits(at.object), 0, 0}},
                  "the resource was initialised before and not deleted since");
}

const finding *judge_resource_storage(const call &at) {
    const auto block = machine::pool_around(at.object);
    if (!block || block->freed || (block->type & page_type_mask) == 0) {
        return nullptr;
    }
    return broken(at, rule::pageable_storage, {0xC4, {0xE1, address_bits(at.object), 0, 0}},
                  "the resource lies in a paged pool block of %zu bytes, tag '%s'", block->size,
                  tag_text(block->tag).data());
}

const finding *judge_resource_end(const call &at, std::uint64_t owner) {
    const locks::resource_view seen = locks::view_resource(at.object);
    if (!seen.held() && !seen.somebody_waits()) {
        return nullptr;
    }
    const bool deleted = at.by == routine::ExDeleteResourceLite;
    const bug_check check =
        deleted ? bug_check{0xC4, {0x100B, address_bits(at.object), owner, 0}} : bug_check{};
    return broken(at, rule::deleted_while_held, check,
                  "the resource is %s while %u owner(s) hold it and %u thread(s) wait for it",
                  deleted ? "deleted" : "re-initialised", seen.owners,
                  seen.exclusive_waiters + seen.shared_waiters);
}

const finding *judge_not_the_owner(const call &at, const char *as_what) {
    return broken(at, rule::not_the_owner, {}, "%s is for a thread that owns the resource%s",
                  contract_of(at.by).name, as_what);
}

const finding *judge_owner_pointer(const call &at, const void *pointer) {
    const locks::resource_view seen = locks::view_resource(at.object);
    // RESOURCE_OWNER_POINTER_INVALID: resource, owner table, current thread, owner pointer
    return broken(at, rule::invalid_owner_pointer,
                  {0x132,
                   {address_bits(at.object), address_bits(seen.owner_table), this_thread(at),
                    address_bits(pointer)}},
                  "owner pointer %p: its two low bits must be set", pointer);
}

const finding *judge_owner_pointer_flags(const call &at, std::uint32_t flags) {
    return broken(at, rule::invalid_flags, {},
                  "flags 0x%X: FLAG_OWNER_POINTER_IS_THREAD is the only one", flags);
}

const finding *judge_freed_resources(const call &at, const void *low, std::size_t size) {
    if (const void *resource = locks::undeleted_resource_inside(low, size)) {
        const call about{at.self, at.by, resource, at.caller};
        return broken(about, rule::freed_undeleted,
                      {0xC4, {0xD2, address_bits(resource), address_bits(low), size}},
                      "the memory contains a resource that was not deleted");
    }
    if (const void *pointer = locks::owner_pointer_inside(low, size)) {
        const call about{at.self, at.by, pointer, at.caller};
        return broken(about, rule::owner_pointer_freed, {},
                      "an owner pointer to the memory still owns a resource");
    }
    return nullptr;
}

}  // namespace emu::verify
