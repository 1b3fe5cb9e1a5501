// Runs every construct, as C and as C++, natively and in simulation, and prints the table.
//
// One executable is compiled without optimisation, one with -O2 and WDM_EMU_SEH_UNOPTIMIZED;
// tools/seh_table.py joins what the builds of several compilers print.
#include <cstdio>
#include <string>

#include <emu/test.hpp>

#include "constructs.h"

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif
#else
constexpr bool sanitized = false;
#endif

// "ok", or what is wrong.
std::string verdict(const construct &one) {
    if (one.needs_faults != 0 && sanitized) {
        return "sanitizer";
    }
    for (const emu::backend where : {emu::backend::native, emu::backend::simulated}) {
        emu::machine_options with = emu::default_options();
        with.on = where;
        int line = -1;
        emu::run([&] { line = one.run(); }, with);
        if (line != 0) {
            return (where == emu::backend::native ? "line " : "simulated line ") +
                   std::to_string(line);
        }
    }
    return "ok";
}

}  // namespace

int main() {
    int failures = construct_count_c != construct_count_cpp ? 1 : 0;
    std::printf("%-36s %-10s %s\n", "construct", "C", "C++");
    for (int i = 0; i < construct_count_c; ++i) {
        const std::string c = verdict(constructs_c[i]);
        const std::string cpp = verdict(constructs_cpp[i]);
        std::printf("%-36s %-10s %s\n", constructs_c[i].name, c.c_str(), cpp.c_str());
        failures += c != "ok" && c != "sanitizer";
        failures += cpp != "ok" && cpp != "sanitizer";
    }
    std::printf("%d constructs, %d failures\n", construct_count_c, failures);
    return failures != 0 ? 1 : 0;
}
