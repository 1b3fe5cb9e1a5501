// The test-facing API: boot a machine, run and explore test bodies, expect misuse.
//
// Include your test framework first, then this, then the driver's headers inside extern "C".  With
// doctest, failed CHECKs inside emulated threads count as failures of the schedule, and each test
// case begins with a live machine, without further ado.  Link with -lwdm-emu (pkg-config wdm-emu).
#pragma once
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <string>
#include <utility>

#include "emu/options.hpp"
#include "emu/rules.hpp"

namespace emu {

/// The options that EMU_OPTIONS gives; change a copy and hand it to boot, run or explore.
EMU_API const machine_options &default_options();

/// Boots a native machine, ending the one before: its threads must have ended or be able to stop.
/// Rarely needed: the first NT call boots one, and so does each doctest case after a bug check.
EMU_API void boot(const machine_options &with = default_options());

/// Thrown when a test body failed in a way that only the library saw.  what() is the report.
class EMU_API test_failure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A violation that an expectation caught.
struct violation {
    rule which = rule::none;
    std::uint32_t bug_check = 0;  // 0: Windows has none here
    std::uint64_t parameters[4] = {};
    std::string detail;  // the report's sentence about this case
};

// ---------------------------------------------------------------------------------------------
// Expectations

/// Runs body and returns the violation it must commit; throws test_failure, with what happened
/// instead, if it breaks no rule or another one.  The machine is dead afterwards: NT calls are
/// refused until the next test, or emu::boot().  Destructors between the violation and the
/// expectation do not run.  rule::none accepts any rule.
EMU_API violation expect_violation(rule expected, const std::function<void()> &body,
                                   std::source_location at = std::source_location::current());

/// As expect_violation, for a bug check with its code, whatever the rule.
EMU_API violation expect_bug_check(std::uint32_t code, const std::function<void()> &body,
                                   std::source_location at = std::source_location::current());

#define EMU_EXPECT_VIOLATION(expected, ...) \
    (::emu::expect_violation((expected), [&] { static_cast<void>(__VA_ARGS__); }))
#define EMU_EXPECT_BUGCHECK(code, ...) \
    (::emu::expect_bug_check((code), [&] { static_cast<void>(__VA_ARGS__); }))

/// Runs body.  The status that it raised and nothing in it handled: by ExRaiseStatus, by misuse of
/// a mutex or semaphore, by an access violation; or nothing.  The machine lives on, with locks and
/// levels as the raise left them.  Destructors between the raise and here do not run.
EMU_API std::optional<std::int32_t> status_raised_by(const std::function<void()> &body);

/// As status_raised_by; throws test_failure unless it is the status expected.
EMU_API void expect_raise(std::int32_t expected, const std::function<void()> &body,
                          std::source_location at = std::source_location::current());

#define EMU_EXPECT_RAISE(status, ...) \
    (::emu::expect_raise((status), [&] { static_cast<void>(__VA_ARGS__); }))

/// Fails the test, or the schedule inside an exploration, unless the condition holds.  For checks
/// in emulated threads where the framework's own are not at hand.
#define EMU_CHECK(condition) \
    ((condition) ? static_cast<void>(0) : ::emu::check_failed(#condition, __FILE__, __LINE__))
EMU_API void check_failed(const char *expression, const char *file, int line);

// ---------------------------------------------------------------------------------------------
// Threads

namespace detail {

struct suspension;

struct EMU_API thread_body {
    virtual ~thread_body() = default;
    virtual void run() = 0;
    std::exception_ptr thrown;
    void *thread = nullptr;           // the PKTHREAD once it is started
    suspension *suspended = nullptr;  // once it has been
};

template <class Body>
struct callable final : thread_body {
    explicit callable(Body given) : body(std::move(given)) {}
    void run() override { body(); }
    Body body;
};

EMU_API thread_body *start_thread(const char *name, std::unique_ptr<thread_body> body);
EMU_API void join_thread(thread_body *started);
EMU_API void suspend_thread(thread_body *thread);
EMU_API void resume_thread(thread_body *thread);
EMU_API void terminate_thread(thread_body *thread);
EMU_API bool machine_dead() noexcept;

}  // namespace detail

/// An emulated system thread: starts at once at PASSIVE_LEVEL, is joined at the latest by its
/// destructor.  After the machine's bug check the destructor does nothing.
class system_thread {
public:
    template <class Body>
    explicit system_thread(Body body) : system_thread("thread", std::move(body)) {}

    /// `name` appears in reports.
    template <class Body>
    system_thread(const char *name, Body body)
        : thread_(detail::start_thread(
              name, std::make_unique<detail::callable<Body>>(std::move(body)))) {}

    system_thread(system_thread &&from) noexcept : thread_(std::exchange(from.thread_, nullptr)) {}
    system_thread(const system_thread &) = delete;
    system_thread &operator=(const system_thread &) = delete;

    // An exception of the thread that nobody asked for by join() must still fail the test.
    ~system_thread() noexcept(false) {
        if (thread_ != nullptr && !detail::machine_dead() && std::uncaught_exceptions() == 0) {
            join();
        }
    }

    /// Waits until the thread ends; rethrows what it threw.
    void join() {
        if (thread_ != nullptr) {
            detail::join_thread(std::exchange(thread_, nullptr));
        }
    }

    /// Suspends the thread as a debugger or its process's owner may: by a normal kernel APC, so
    /// that it goes on in critical and guarded regions and at APC_LEVEL, and stops as it leaves
    /// them.  Returns at once.  Counts; each suspension needs a resume before the thread is
    /// joined. A thread of the test that does both lets an exploration try every moment.
    void suspend() { detail::suspend_thread(thread_); }

    /// Takes one suspension back; the last lets the thread go on.
    void resume() { detail::resume_thread(thread_); }

    /// Asks for the thread's end as NtTerminateThread does: its cancellable waits end with
    /// STATUS_THREAD_IS_TERMINATING, waits in user mode with STATUS_USER_APC, and
    /// PsIsThreadTerminating is TRUE.  The thread ends when its body returns.
    void request_termination() { detail::terminate_thread(thread_); }

private:
    detail::thread_body *thread_;
};

// ---------------------------------------------------------------------------------------------
// Executions

/// Runs body once on a fresh machine, native or simulated as the options say.  In simulation the
/// threads take turns only where they block.  Violations end the process with a report unless the
/// body expects them; exceptions pass through.
EMU_API void run(const std::function<void()> &body,
                 const machine_options &with = default_options());

enum class search_strategy : std::uint8_t {
    portfolio,   // the others in turn
    random,      // a fair coin at every choice
    pct,         // priorities with a few random change points (Burckhardt et al., ASPLOS 2010)
    exhaustive,  // every schedule, once: see exploration::preemptions
};

/// What a search that found nothing has shown.
enum class coverage : std::uint8_t {
    sampled,                // some schedules of many
    complete,               // every schedule, but for those that differ in the order of steps
                            // that commute
    complete_within_bound,  // every schedule with at most exploration::preemptions preemptions
    stopped_at_budget,      // exhaustive, but there are more schedules than it was allowed
};

/// How to explore.  Zero means the value that EMU_OPTIONS has.
struct exploration {
    std::uint64_t schedules = 0;  // exhaustive: the budget, a million unless given
    std::uint64_t seed = 0;
    search_strategy strategy = search_strategy::portfolio;
    std::optional<unsigned> preemptions;  // exhaustive: the bound; none without one
    const char *name =
        nullptr;  // identifies the test in replay tokens; else the framework's name for it
    machine_options machine = default_options();
    /// Global variables of C code that is linked into the test are meant to outlive executions.
    bool keep_globals = false;
};

struct exploration_result {
    bool failed = false;
    rule which = rule::none;  // what the failing schedule broke
    std::string token;        // EMU_REPLAY=<token> runs that schedule again
    std::string report;
    std::uint64_t schedules = 0;  // run, the failing one included
    std::uint64_t cut_short = 0;  // of them, given up on the way as nothing new lay ahead
    coverage covered = coverage::sampled;
    std::uint64_t points = 0;   // scheduling points passed in all of them
    std::uint64_t choices = 0;  // points where the strategy had two or more candidates
    std::exception_ptr thrown;  // what the body threw, if that was the failure
};

/// Runs body under many schedules, each on a freshly booted simulated machine, until one fails:
/// breaks a rule, fails a check, deadlocks, loses a wake-up or exceeds the step limit.  Then
/// prints the report with the replay token and throws.  With EMU_REPLAY set it runs that schedule
/// alone, if the token is this test's, and nothing otherwise.
EMU_API void explore(const std::function<void()> &body, const exploration &how = {},
                     std::source_location at = std::source_location::current());

/// As explore, but hands the result back and neither prints nor throws; ignores EMU_REPLAY.  For
/// tests that expect a failure to be found.
EMU_API exploration_result search(const std::function<void()> &body, const exploration &how = {},
                                  std::source_location at = std::source_location::current());

/// Runs the one schedule of a token.  failed is false if that schedule passes now; which is
/// replay_diverged if it cannot be followed any more.
EMU_API exploration_result replay(const std::function<void()> &body, const std::string &token,
                                  const exploration &how = {});

// ---------------------------------------------------------------------------------------------
// For adapters to test frameworks

/// A check of the framework failed in the running thread.  Inside an exploration the schedule
/// counts as failed; elsewhere the framework's own word is enough.
EMU_API void note_failed_check(const char *expression, const char *file, int line);

/// A test begins: its name is that of its explorations, and a dead machine is replaced.
EMU_API void test_begins(const char *name);

}  // namespace emu

#if defined(DOCTEST_LIBRARY_INCLUDED)
#include "emu/doctest.hpp"
#endif
