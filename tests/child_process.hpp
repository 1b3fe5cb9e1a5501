// Runs one test case of this executable in a process of its own: for what ends a process.
#pragma once
#include <doctest/doctest.h>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

/// A case that only a child runs.  No commas in its name: doctest would read a list.
#define CHILD_CASE(name) TEST_CASE(name *doctest::skip())

namespace tests {

struct child_result {
    int exit_code = -1;  // -1: ended by a signal
    std::string output;  // standard output and error
};

inline std::string read_all(int from) {
    std::string text;
    char part[4096];
    for (ssize_t got = 0; (got = read(from, part, sizeof part)) > 0;) {
        text.append(part, static_cast<std::size_t>(got));
    }
    return text;
}

/// `settings` are environment variables, NAME=value.  A child that hangs is ended by its alarm
/// clock.
inline child_result run_child(const std::string &test_case,
                              const std::vector<std::string> &settings = {},
                              unsigned most_seconds = 60) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    posix_spawn_file_actions_addclose(&actions, ends[0]);

    std::string only = "--test-case=" + test_case;
    std::string self = std::to_string(getpid());
    char shell[] = "/bin/sh", option[] = "-c";
    std::string command =
        "ulimit -c 0; exec timeout -s KILL " + std::to_string(most_seconds) + " env";
    for (const std::string &each : settings) {
        command += " '" + each + "'";
    }
    command += " /proc/" + self + "/exe --no-skip --no-colors '" + only + "'";
    char *arguments[] = {shell, option, command.data(), nullptr};
    pid_t child = 0;
    REQUIRE(posix_spawn(&child, shell, &actions, nullptr, arguments, environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    child_result result;
    result.output = read_all(ends[0]);
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return result;
}

inline bool contains(const std::string &text, const std::string &part) {
    return text.find(part) != std::string::npos;
}

}  // namespace tests
