// One body, run natively and in simulation; and small things that many test files say.
#pragma once
#include <doctest/doctest.h>

#include <emu/test.hpp>

extern "C" {
#include <fltKernel.h>
}

namespace tests {

inline emu::machine_options options_for(emu::backend where,
                                        emu::fidelity mode = emu::fidelity::verifier) {
    emu::machine_options with = emu::default_options();
    with.on = where;
    with.mode = mode;
    return with;
}

/// For tables of routines: a fresh machine for each row.  Keep INFO and CAPTURE outside of body,
/// as a violation leaves their scopes without ending them.
template <class Body>
void on_both(const Body &body, emu::fidelity mode = emu::fidelity::verifier) {
    for (const emu::backend where : {emu::backend::native, emu::backend::simulated}) {
        CAPTURE(where == emu::backend::simulated);
        emu::run(body, options_for(where, mode));
    }
}

/// Sleeps in virtual time, to let others go first.  For simulated bodies only.
inline void let_others_run(LONGLONG ticks_100ns = 1) {
    LARGE_INTEGER interval;
    interval.QuadPart = -ticks_100ns;
    KeDelayExecutionThread(KernelMode, FALSE, &interval);
}

inline NTSTATUS wait_for(PVOID object) {
    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, nullptr);
}

inline NTSTATUS poll(PVOID object) {
    LARGE_INTEGER none;
    none.QuadPart = 0;
    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, &none);
}

inline KIRQL raise_to(KIRQL level) {
    KIRQL before;
    KeRaiseIrql(level, &before);
    return before;
}

template <class Pointer>
std::uint64_t bits(Pointer of) {
    return reinterpret_cast<std::uint64_t>(of);
}

inline std::uint64_t this_thread() { return bits(KeGetCurrentThread()); }

inline void check_bug_check(const emu::violation &found, std::uint32_t code,
                            std::uint64_t first = 0, std::uint64_t second = 0,
                            std::uint64_t third = 0, std::uint64_t fourth = 0) {
    CHECK(found.bug_check == code);
    CHECK(found.parameters[0] == first);
    CHECK(found.parameters[1] == second);
    CHECK(found.parameters[2] == third);
    CHECK(found.parameters[3] == fourth);
}

/// Windows hangs, corrupts memory or goes on: there is nothing to show.
inline void check_no_bug_check(const emu::violation &found) { check_bug_check(found, 0); }

}  // namespace tests

#define TEST_RUN_AS(body, suffix, where, mode, sentence) \
    TEST_CASE(sentence suffix) { emu::run(body, tests::options_for(where, mode)); }
#define TEST_BOTH_AS(body, mode, sentence)                                     \
    static void body();                                                        \
    TEST_RUN_AS(body, " (native)", emu::backend::native, mode, sentence)       \
    TEST_RUN_AS(body, " (simulated)", emu::backend::simulated, mode, sentence) \
    static void body()
#define TEST_ONE_AS(body, suffix, where, mode, sentence) \
    static void body();                                  \
    TEST_RUN_AS(body, suffix, where, mode, sentence)     \
    static void body()

/// Cases that make sense on both backends; on one; and with retail behaviour.
#define TEST_BOTH(sentence) \
    TEST_BOTH_AS(DOCTEST_ANONYMOUS(body_), emu::fidelity::verifier, sentence)
#define TEST_BOTH_FREE(sentence) \
    TEST_BOTH_AS(DOCTEST_ANONYMOUS(body_), emu::fidelity::free, sentence)
#define TEST_SIMULATED(sentence)                                                   \
    TEST_ONE_AS(DOCTEST_ANONYMOUS(body_), " (simulated)", emu::backend::simulated, \
                emu::fidelity::verifier, sentence)
#define TEST_NATIVE(sentence)                                                \
    TEST_ONE_AS(DOCTEST_ANONYMOUS(body_), " (native)", emu::backend::native, \
                emu::fidelity::verifier, sentence)
