// Programs whose driver images cannot work: each ends at its first machine with a sentence, which
// meson cannot compare; refused_test.sh does.
#include <emu/test.hpp>

extern "C" {
#include "driver.h"
}

int main() {
    OperationLimit = 3;
    emu::boot();
    return DriverIsClean() ? 0 : 1;
}
