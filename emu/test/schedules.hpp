// What explorations have in common, whatever chooses their schedules.
#pragma once
#include <optional>

#include "emu/explore/token.hpp"
#include "emu/test/execution.hpp"
#include "emu/test/schedule_source.hpp"

namespace emu::test {

/// Runs schedules of the source, `most` of them, until one fails.
exploration_result explore_schedules(const body &given, const exploration &how,
                                     std::uint32_t test_hash, schedule_source &source,
                                     std::uint64_t most);

/// Runs one schedule that was written down.
exploration_result follow(const body &given, const explorer::schedule &wanted,
                          const exploration &how);

/// The schedule that EMU_REPLAY asks for, if any.
std::optional<explorer::schedule> wanted_replay();

/// With EMU_REPLAY set: true, after the schedule was followed if it is this test's; throws if it
/// fails.
bool replayed(const body &given, const exploration &how, std::uint32_t test_hash);

/// The exploration's name, hashed: the test's, and a number from its second exploration on.
std::uint32_t hash_of_exploration(const exploration &how, std::source_location at);

/// Prints the report of a failure, and throws.
void fail_if(const exploration_result &result);

void require_no_machine_inside(const char *what);

}  // namespace emu::test
