// emu::run, explore, search, replay: schedules and what becomes of them.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>

#include "emu/explore/strategies.hpp"
#include "emu/explore/divergence.hpp"
#include "emu/explore/token.hpp"
#include "emu/machine/driver_image.hpp"
#include "emu/machine/machine.hpp"
#include "emu/nt/enter.hpp"
#include "emu/nt/ports.hpp"
#include "emu/test.hpp"
#include "emu/test/execution.hpp"
#include "emu/test/global_watch.hpp"
#include "emu/test/native_run.hpp"
#include "emu/test/schedules.hpp"
#include "emu/verify/code_place.hpp"
#include "emu/verify/report.hpp"

namespace emu {

namespace test {

namespace {

using explorer::schedule;

std::string current_test;

std::string text_of(const std::exception_ptr &thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception &each) {
        return each.what();
    } catch (...) {
        return "an exception that is no std::exception: a failed assertion of the test framework";
    }
}

std::string report_of(const execution &failed, const std::string &token, bool machine_is_its) {
    if (failed.found.which != rule::none) {
        return machine_is_its ? verify::render(failed.found, token)
                              : verify::render_finding(failed.found, token);
    }
    return fmt::format(
        "==== wdm-emu: the test body threw under this schedule: {}\n{}  replay: EMU_REPLAY={}\n",
        text_of(failed.thrown), verify::render_injected(!token.empty()), token);
}

void fill_failure(exploration_result &into, const execution &failed, const std::string &token,
                  bool machine_is_its = true) {
    into.failed = true;
    into.which = failed.found.which;
    into.thrown = failed.thrown;
    into.token = token;
    into.report = report_of(failed, token, machine_is_its);
}

// Runs the failing schedule once more, now written down and traced, so that exploring pays for
// neither.
void tell(exploration_result &into, const body &body, strategy &chooser, const exploration &how,
          std::uint32_t test_hash, const execution &first) {
    explorer::recorder recorder(chooser, test_hash);
    const execution again = execute(body, recorder, how.machine, true);
    const bool same = again.failed() && again.found.which == first.found.which;
    fill_failure(into, same ? again : first, explorer::write_token(recorder.recorded()), same);
    if (!same) {
        into.report +=
            "  note: the same schedule took another course when it was run again: something "
            "outlives the execution, such as a global variable of the driver\n";
    }
}

// "in ExFreePool, called at cache.c:41 in evict", or how an execution ended instead.
std::string stands_at(const code_point &at) {
    if (at.by == routine::none) {
        return "between its calls, or at its end";
    }
    return fmt::format("in {}, called at {}", contract_of(at.by).name,
                       verify::in_words(at.caller));
}

finding parted(const explorer::divergence &at) {
    finding found;
    found.which = rule::nondeterministic_body;
    std::snprintf(found.detail, sizeof found.detail,
                  "at scheduling point %llu (choice %llu): the first run stood %s (%zu threads "
                  "could run), the second %s (%zu)",
                  static_cast<unsigned long long>(at.step),
                  static_cast<unsigned long long>(at.choice), stands_at(at.before).c_str(),
                  at.candidates_before, stands_at(at.now).c_str(), at.candidates_now);
    return found;
}

}  // namespace

exploration_result explore_schedules(const body &body, const exploration &how,
                                     std::uint32_t test_hash, schedule_source &source,
                                     std::uint64_t most) {
    exploration_result result;
    begin_executions(how.machine);
    const global_watch globals(how.keep_globals);
    strategy *chooser = source.next();
    while (chooser != nullptr && result.schedules < most && !result.failed) {
        ++result.schedules;
        execution done = execute(body, *chooser, how.machine, false);
        result.points += done.points;
        result.choices += done.choices;
        result.cut_short += done.cut ? 1U : 0U;
        if (done.failed()) {
            tell(result, body, source.again(), how, test_hash, done);
        } else if (const finding *changed =
                       globals.judge_after(result.schedules, source.diverged().has_value())) {
            done.found = *changed;
            fill_failure(result, done, "");
        } else if (const auto &where = source.diverged()) {
            done.found = parted(*where);
            fill_failure(result, done, "", false);
        }
        source.learn(done);
        chooser = result.failed ? chooser : source.next();
    }
    if (const finding *changed =
            result.failed ? nullptr : globals.judge_after(result.schedules, true)) {
        execution last;
        last.found = *changed;
        fill_failure(result, last, "");
    }
    result.covered = source.covered(chooser == nullptr);
    end_executions();
    return result;
}

exploration_result follow(const body &body, const schedule &wanted, const exploration &how) {
    exploration_result result;
    begin_executions(how.machine);
    explorer::follower follower(wanted);
    execution done = execute(body, follower, how.machine, true);
    follower.ended_after(done.points);
    result.schedules = 1;
    result.points = done.points;
    result.choices = done.choices;
    const std::string token = explorer::write_token(wanted);
    if (const auto step = follower.diverged_at()) {
        done.found = finding{};
        done.found.which = rule::replay_diverged;
        std::snprintf(
            done.found.detail, sizeof done.found.detail,
            "at scheduling point %llu the threads that can run are not those of the recorded "
            "schedule: code on its way has changed, or something outlives an execution",
            static_cast<unsigned long long>(*step));
    }
    if (done.failed()) {
        fill_failure(result, done, token);
    }
    end_executions();
    return result;
}

namespace {

std::string name_of_exploration(const exploration &how, std::source_location at) {
    std::string name = how.name != nullptr ? how.name
                       : !current_test.empty()
                           ? current_test
                           : std::filesystem::path(at.file_name()).filename().string();
    static std::map<std::string, int> explorations;
    const int number = ++explorations[name];
    return number == 1 ? name : fmt::format("{}#{}", name, number);
}

}  // namespace

std::uint32_t hash_of_exploration(const exploration &how, std::source_location at) {
    return explorer::hash_of_test(name_of_exploration(how, at));
}

std::optional<schedule> wanted_replay() {
    const char *token = std::getenv("EMU_REPLAY");
    if (token == nullptr || *token == '\0') {
        return std::nullopt;
    }
    auto read = explorer::read_token(token);
    if (!read) {
        std::fprintf(stderr, "wdm-emu: EMU_REPLAY is no token of this version: %s\n", token);
        std::exit(2);
    }
    return read;
}

bool replayed(const body &body, const exploration &how, std::uint32_t test_hash) {
    const auto wanted = wanted_replay();
    if (wanted && wanted->test == test_hash) {
        fail_if(follow(body, *wanted, how));
        std::fputs("wdm-emu: the replayed schedule passes now\n", stderr);
    }
    return wanted.has_value();
}

void fail_if(const exploration_result &result) {
    if (!result.failed) {
        return;
    }
    std::fputs(result.report.c_str(), stderr);
    if (result.thrown != nullptr) {
        std::rethrow_exception(result.thrown);
    }
    throw test_failure(fmt::format("{}: {} (schedule {}); EMU_REPLAY={}", name_of(result.which),
                                   emu::text_of(result.which), result.schedules, result.token));
}

void require_no_machine_inside(const char *what) {
    if (met() && machine::booted() && machine::options().on == backend::simulated) {
        throw test_failure(fmt::format("emu::{} inside an execution", what));
    }
}

namespace {

// Every call that may fail doubles the schedules: an exhaustive search tries one failure in each,
// unless it is told how many.
exploration within_reason(exploration how) {
    if (how.strategy == search_strategy::exhaustive && how.machine.most_faults == 0) {
        how.machine.most_faults = 1;
    }
    return how;
}

exploration_result search_schedules(const body &body, const exploration &how,
                                    std::uint32_t test_hash) {
    const auto source = make_schedule_source(how);
    const std::uint64_t most = how.schedules != 0 ? how.schedules : source->default_budget();
    return explore_schedules(body, how, test_hash, *source, most);
}

}  // namespace

}  // namespace test

