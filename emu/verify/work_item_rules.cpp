// Rules of work items: queued twice, freed while queued, and how a worker routine may return.
#include <string_view>

#include "emu/machine/view.hpp"
#include "emu/verify/bug_checks.hpp"
#include "emu/verify/judge.hpp"

namespace emu::verify {

namespace {

bool is_code(std::uint64_t address) { return address >= 4096 && address >> 47 == 0; }

}  // namespace

const finding *judge_work_item(const call &at, const void *routine_of_item, const void *link,
                               std::uint32_t queue_type) {
    const std::uint64_t item = address_bits(at.object);
    if (const auto block = machine::pool_around(at.object); block && block->freed) {
        return broken(at, rule::freed_object, {}, "the work item lies in freed pool memory");
    }
    if (!is_code(address_bits(routine_of_item))) {
        return broken(at, rule::overwritten_object, {0xE4, {7, item, queue_type, 0}},
                      "the work item's WorkerRoutine is %p: never initialised, or overwritten",
                      routine_of_item);
    }
    if (link != nullptr) {
        return broken(at, rule::overwritten_object, {0xE4, {1, item, queue_type, 0}},
                      "the work item is not queued, but its List.Flink is %p: never initialised, "
                      "or overwritten",
                      link);
    }
    return nullptr;
}

const finding *judge_work_queue_type(const call &at, std::uint32_t queue_type) {
    return broken(at, rule::invalid_parameter, {0xE4, {6, address_bits(at.object), queue_type, 0}},
                  "%u is no WORK_QUEUE_TYPE that a driver may use", queue_type);
}

const finding *judge_queued_twice(const call &at, std::uint32_t queue_type) {
    return broken(at, rule::work_item_queued_twice,
                  {0xE4, {1, address_bits(at.object), queue_type, 0}},
                  "the work item is in the queue already, and has not begun to run");
}

const finding *judge_work_item_free(const call &at, const void *item, const void *low,
                                    std::size_t size) {
    if (at.by == routine::IoFreeWorkItem || at.by == routine::IoUninitializeWorkItem) {
        return broken(at, rule::work_item_freed_while_queued,
                      {0xE4, {2, address_bits(item), 0, 0}},
                      "the work item is queued, and has not begun to run");
    }
    return broken(at, rule::work_item_freed_while_queued,
                  {0xE4, {0, address_bits(item), address_bits(low), address_bits(low) + size}},
                  "the memory contains a work item that is queued and has not begun to run");
}

const finding *judge_work_item_links(const call &at, const void *queue,
                                     const void *routine_of_item) {
    return broken(
        at, rule::overwritten_object,
        {0x96, {address_bits(at.object), address_bits(queue), 0, address_bits(routine_of_item)}},
        "the work item's list entry was overwritten while it was queued");
}

namespace {

// Windows looks for mutex objects only; that family may not be there.
bug_check check_for_held(const call &at, const held_lock &held, const worker_call &ran) {
    if (std::string_view(name_of(held.how.family)) != "mutex") {
        return {};
    }
    return {0x39,
            {address_bits(ran.routine), address_bits(ran.parameter), address_bits(at.object), 0}};
}

}  // namespace

const finding *judge_worker_return(const call &at, const worker_call &ran) {
    const std::uint64_t called = address_bits(ran.routine);
    const std::uint64_t parameter = address_bits(ran.parameter);
    const context &self = at.self;
    if (self.irql > 0) {
        const bug_check check{0xE1, {called, self.irql, parameter, address_bits(at.object)}};
        return broken(at, rule::irql_raised_at_worker_return, self.irql >= 2 ? check : bug_check{},
                      "the worker routine returned at IRQL %u", self.irql);
    }
    if (self.apcs.disable()) {
        const std::uint64_t counts = std::uint64_t{static_cast<std::uint16_t>(self.apcs.special)}
                                         << 16 |
                                     static_cast<std::uint16_t>(self.apcs.kernel);
        return broken(at, rule::apcs_disabled_at_worker_return, {0x1, {called, 0, counts, 1}},
                      "the worker routine returned with KernelApcDisable %d and SpecialApcDisable "
                      "%d: each enter of a region needs its leave",
                      self.apcs.kernel, self.apcs.special);
    }
    if (self.held_count > 0) {
        const held_lock &first = self.held[0];
        return broken({at.self, at.by, first.object, at.caller}, rule::held_at_worker_return,
                      check_for_held(at, first, ran),
                      "the worker routine returned and still holds %u lock(s), a %s among them",
                      self.held_count, name_of(first.how.family));
    }
    return nullptr;
}

const finding *judge_worker_end(const call &at) {
    return broken(at, rule::worker_terminated,
                  {0xE9, {address_bits(machine::thread_of(at.self).object), 0, 0, 0}},
                  "a work item ends the worker thread that runs it");
}

}  // namespace emu::verify
