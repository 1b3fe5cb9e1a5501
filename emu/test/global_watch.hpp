// Global variables of a driver that is linked into the test itself: nobody restores them, so an
// exploration watches whether they change.
//
// Watched are variables with C names in the executable, and in shared libraries that call NT
// routines but are no driver images.  C++ names are the test's own: tests count in statics.
// Compared is after the executions 1, 2, 4, 8 ... and the last: what changes once stays changed.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "emu/base/finding.hpp"

namespace emu::test {

class global_watch {
public:
    /// Before the first execution.  `keep`: the test means its globals to change.
    explicit global_watch(bool keep);

    /// After the execution with this number, counted from 1, with its machine still there: the
    /// finding that names the variables that changed; null if none did, or if this is none of the
    /// executions after which to look and `look` is false.
    const finding *judge_after(std::uint64_t number, bool look) const;

private:
    std::vector<std::byte> first_;  // contents of the watched variables, one after the other
};

}  // namespace emu::test
