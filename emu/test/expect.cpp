// Expectations: a violation becomes a value.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "emu/machine/exceptions.hpp"
#include "emu/machine/stop.hpp"
#include "emu/nt/enter.hpp"
#include "emu/test.hpp"
#include "emu/test/execution.hpp"
#include "emu/verify/report.hpp"

namespace emu {

namespace {

struct watched {
    const std::function<void()> &body;
    std::exception_ptr thrown;
};

void run_watched(void *argument) {
    auto &call = *static_cast<watched *>(argument);
    try {
        call.body();
    } catch (...) {
        call.thrown = std::current_exception();
    }
    // A race of the body's last steps: no call of its came after it.
    nt::stop_on(nt::race_found({nt::self_context(), routine::none, nullptr, nullptr}));
}

// The finding that body ended with, or one of rule none.
finding caught(const std::function<void()> &body) {
    nt::self_context();
    machine::expectation watch;
    watched call{body, nullptr};
    const bool violated = machine::expect(watch, run_watched, &call);
    if (call.thrown != nullptr) {
        std::rethrow_exception(call.thrown);
    }
    return violated ? watch.found : finding{};
}

violation value_of(const finding &found) {
    violation made;
    made.which = found.which;
    made.bug_check = found.check.code;
    std::copy_n(found.check.parameters.begin(), 4, made.parameters);
    made.detail = found.detail;
    return made;
}

[[noreturn]] void unexpected(const std::string &wanted, const finding &found,
                             std::source_location at) {
    const std::string where =
        fmt::format("{}:{}", std::filesystem::path(at.file_name()).filename().string(), at.line());
    if (found.which == rule::none) {
        throw test_failure(fmt::format("{}: expected {}, but no rule was broken", where, wanted));
    }
    throw test_failure(fmt::format("{}: expected {}, but found another violation\n{}", where,
                                   wanted, verify::render(found, "")));
}

}  // namespace

violation expect_violation(rule expected, const std::function<void()> &body,
                           std::source_location at) {
    const finding found = caught(body);
    if (found.which == rule::none || (expected != rule::none && found.which != expected)) {
        unexpected(expected == rule::none ? "a violation" : name_of(expected), found, at);
    }
    return value_of(found);
}

violation expect_bug_check(std::uint32_t code, const std::function<void()> &body,
                           std::source_location at) {
    const finding found = caught(body);
    if (found.which == rule::none || found.check.code != code) {
        unexpected(fmt::format("bug check 0x{:X}", code), found, at);
    }
    return value_of(found);
}

std::optional<std::int32_t> status_raised_by(const std::function<void()> &body) {
    const auto call = [](void *argument) {
        (*static_cast<const std::function<void()> *>(argument))();
    };
    NTSTATUS code = 0;
    const bool completed = machine::run_guarded(nt::self_context(), call,
                                                const_cast<std::function<void()> *>(&body), code);
    return completed ? std::nullopt : std::optional<std::int32_t>(code);
}

void expect_raise(std::int32_t expected, const std::function<void()> &body,
                  std::source_location at) {
    const std::optional<std::int32_t> raised = status_raised_by(body);
    if (raised == expected) {
        return;
    }
    const std::string instead =
        raised ? fmt::format("0x{:08X} was", static_cast<std::uint32_t>(*raised)) : "nothing was";
    throw test_failure(fmt::format("{}:{}: expected status 0x{:08X} to be raised, but {}",
                                   std::filesystem::path(at.file_name()).filename().string(),
                                   at.line(), static_cast<std::uint32_t>(expected), instead));
}

void check_failed(const char *expression, const char *file, int line) {
    nt::stop_on(verify::broken({nt::self_context(), routine::none, nullptr, EMU_CALLER},
                               rule::check_failed, {}, "%s  (%s:%d)", expression, file, line));
}

void note_failed_check(const char *expression, const char *file, int line) {
    if (!test::keep_failed_check(expression, file, line)) {
        std::fputs(verify::render_injected(false).c_str(), stderr);
    }
}

}  // namespace emu
