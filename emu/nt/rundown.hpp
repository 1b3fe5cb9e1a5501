// The operations of rundown protection, for both of its sizes.
#pragma once
#include "emu/locks/rundown.hpp"
#include "emu/nt/enter.hpp"
#include "emu/verify/rundown_rules.hpp"

namespace emu::nt::rundown {

namespace core = locks::rundown;

inline core::word &word_of(const verify::call &at) {
    return core::word_of(const_cast<void *>(at.object));
}

/// Where the routine R was called, with an object that is at least aligned.
template <routine R>
verify::call entered(const void *protection, const void *caller) {
    const verify::call at{enter<R, interferes::yes>(protection, caller), R, protection, caller};
    if (!address_ok<8>(protection)) {
        bad_address(at, 8);
    }
    return at;
}

void initialize(const verify::call &at);
void reinitialize(const verify::call &at);
void complete(const verify::call &at);
BOOLEAN acquire(const verify::call &at, ULONG count);
void release(const verify::call &at, ULONG count);
void wait(const verify::call &at);

}  // namespace emu::nt::rundown
