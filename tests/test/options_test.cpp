// EMU_OPTIONS: what each name sets, and what happens with words that are none.
#include "child_process.hpp"

#include "emu/options.hpp"

using namespace tests;

namespace {

emu::machine_options read(const char *text) {
    emu::machine_options into;
    emu::read_options(into, text);
    return into;
}

}  // namespace

TEST_CASE("options: nothing changes nothing") {
    const emu::machine_options defaults, read_from_nothing = read("");
    CHECK(read_from_nothing.mode == emu::fidelity::verifier);
    CHECK(read_from_nothing.on == emu::backend::native);
    CHECK(read_from_nothing.target == 0x0A00);
    CHECK(read_from_nothing.processors == defaults.processors);
    CHECK(read_from_nothing.step_limit == defaults.step_limit);
    CHECK(read_from_nothing.schedules == 1000);
    CHECK(read_from_nothing.seed == 0);
    CHECK_FALSE(read_from_nothing.trace);
    CHECK(read_from_nothing.debug_print);
}

TEST_CASE("options: each name sets its field") {
    const emu::machine_options all = read(
        "fidelity=free,backend=simulated,target=6.1,processors=64,steps=12,schedules=34,"
        "seed=18446744073709551615,trace=on,dbgprint=off");
    CHECK(all.mode == emu::fidelity::free);
    CHECK(all.on == emu::backend::simulated);
    CHECK(all.target == 0x0601);
    CHECK(all.processors == 64);
    CHECK(all.step_limit == 12);
    CHECK(all.schedules == 34);
    CHECK(all.seed == ~std::uint64_t{0});
    CHECK(all.trace);
    CHECK_FALSE(all.debug_print);
}

TEST_CASE("options: what fails, and how often") {
    CHECK(read("").faults == 0);
    CHECK(read("").failing == emu::allocations);
    CHECK(read("faults=100,mostfaults=2").faults == 100);
    CHECK(read("mostfaults=2").most_faults == 2);
    CHECK(read("failing=pool").failing == emu::fault::pool_allocation);
    CHECK(read("failing=try+alert").failing == (emu::fault::try_acquire | emu::fault::alert));
    CHECK(read("failing=all").failing == emu::every_fault);
    CHECK(read("failing=allocations+userapc").failing ==
          (emu::allocations | emu::fault::user_apc));
}

TEST_CASE("options: the last word wins, empty ones are skipped") {
    CHECK(read("seed=1,seed=2").seed == 2);
    CHECK(read(",,seed=3,").seed == 3);
    CHECK(read("fidelity=free,fidelity=verifier").mode == emu::fidelity::verifier);
    CHECK_FALSE(read("trace=on,trace=off").trace);
    CHECK(read("target=10.0").target == 0x0A00);
}

CHILD_CASE("child: reads EMU_OPTIONS") { emu::options_from_environment(); }

TEST_CASE("options: help lists every name and stops with success") {
    const child_result child = run_child("child: reads EMU_OPTIONS", {"EMU_OPTIONS=help"});
    CHECK(child.exit_code == 0);
    for (const char *name : {"fidelity", "backend", "target", "processors", "steps", "schedules",
                             "seed", "trace", "faults", "failing", "mostfaults", "dbgprint"}) {
        CHECK(contains(child.output, name));
    }
}

TEST_CASE("options: a name or value that is none stops with the list and exit code 2") {
    for (const char *text :
         {"colour=red",      "fidelity",    "fidelity=",     "fidelity=strict", "backend=real",
          "target=6",        "target=6.9",  "target=4.0",    "processors=0",    "processors=65",
          "processors=four", "failing=",    "failing=locks", "failing=pool+",   "faults=-1",
          "steps=0",         "schedules=0", "seed=-1",       "seed=1x",         "trace=yes",
          "seed=1,bogus"}) {
        CAPTURE(text);
        const child_result child =
            run_child("child: reads EMU_OPTIONS", {std::string("EMU_OPTIONS=") + text});
        CHECK(child.exit_code == 2);
        CHECK(contains(child.output, "no such option or value"));
        CHECK(contains(child.output, "fidelity"));
    }
}
