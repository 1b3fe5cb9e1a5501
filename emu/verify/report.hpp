// The report: what a developer reads when a rule is broken.
#pragma once
#include <string>

#include "emu/base/finding.hpp"

namespace emu::verify {

/// The whole story: rule, bug check in words, this thread's stack, what it held and where it took
/// it, what the other threads were doing, the replay line if there is a token, the rule's page.
std::string render(const finding &found, const std::string &replay_token);

/// The same without what is read from the machine as it stands, for a finding of an earlier one.
std::string render_finding(const finding &found, const std::string &replay_token);

/// The calls that failed because the test asked for it, with the seed that drew them if there is
/// no token to do it; empty if there are none.
std::string render_injected(bool with_token);

/// Prints it to standard error.
void print_report(const finding &found);

/// What every thread of the machine was doing, for findings about all of them: deadlock, lost
/// wake-up.
std::string render_threads();

/// The last events as a picture: one column per thread, one row per event, newest last.
std::string render_columns(std::size_t most_rows);

}  // namespace emu::verify
