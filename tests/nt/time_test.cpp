// The clocks, which agree with each other, and dates.
#include "both_backends.hpp"

using namespace tests;

TEST_SIMULATED("time: it passes only while no thread can run, and all clocks agree") {
    LARGE_INTEGER system, system_precise, ticks, frequency;
    ULONG64 counter_then = 0;
    const ULONGLONG before = KeQueryInterruptTime();
    KeQuerySystemTime(&system);
    CHECK(KeQueryInterruptTime() == before);
    let_others_run(1'000'000);  // 100 ms
    CHECK(KeQueryInterruptTime() == before + 1'000'000);
    CHECK(KeQueryUnbiasedInterruptTime() == before + 1'000'000);
    KeQuerySystemTimePrecise(&system_precise);
    CHECK(system_precise.QuadPart == system.QuadPart + 1'000'000);
    CHECK(KeQueryInterruptTimePrecise(&counter_then) == before + 1'000'000);
    CHECK(KeQueryUnbiasedInterruptTimePrecise(&counter_then) == before + 1'000'000);
    CHECK(KeQueryPerformanceCounter(&frequency).QuadPart == static_cast<LONGLONG>(counter_then));
    CHECK(frequency.QuadPart == 10'000'000);
    KeQueryTickCount(&ticks);
    CHECK(ticks.QuadPart == static_cast<LONGLONG>((before + 1'000'000) / KeQueryTimeIncrement()));
}

TEST_BOTH("time: KeStallExecutionProcessor lets time pass") {
    const ULONGLONG before = KeQueryInterruptTime();
    KeStallExecutionProcessor(50);
    CHECK(KeQueryInterruptTime() >= before + 500);
}

TEST_SIMULATED("time: a stalled processor lets a timeout of another thread pass") {
    bool woken = false;
    emu::system_thread sleeper{[&] {
        let_others_run(100);  // 10 us
        woken = true;
    }};
    let_others_run(1);
    KeStallExecutionProcessor(20);
    sleeper.join();
    CHECK(woken);
    CHECK(KeQueryInterruptTime() == 201);
}

TEST_BOTH("time: the clock's resolution; no auxiliary counter; local time is UTC") {
    ULONG longest, shortest, current;
    ExQueryTimerResolution(&longest, &shortest, &current);
    CHECK(longest == 156'250);
    CHECK(shortest == 5'000);
    CHECK(ExSetTimerResolution(5'000, TRUE) == current);
    ULONG64 value = 0;
    CHECK(KeQueryAuxiliaryCounterFrequency(&value) == STATUS_NOT_SUPPORTED);
    CHECK(KeConvertAuxiliaryCounterToPerformanceCounter(1, &value, nullptr) ==
          STATUS_NOT_SUPPORTED);
    CHECK(KeConvertPerformanceCounterToAuxiliaryCounter(1, &value, nullptr) ==
          STATUS_NOT_SUPPORTED);
    LARGE_INTEGER time, local, back;
    KeQuerySystemTime(&time);
    ExSystemTimeToLocalTime(&time, &local);
    ExLocalTimeToSystemTime(&local, &back);
    CHECK(back.QuadPart == time.QuadPart);
}

TEST_BOTH("time: dates come and go") {
    TIME_FIELDS date{};
    LARGE_INTEGER time;
    time.QuadPart = 0;
    RtlTimeToTimeFields(&time, &date);
    CHECK(date.Year == 1601);
    CHECK(date.Month == 1);
    CHECK(date.Day == 1);
    CHECK(date.Weekday == 1);  // a Monday
    date = {2024, 2, 29, 23, 59, 58, 7, 0};
    CHECK(RtlTimeFieldsToTime(&date, &time));
    RtlTimeToTimeFields(&time, &date);
    CHECK(date.Year == 2024);
    CHECK(date.Month == 2);
    CHECK(date.Day == 29);
    CHECK(date.Hour == 23);
    CHECK(date.Minute == 59);
    CHECK(date.Second == 58);
    CHECK(date.Milliseconds == 7);
    CHECK(date.Weekday == 4);  // a Thursday
    date.Year = 2023;
    CHECK_FALSE(RtlTimeFieldsToTime(&date, &time));
}

TEST_BOTH("time: every day of 800 years survives the way to a date and back") {
    constexpr LONGLONG day = 864'000'000'000;
    for (LONGLONG i = 0; i < 2 * 146'097; i += 7) {
        LARGE_INTEGER time, back;
        TIME_FIELDS date;
        time.QuadPart = i * day;
        RtlTimeToTimeFields(&time, &date);
        REQUIRE(RtlTimeFieldsToTime(&date, &back));
        REQUIRE(back.QuadPart == time.QuadPart);
    }
}

TEST_BOTH("time: seconds since 1970 and since 1980") {
    LARGE_INTEGER time;
    ULONG seconds = 0;
    RtlSecondsSince1970ToTime(86'400, &time);
    CHECK(time.QuadPart == 116'444'736'000'000'000 + 864'000'000'000);
    CHECK(RtlTimeToSecondsSince1970(&time, &seconds));
    CHECK(seconds == 86'400);
    CHECK_FALSE(RtlTimeToSecondsSince1980(&time, &seconds));
    RtlSecondsSince1980ToTime(5, &time);
    CHECK(RtlTimeToSecondsSince1980(&time, &seconds));
    CHECK(seconds == 5);
}
