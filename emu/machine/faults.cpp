#include "emu/machine/faults.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

#include "emu/base/random.hpp"
#include "emu/host/mutex.hpp"
#include "emu/machine/machine.hpp"
#include "emu/machine/view.hpp"
#include "emu/sched/sched.hpp"

namespace emu::machine {

std::atomic<std::uint32_t> watched_faults{0};

namespace {

// Calls that a test named, still to come.
struct appointment {
    fault kind;
    std::uint64_t calls_before;  // of this kind
};

struct call_place {
    code_point at;
    std::uint32_t calls;
};

// Guarded by a leaf; touched only while faults are watched.
struct fault_tables {
    host::mutex guard;
    std::vector<appointment> appointments;
    std::vector<call_place> places;
    std::vector<fault_view> injected;  // the first ones, for reports
    std::uint64_t injections = 0;
    random_source draws{0};  // natively
};

constexpr std::size_t most_kept = 32;

fault_tables &tables_of_faults() noexcept {
    static fault_tables *const the_tables = new fault_tables;  // outlives every thread
    return *the_tables;
}

std::uint32_t number_of_call(fault_tables &tables, const code_point &at) {
    const auto same = [&](const call_place &each) {
        return each.at.by == at.by && each.at.caller == at.caller;
    };
    const auto known = std::find_if(tables.places.begin(), tables.places.end(), same);
    if (known != tables.places.end()) {
        return ++known->calls;
    }
    tables.places.push_back({at, 1});
    return 1;
}

bool keeps_appointment(fault_tables &tables, fault kind) {
    bool due = false;
    std::erase_if(tables.appointments, [&](appointment &each) {
        if (each.kind != kind || each.calls_before-- != 0) {
            return false;
        }
        due = true;
        return true;
    });
    return due;
}

bool asks_chance(const fault_tables &tables, fault kind) {
    const machine_options &with = options();
    return with.faults != 0 && with.failing.has(kind) &&
           (with.most_faults == 0 || tables.injections < with.most_faults);
}

}  // namespace

bool fault_due(fault kind, const code_point &at) {
    if (dead()) {
        return false;
    }
    fault_tables &tables = tables_of_faults();
    std::unique_lock held(tables.guard);
    const std::uint32_t call = number_of_call(tables, at);
    bool due = keeps_appointment(tables, kind);
    if (!due && asks_chance(tables, kind)) {
        if (sched::simulating()) {
            held.unlock();  // the strategy may end the execution
            due = sched::simulated_fault(at, {options().faults, call});
            held.lock();
        } else {
            due = tables.draws.once_in(options().faults);
        }
    }
    if (due && tables.injections++ < most_kept) {
        tables.injected.push_back({kind, at, call});
    }
    return due;
}

void fail_calls(fault kind, std::uint64_t first, std::uint64_t count) {
    fault_tables &tables = tables_of_faults();
    const std::lock_guard held(tables.guard);
    for (std::uint64_t i = 0; i < count; ++i) {
        tables.appointments.push_back({kind, first - 1 + i});
    }
    watched_faults.fetch_or(fault_kinds(kind).bits, std::memory_order_relaxed);
    if (kind == fault::try_acquire) {
        send_calls_off_plain_path(attention_faults);
    }
}

void reset_faults(const machine_options &with) {
    const std::uint32_t wanted = with.faults != 0 ? with.failing.bits : 0;
    if ((watched_faults.exchange(wanted, std::memory_order_relaxed) | wanted) == 0) {
        return;
    }
    fault_tables &tables = tables_of_faults();
    tables.appointments.clear();
    tables.places.clear();
    tables.injected.clear();
    tables.injections = 0;
    tables.draws = random_source(with.seed);
}

std::uint64_t faults_injected() noexcept {
    fault_tables &tables = tables_of_faults();
    const std::lock_guard held(tables.guard);
    return tables.injections;
}

std::optional<fault_view> fault_number(std::size_t index) noexcept {
    if (!booted() || watched_faults.load(std::memory_order_relaxed) == 0) {
        return std::nullopt;
    }
    fault_tables &tables = tables_of_faults();
    const std::lock_guard held(tables.guard);
    return index < tables.injected.size() ? std::optional(tables.injected[index]) : std::nullopt;
}

fault_chance chance_of_faults() noexcept { return {options().faults, options().seed}; }

}  // namespace emu::machine
