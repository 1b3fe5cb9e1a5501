#include "emu/options.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string_view>

namespace emu {

namespace {

constexpr int usage_exit_code = 2;

bool read_number(std::string_view text, std::uint64_t low, std::uint64_t high,
                 std::uint64_t &into) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    return error == std::errc{} && end == text.data() + text.size() && into >= low && into <= high;
}

template <class Field>
bool read_into(Field &field, std::string_view value, std::uint64_t low, std::uint64_t high) {
    std::uint64_t number = 0;
    if (!read_number(value, low, high, number)) {
        return false;
    }
    field = static_cast<Field>(number);
    return true;
}

bool read_switch(bool &field, std::string_view value) {
    field = value == "on";
    return value == "on" || value == "off";
}

// "6.1" -> 0x0601
bool read_target(machine_options &into, std::string_view value) {
    const std::size_t dot = value.find('.');
    std::uint64_t major = 0;
    std::uint64_t minor = 0;
    if (dot == std::string_view::npos || !read_number(value.substr(0, dot), 5, 10, major) ||
        !read_number(value.substr(dot + 1), 0, 3, minor)) {
        return false;
    }
    into.target = static_cast<std::uint16_t>(major << 8 | minor);
    return true;
}

bool read_fidelity(machine_options &into, std::string_view value) {
    into.mode = value == "free" ? fidelity::free : fidelity::verifier;
    return value == "free" || value == "verifier";
}

bool read_backend(machine_options &into, std::string_view value) {
    into.on = value == "simulated" ? backend::simulated : backend::native;
    return value == "simulated" || value == "native";
}

struct kind_name {
    std::string_view name;
    fault_kinds kinds;
};

constexpr kind_name kind_names[] = {
    {"pool", fault::pool_allocation},
    {"thread", fault::thread_creation},
    {"workitem", fault::work_item_allocation},
    {"try", fault::try_acquire},
    {"alert", fault::alert},
    {"userapc", fault::user_apc},
    {"allocations", allocations},
    {"all", every_fault},
};

// "pool+try"
bool read_failing(machine_options &into, std::string_view value) {
    fault_kinds read;
    for (;;) {
        const std::size_t plus = value.find('+');
        const std::string_view name = value.substr(0, plus);
        const auto *const known =
            std::find_if(std::begin(kind_names), std::end(kind_names),
                         [name](const kind_name &each) { return each.name == name; });
        if (known == std::end(kind_names)) {
            return false;
        }
        read = read | known->kinds;
        if (plus == std::string_view::npos) {
            into.failing = read;
            return true;
        }
        value.remove_prefix(plus + 1);
    }
}

struct option {
    const char *name;
    const char *values;
    const char *meaning;
    bool (*read)(machine_options &into, std::string_view value);
};

constexpr std::uint64_t any_number = ~std::uint64_t{0};

constexpr option table[] = {
    {"fidelity", "verifier|free", "every documented rule, or retail Windows' behaviour",
     read_fidelity},
    {"backend", "native|simulated", "real threads, or fibers in virtual time (emu::run)",
     read_backend},
    {"target", "5.1 .. 10.0", "the Windows version to behave like", read_target},
    {"processors", "1 .. 64", "processors of the machine",
     [](machine_options &o, std::string_view v) { return read_into(o.processors, v, 1, 64); }},
    {"steps", "1 ..", "scheduling points after which an execution counts as endless",
     [](machine_options &o, std::string_view v) {
         return read_into(o.step_limit, v, 1, any_number);
     }},
    {"schedules", "1 ..", "schedules that emu::explore runs unless the test says otherwise",
     [](machine_options &o, std::string_view v) {
         return read_into(o.schedules, v, 1, any_number);
     }},
    {"seed", "0 ..", "of the first schedule",
     [](machine_options &o, std::string_view v) { return read_into(o.seed, v, 0, any_number); }},
    {"trace", "on|off", "keep events, so that reports on real threads have their picture too",
     [](machine_options &o, std::string_view v) { return read_switch(o.trace, v); }},
    {"watchdog", "0 .. 3600", "seconds that a simulated thread may sleep in the host; 0: for ever",
     [](machine_options &o, std::string_view v) { return read_into(o.watchdog, v, 0, 3600); }},
    {"atomics", "on|off", "scheduling points inside the lock algorithms as well (simulation)",
     [](machine_options &o, std::string_view v) { return read_switch(o.atomics, v); }},
    {"early", "0 .. 1000", "timers due within 30 ms that may overtake running threads, explored",
     [](machine_options &o, std::string_view v) { return read_into(o.early_alarms, v, 0, 1000); }},
    {"faults", "0 ..", "one in so many calls fails that can, drawn from the seed; 0: none",
     [](machine_options &o, std::string_view v) { return read_into(o.faults, v, 0, ~0U); }},
    {"failing", "kind+kind ..",
     "which can: pool thread workitem (or all three: allocations) try alert userapc (or all)",
     read_failing},
    {"mostfaults", "0 ..", "calls of one execution that fail at most; 0: any number",
     [](machine_options &o, std::string_view v) { return read_into(o.most_faults, v, 0, ~0U); }},
    {"dbgprint", "on|off", "DbgPrint writes to standard error",
     [](machine_options &o, std::string_view v) { return read_switch(o.debug_print, v); }},
};

void print_help(std::FILE *to) {
    std::fputs("EMU_OPTIONS=name=value,name=value ...\n", to);
    for (const option &each : table) {
        std::fprintf(to, "  %-10s  %-16s  %s\n", each.name, each.values, each.meaning);
    }
    std::fputs("  help                          print this and stop\n", to);
}

void read_one(machine_options &into, std::string_view text) {
    if (text == "help") {
        print_help(stdout);
        std::exit(0);
    }
    const std::size_t equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? "" : text.substr(equals + 1);
    for (const option &each : table) {
        if (name == each.name && each.read(into, value)) {
            return;
        }
    }
    std::fprintf(stderr, "wdm-emu: no such option or value: %.*s\n", static_cast<int>(text.size()),
                 text.data());
    print_help(stderr);
    std::exit(usage_exit_code);
}

}  // namespace

void read_options(machine_options &into, const char *text) {
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::size_t comma = rest.find(',');
        if (comma != 0) {
            read_one(into, rest.substr(0, comma));
        }
        rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    }
}

machine_options options_from_environment() {
    machine_options made;
    if (const char *text = std::getenv("EMU_OPTIONS")) {
        read_options(made, text);
    }
    return made;
}

}  // namespace emu
