// Rules of rundown protection.  Windows documents no bug check for any but the flags.
#include "emu/verify/rundown_rules.hpp"

#include "emu/locks/view.hpp"
#include "emu/machine/view.hpp"
#include "emu/verify/bug_checks.hpp"

namespace emu::verify {

const finding *judge_rundown_word(const call &at) {
    const locks::rundown_view seen = locks::view_rundown(at.object);
    if (seen.plausible) {
        return nullptr;
    }
    if (const auto block = machine::pool_around(at.object); block && block->freed) {
        return broken(at, rule::freed_object, {},
                      "the rundown protection lies in a freed pool block of %zu bytes, tag '%s'",
                      block->size, tag_text(block->tag).data());
    }
    return broken(at, rule::overwritten_object, {},
                  "the word is 0x%llX; unused rundown protection is 0",
                  static_cast<unsigned long long>(seen.word));
}

const finding *judge_rundown_release(const call &at) {
    if (const finding *found = judge_rundown_word(at)) {
        return found;
    }
    return broken(at, rule::unheld_release, {},
                  "released more often than acquired; an acquire that returned FALSE counts not");
}

const finding *judge_rundown_state(const call &at) {
    const locks::rundown_view seen = locks::view_rundown(at.object);
    if (seen.run_down) {
        return nullptr;
    }
    if (seen.waited_for) {
        return broken(at, rule::not_run_down, {}, "a thread still waits for the last users");
    }
    return broken(at, rule::not_run_down, {},
                  "nobody has waited with ExWaitForRundownProtectionRelease; %llu user(s)",
                  static_cast<unsigned long long>(seen.word / 2));
}

const finding *judge_rundown_flags(const call &at, std::uint32_t flags) {
    // INVALID_RUNDOWN_PROTECTION_FLAGS: flags, rundown reference
    return broken(at, rule::invalid_flags, {0x16C, {flags, address_bits(at.object), 0, 0}},
                  "flags 0x%X: none exist", flags);
}

const finding *judge_rundown_size(const call &at, std::size_t given, std::size_t needed) {
    return broken(at, rule::invalid_parameter, {},
                  "%zu bytes of storage; ExSizeOfRundownProtectionCacheAware says %zu", given,
                  needed);
}

}  // namespace emu::verify
