// Modules that are restored, and modules that are refused with a sentence that names the variable.
#include "child_process.hpp"

#include <dlfcn.h>
#include <emu/test.hpp>
#include <filesystem>

using namespace tests;

extern "C" __attribute__((visibility("default"))) int SharedName;
int SharedName = 100;

namespace {

using operation = int (*)();

std::string path_of(const std::string &name) { return MODULES "/lib" + name + ".so"; }

void *load_module(const std::string &name) {
    void *module = dlopen(path_of(name).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (module == nullptr) {
        FAIL(std::string(dlerror()));
    }
    return module;
}

operation load(const std::string &name) {
    return reinterpret_cast<operation>(dlsym(load_module(name), "module_operate"));
}

void load_and_boot(const std::string &name) {
    const operation operate = load(name);
    emu::boot();
    MESSAGE("it was not refused: ", operate());
}

void check_refused(const std::string &name, const std::string &sentence) {
    // The address sanitizer has a word of its own about one name for two variables.
    const child_result child =
        run_child("child: load and boot " + name, {"ASAN_OPTIONS=detect_odr_violation=0"});
    CAPTURE(child.output);
    CHECK(child.exit_code == 86);
    CHECK(contains(child.output, "lib" + name + ".so cannot be restored between executions"));
    CHECK(contains(child.output, sentence));
    CHECK_FALSE(contains(child.output, "it was not refused"));
}

}  // namespace

CHILD_CASE("child: load and boot container") { load_and_boot("container"); }
CHILD_CASE("child: load and boot heap_pointer") { load_and_boot("heap_pointer"); }
CHILD_CASE("child: load and boot thread_local") { load_and_boot("thread_local"); }
CHILD_CASE("child: load and boot stripped") { load_and_boot("stripped"); }
CHILD_CASE("child: load and boot not_symbolic") { load_and_boot("not_symbolic"); }

TEST_CASE("module: a C++ container with content is refused by name") {
    check_refused("container", "(anonymous namespace)::kept_numbers (container.cpp) points to");
}

TEST_CASE("module: a static pointer to malloc'ed memory is refused by name") {
    check_refused("heap_pointer", "its variable KeptBuffer (heap_pointer.c) points to");
}

TEST_CASE("module: a thread-local variable is refused by name") {
    check_refused("thread_local", "OfThisThread is thread-local");
}

TEST_CASE("module: a stripped one is refused") { check_refused("stripped", "no symbol table"); }

TEST_CASE("module: one whose variable is bound to the test's is refused by name") {
    check_refused("not_symbolic", "another module has a variable SharedName too");
}

CHILD_CASE("child: a late destructor") {
    const operation operate = load("late_destructor");
    emu::search([&] { operate(); });
    MESSAGE("it was not refused");
}

TEST_CASE("module: a static of a function with a destructor is refused as it is constructed") {
    const child_result child = run_child("child: a late destructor");
    CAPTURE(child.output);
    CHECK(child.exit_code == 86);
    CHECK(contains(child.output, "module_operate::late_resource"));
    CHECK(contains(child.output, "has a destructor"));
}

CHILD_CASE("child: C++ initialisers beside a machine") {
    emu::boot();
    load("statics");
    MESSAGE("it was not refused");
}

TEST_CASE("module: with C++ initialisers it is refused when a machine runs already") {
    const child_result child = run_child("child: C++ initialisers beside a machine");
    CAPTURE(child.output);
    CHECK(child.exit_code == 86);
    CHECK(contains(child.output, "loaded while a machine ran"));
}

CHILD_CASE("child: statics are restored") {
    const operation operate = load("statics");
    const emu::exploration_result result = emu::search([&] {
        EMU_CHECK(operate() == 42);
        EMU_CHECK(operate() == 44);
    });
    CHECK_FALSE(result.failed);
    CHECK(result.schedules > 100);
}

TEST_CASE("module: C++ statics without heap and late destructors are restored") {
    const child_result child = run_child("child: statics are restored");
    CAPTURE(child.output);
    CHECK(child.exit_code == 0);
}

CHILD_CASE("child: loaded and unloaded") {
    for (int i = 0; i < 3; ++i) {
        const operation operate = load("symbolic");
        emu::boot();
        CHECK(operate() == 1);
        CHECK(operate() == 2);
        emu::boot();
        CHECK(operate() == 1);
        void *again = dlopen(MODULES "/libsymbolic.so", RTLD_NOW | RTLD_NOLOAD);
        REQUIRE(again != nullptr);
        dlclose(again);
        dlclose(again);
    }
    emu::boot();
    CHECK(SharedName == 100);
}

TEST_CASE("module: symbolic ones have their own variable; unloading and loading again works") {
    const child_result child = run_child("child: loaded and unloaded");
    CAPTURE(child.output);
    CHECK(child.exit_code == 0);
}

CHILD_CASE("child: loaded inside an execution") {
    const emu::exploration_result result = emu::search([] {
        static const operation operate = load("symbolic");
        EMU_CHECK(operate() == 1);
    });
    CHECK_FALSE(result.failed);
}

TEST_CASE("module: loaded inside an execution it is restored from there on") {
    const child_result child = run_child("child: loaded inside an execution");
    CAPTURE(child.output);
    CHECK(child.exit_code == 0);
}

namespace {

void count_restored_calls(const std::string &name) {
    void *module = load_module(name);
    const auto operate = reinterpret_cast<operation>(dlsym(module, "module_operate"));
    const auto count = reinterpret_cast<long long (*)()>(dlsym(module, "module_count"));
    const long long before = count();
    emu::exploration how;
    how.schedules = 100;
    const emu::exploration_result result = emu::search([&] { EMU_CHECK(operate() == 1); }, how);
    CHECK_FALSE(result.failed);
    CHECK(count() == before + 100);
}

}  // namespace

CHILD_CASE("child: gcov_counters") { count_restored_calls("gcov_counters"); }
CHILD_CASE("child: profile_counters") { count_restored_calls("profile_counters"); }

TEST_CASE("module: coverage counters go on counting") {
    for (const std::string kind : {"gcov_counters", "profile_counters"}) {
        if (kind == "profile_counters" && !std::filesystem::exists(path_of(kind))) {
            continue;  // clang's
        }
        const child_result child = run_child("child: " + kind);
        CAPTURE(child.output);
        CHECK(child.exit_code == 0);
    }
}
