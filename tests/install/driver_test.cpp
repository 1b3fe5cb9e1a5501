// Without a test framework, for a user may have none: the driver works, and its misuse is caught.
#include <cstdio>
#include <emu/test.hpp>

extern "C" {
#include "driver.h"
}

namespace {

int failures = 0;

void check(bool good, const char *what) {
    std::printf("%s: %s\n", good ? "ok" : "FAILED", what);
    failures += good ? 0 : 1;
}

}  // namespace

int main() {
    static_assert(sizeof(LONG) == 4 && sizeof(WCHAR) == 2, "pkg-config --cflags was not used");

    PCOUNTER counter = CounterCreate();
    check(CounterAdd(counter, 2) == 2 && CounterAdd(counter, 3) == 5, "the driver counts");

    const emu::violation caught =
        emu::expect_violation(emu::rule::apcs_enabled, [&] { CounterAddCarelessly(counter, 1); });
    check(caught.which == emu::rule::apcs_enabled, "a missing critical region is caught");

    emu::boot();
    counter = CounterCreate();
    check(CounterAdd(counter, 1) == 1, "the next machine works");
    CounterDelete(counter);
    return failures == 0 ? 0 : 1;
}