using namespace test;

const machine_options &default_options() { return machine::default_options(); }

void boot(const machine_options &with) {
    require_no_machine_inside("boot");
    machine_options native = with;
    native.on = backend::native;
    begin_with_clean_images();
    nt::boot_machine(native);
}

void run(const std::function<void()> &body, const machine_options &with) {
    require_no_machine_inside("run");
    if (with.on == backend::native) {
        return run_natively(body, with);
    }
    begin_executions(with);
    explorer::run_to_block to_block;
    to_block.begin(with.seed);
    exploration how;
    how.machine = with;
    how.machine.early_alarms = 0;
    exploration_result result;
    const execution done = execute(body, to_block, how.machine, true);
    if (done.failed()) {
        fill_failure(result, done, "");
    }
    end_executions();
    fail_if(result);
}

void explore(const std::function<void()> &body, const exploration &given,
             std::source_location at) {
    require_no_machine_inside("explore");
    const exploration how = within_reason(given);
    const std::uint32_t hash = hash_of_exploration(how, at);
    if (!replayed(body, how, hash)) {
        fail_if(search_schedules(body, how, hash));
    }
}

exploration_result search(const std::function<void()> &body, const exploration &given,
                          std::source_location at) {
    require_no_machine_inside("search");
    const exploration how = within_reason(given);
    return search_schedules(body, how, hash_of_exploration(how, at));
}

exploration_result replay(const std::function<void()> &body, const std::string &token,
                          const exploration &how) {
    require_no_machine_inside("replay");
    const auto wanted = explorer::read_token(token);
    if (!wanted) {
        throw std::invalid_argument("no replay token of this version: " + token);
    }
    return follow(body, *wanted, within_reason(how));
}

void test_begins(const char *name) {
    current_test = name;
    if (machine::booted() && machine::dead()) {
        machine::shut_down();
    }
    if (!machine::booted()) {
        machine::note_driver_images();  // before the test touches one
    }
}

}  // namespace emu
