// Every routine of not_emulated.def stops loudly and says its name.
#include <string_view>

#include "push_lock_routines.hpp"

using namespace tests;
using emu::rule;

namespace {

template <class Returns>
void call(Returns (*routine)(PVOID, ...)) {
    routine(nullptr, 0, 0, 0);
}
template <class Returns, class... Parameters>
void call(Returns (*routine)(Parameters...)) {
    routine(Parameters{}...);
}

struct stub {
    const char *name;
    void (*call)();
};

constexpr stub stubs[] = {
#define EMU_NOT_EMULATED(returns, name, parameters, why) {#name, [] { ::call(name); }},
#include "emu/nt/not_emulated.def"
#undef EMU_NOT_EMULATED
};

void check(const stub &each) {
    const emu::violation found = EMU_EXPECT_VIOLATION(rule::not_emulated, each.call());
    check_no_bug_check(found);
    CHECK(found.detail.starts_with(std::string(each.name) + " is not emulated"));
}

}  // namespace

TEST_CASE("not_emulated: each routine of the table stops with a sentence that names it") {
    CHECK(std::size(stubs) >= 30);
    for (const stub &each : stubs) {
        CAPTURE(each.name);
        on_both([&] { check(each); });
    }
}

TEST_BOTH_FREE("not_emulated, free: stops there too") { check(stubs[0]); }
