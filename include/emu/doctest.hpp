// Joins doctest and the library; test.hpp includes it when doctest came first.
#pragma once

namespace emu::detail {

struct doctest_listener final : doctest::IReporter {
    explicit doctest_listener(const doctest::ContextOptions &) {}
    void test_case_start(const doctest::TestCaseData &test) override { test_begins(test.m_name); }
    void log_assert(const doctest::AssertData &check) override {
        // A REQUIRE throws as well; the exception is then the failure that is reported.
        if (check.m_failed) {
            note_failed_check(check.m_expr, check.m_file, check.m_line);
        }
    }
    void report_query(const doctest::QueryData &) override {}
    void test_run_start() override {}
    void test_run_end(const doctest::TestRunStats &) override {}
    void test_case_reenter(const doctest::TestCaseData &) override {}
    void test_case_end(const doctest::CurrentTestCaseStats &) override {}
    void test_case_exception(const doctest::TestCaseException &) override {}
    void subcase_start(const doctest::SubcaseSignature &) override {}
    void subcase_end() override {}
    void log_message(const doctest::MessageData &) override {}
    void test_case_skipped(const doctest::TestCaseData &) override {}
};

}  // namespace emu::detail

REGISTER_LISTENER("wdm-emu", 1, emu::detail::doctest_listener);
