#include "emu/base/invariant.hpp"

#include <cstdio>
#include <cstdlib>

namespace emu {

void invariant_failed(const char *expression, const char *file, int line) noexcept {
    std::fprintf(stderr, "wdm-emu: internal error, please report: %s (%s:%d)\n", expression, file,
                 line);
    std::abort();
}

}  // namespace emu
