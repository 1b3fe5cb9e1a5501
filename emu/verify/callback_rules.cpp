// The rules for routines that the machine calls: DPCs, timers, interrupts, APCs.
#include <cinttypes>

#include "emu/dispatcher/view.hpp"
#include "emu/machine/view.hpp"
#include "emu/verify/bug_checks.hpp"
#include "emu/verify/judge.hpp"

namespace emu::verify {

namespace {

std::uint64_t count_bits(std::int16_t counter) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(counter));
}

const finding *judge_level(const call &at, const callback_entry &began) {
    bug_check check;
    if (at.self.kind == context_kind::isr && !is_free_fidelity()) {
        check = {0xC4, {0x111, address_bits(began.routine), began.irql, at.self.irql}};
    } else if (at.self.kind == context_kind::isr) {
        check = {0xC8,
                 {static_cast<std::uint64_t>(at.self.irql) << 16 | began.irql << 8 | 3U,
                  address_bits(began.routine), address_bits(began.object), 0}};
    }
    return broken(at, rule::irql_changed_by_callback, check,
                  "the routine was called at IRQL %u and returned at IRQL %u", began.irql,
                  at.self.irql);
}

bool counters_changed(const callback_entry &began, const apc_counters &now) {
    return now.kernel != began.counters.kernel || now.special != began.counters.special;
}

const finding *judge_apc_counters(const call &at, const callback_entry &began,
                                  const apc_counters &now) {
    const bool kernel = now.kernel != began.counters.kernel;
    const std::int16_t before = kernel ? began.counters.kernel : began.counters.special;
    const std::int16_t after = kernel ? now.kernel : now.special;
    return broken(at, rule::apcs_changed_by_callback,
                  {0xC7,
                   {began.by_timer ? 5U : 4U, address_bits(began.routine), count_bits(before),
                    count_bits(after)}},
                  "the routine of the DPC changed %s of the thread it interrupts from %d to %d",
                  kernel ? "KernelApcDisable" : "SpecialApcDisable", before, after);
}

const finding *judge_apc_end(const call &at, const callback_entry &began) {
    const context &self = at.self;
    if (self.irql != began.irql) {
        const std::uint64_t levels = std::uint64_t{self.irql} << 16 | std::uint64_t{began.irql}
                                                                          << 8;
        return broken(at, rule::apc_changed_irql,
                      {0xC8, {levels, address_bits(began.routine), address_bits(began.object), 0}},
                      "the routine of the APC began at IRQL %u and returned at IRQL %u",
                      began.irql, self.irql);
    }
    const apc_counters &now = machine::apc_counters_of(self);
    if (counters_changed(began, now)) {
        return broken(at, rule::apc_changed_apc_state, {},
                      "KernelApcDisable was %d and is %d, SpecialApcDisable was %d and is %d",
                      began.counters.kernel, now.kernel, began.counters.special, now.special);
    }
    if (began.last && self.held_count > 0) {
        return broken({at.self, at.by, self.held[0].object, at.caller}, rule::held_at_apc_end, {},
                      "the APC ends and still holds a %s", name_of(self.held[0].how.family));
    }
    return nullptr;
}

}  // namespace

const finding *judge_callback_end(const call &at, const callback_entry &began) {
    if (began.of_apc) {
        return judge_apc_end(at, began);
    }
    const finding *found = nullptr;  // stays null where the fidelity lets a rule pass
    if (at.self.held_count > began.held_count) {
        const call about{at.self, at.by, at.self.held[began.held_count].object, at.caller};
        found = broken(about, rule::held_at_callback_end, {},
                       "the routine returned and still holds %u lock(s)",
                       at.self.held_count - began.held_count);
    }
    if (found == nullptr && at.self.irql != began.irql) {
        found = judge_level(at, began);
    }
    const apc_counters &now = machine::apc_counters_of(at.self);
    if (found == nullptr && counters_changed(began, now)) {
        found = judge_apc_counters(at, began, now);
    }
    return found;
}

const finding *judge_lower_in_callback(const call &at, std::uint8_t to) {
    return broken(at, rule::irql_lowered_in_callback, {0xC4, {0x31, at.self.irql, to, 1}},
                  "lower to %u inside a %s", to, name_of(at.self.kind));
}

const finding *judge_target_processor(const call &at, unsigned number, unsigned count) {
    return broken(at, rule::invalid_processor, {0xC7, {3, address_bits(at.object), number, count}},
                  "processor %u is none of the machine's %u", number, count);
}

const finding *judge_dpc_type(const call &at, unsigned type) {
    return broken(at, rule::overwritten_object, {},
                  "the Type byte of the KDPC is %u: uninitialised or overwritten", type);
}

const finding *judge_free_of_queued(const call &at, const void *low, std::size_t size) {
    const std::uint64_t start = address_bits(low);
    if (const void *timer = dispatcher::set_timer_inside(low, size)) {
        const call about{at.self, at.by, timer, at.caller};
        return broken(about, rule::freed_while_queued,
                      {0xC7, {0, address_bits(timer), start, start + size}},
                      "the memory contains a timer that is set");
    }
    if (const void *dpc = machine::queued_dpc(low, size)) {
        const call about{at.self, at.by, dpc, at.caller};
        return broken(about, rule::freed_while_queued,
                      {0xC7, {1, address_bits(dpc), start, start + size}},
                      "the memory contains a DPC that is queued");
    }
    return nullptr;
}

const finding *judge_initialise(const call &at, const char *what) {
    return broken(at, rule::initialised_while_queued, {},
                  "the %s is initialised anew while it is in use: its queue is corrupted", what);
}

}  // namespace emu::verify
