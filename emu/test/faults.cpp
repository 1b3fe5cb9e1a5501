// emu/faults.hpp: failures on demand, and the search that makes each call fail once.
#include "emu/faults.hpp"

#include <algorithm>
#include <cstdio>

#include "emu/explore/chosen_faults.hpp"
#include "emu/explore/strategies.hpp"
#include "emu/machine/faults.hpp"
#include "emu/nt/enter.hpp"
#include "emu/test/schedules.hpp"
#include "emu/verify/code_place.hpp"

namespace emu {

namespace {

constexpr std::uint64_t most_runs = 100'000;

// The schedules of one round after another: a single one that preempts nobody, or as many as the
// exploration says.
class rounds_of_schedules final : public test::schedule_source {
public:
    explicit rounds_of_schedules(const exploration &how) : how_(how) { begin_round(); }

    strategy *next() override {
        for (;;) {
            if (strategy *inner = next_of_round()) {
                chooser_.begin(*inner, rounds_.failing());
                return &chooser_;
            }
            if (!rounds_.next()) {
                return nullptr;
            }
            begin_round();
        }
    }

    strategy &again() override {
        strategy &inner = schedules_ != nullptr ? schedules_->again() : to_block_;
        chooser_.begin(inner, rounds_.failing());
        return chooser_;
    }

    void learn(const test::execution &done) override {
        rounds_.learn(chooser_.reached());
        if (schedules_ != nullptr) {
            schedules_->learn(done);
        }
    }

    const std::optional<explorer::divergence> &diverged() override {
        return schedules_ != nullptr ? schedules_->diverged() : nowhere_;
    }
    coverage covered(bool ended) const override {
        return ended ? coverage::sampled : coverage::stopped_at_budget;
    }
    std::uint64_t default_budget() const override { return most_runs; }

    /// The calls that failed in one round each, the running one's last.
    std::vector<failing_call> sites() const {
        std::vector<failing_call> named;
        for (std::size_t i = 0; i < rounds_.begun() && i < rounds_.sites().size(); ++i) {
            const explorer::fault_site &site = rounds_.sites()[i];
            named.push_back(
                {contract_of(site.at.by).name, verify::in_words(site.at.caller), site.call});
        }
        return named;
    }

private:
    void begin_round() {
        run_of_round_ = 0;
        if (how_.schedules > 1) {
            schedules_ = test::make_schedule_source(how_);
        }
    }

    strategy *next_of_round() {
        if (run_of_round_++ >= std::max<std::uint64_t>(how_.schedules, 1)) {
            return nullptr;
        }
        return schedules_ != nullptr ? schedules_->next() : &to_block_;
    }

    const exploration &how_;
    std::uint64_t run_of_round_ = 0;
    explorer::run_to_block to_block_;
    std::unique_ptr<test::schedule_source> schedules_;
    explorer::chosen_faults chooser_;
    explorer::fault_rounds rounds_;
    std::optional<explorer::divergence> nowhere_;
};

// Each call that can fail is asked about; what the odds are is for other strategies.
exploration asking_about(fault_kinds kinds, const exploration &given) {
    exploration how = given;
    how.machine.faults = 1;
    how.machine.failing = kinds;
    how.machine.most_faults = 0;
    if (how.schedules <= 1) {
        how.machine.early_alarms = 0;
    }
    return how;
}

each_fault_result search_rounds(const std::function<void()> &body, const exploration &how,
                                std::uint32_t test_hash) {
    rounds_of_schedules source(how);
    each_fault_result result{
        test::explore_schedules(body, how, test_hash, source, source.default_budget()), {}};
    result.sites = source.sites();
    return result;
}

}  // namespace

void fail_at(fault kind, std::uint64_t nth) {
    nt::self_context();  // a machine to fail in
    machine::fail_calls(kind, nth == 0 ? 1 : nth, 1);
}

void fail_next(fault kind, std::uint64_t count) {
    nt::self_context();
    machine::fail_calls(kind, 1, count);
}

std::uint64_t injected_failures() { return machine::faults_injected(); }

void with_each_fault_once(const std::function<void()> &body, fault_kinds kinds,
                          const exploration &given, std::source_location at) {
    test::require_no_machine_inside("with_each_fault_once");
    const exploration how = asking_about(kinds, given);
    const std::uint32_t hash = test::hash_of_exploration(how, at);
    if (test::replayed(body, how, hash)) {
        return;
    }
    const each_fault_result result = search_rounds(body, how, hash);
    test::fail_if(result);
    if (result.covered == coverage::stopped_at_budget) {
        std::fprintf(stderr, "wdm-emu: %llu runs, and not every call has failed yet\n",
                     static_cast<unsigned long long>(result.schedules));
    }
}

each_fault_result search_each_fault(const std::function<void()> &body, fault_kinds kinds,
                                    const exploration &given, std::source_location at) {
    test::require_no_machine_inside("search_each_fault");
    const exploration how = asking_about(kinds, given);
    return search_rounds(body, how, test::hash_of_exploration(how, at));
}

}  // namespace emu
