// The time, and dates: KeQuerySystemTime, RtlTimeToTimeFields and their kin.
#include "emu/machine/machine.hpp"
#include "emu/nt/enter.hpp"
#include "emu/sched/sched.hpp"

namespace emu::nt {

namespace {

constexpr std::uint64_t ns_per_tick = 100;
constexpr ULONG clock_interval = 156'250;   // 15.625 ms, what x64 Windows starts with
constexpr ULONG shortest_interval = 5'000;  // 0.5 ms
constexpr LONGLONG performance_frequency = 10'000'000;

constexpr LONGLONG ticks_per_second = 10'000'000;
constexpr LONGLONG ticks_per_ms = 10'000;
constexpr LONGLONG seconds_per_day = 86'400;
constexpr LONGLONG seconds_1601_to_1970 = 11'644'473'600;
constexpr LONGLONG seconds_1601_to_1980 = 11'960'006'400;

std::uint64_t interrupt_time() { return sched::now_ns() / ns_per_tick; }

LONGLONG system_time() {
    return machine::boot_system_time() + static_cast<LONGLONG>(interrupt_time());
}

// Days since 1 January 1601, a Monday and the first day of a cycle of 400 years.
constexpr LONGLONG days_per_400_years = 146'097;
constexpr LONGLONG days_per_100_years = 36'524;
constexpr LONGLONG days_per_4_years = 1'461;

bool is_leap(LONGLONG year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int days_of_month(LONGLONG year, int month) {
    constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

LONGLONG days_before_year(LONGLONG year) {
    const LONGLONG past = year - 1601;
    return past * 365 + past / 4 - past / 100 + past / 400;
}

void fill_date(LONGLONG days, TIME_FIELDS &into) {
    LONGLONG year = 1601 + days / days_per_400_years * 400;
    LONGLONG left = days % days_per_400_years;
    const LONGLONG centuries = left / days_per_100_years == 4 ? 3 : left / days_per_100_years;
    left -= centuries * days_per_100_years;
    year += centuries * 100 + left / days_per_4_years * 4;
    left %= days_per_4_years;
    const LONGLONG years = left / 365 == 4 ? 3 : left / 365;
    left -= years * 365;
    year += years;
    int month = 1;
    for (; left >= days_of_month(year, month); ++month) {
        left -= days_of_month(year, month);
    }
    into.Year = static_cast<CSHORT>(year);
    into.Month = static_cast<CSHORT>(month);
    into.Day = static_cast<CSHORT>(left + 1);
    into.Weekday = static_cast<CSHORT>((days + 1) % 7);
}

bool is_date(const TIME_FIELDS &given) {
    return given.Year >= 1601 && given.Month >= 1 && given.Month <= 12 && given.Day >= 1 &&
           given.Day <= days_of_month(given.Year, given.Month) && given.Hour >= 0 &&
           given.Hour < 24 && given.Minute >= 0 && given.Minute < 60 && given.Second >= 0 &&
           given.Second < 60 && given.Milliseconds >= 0 && given.Milliseconds < 1000;
}

LONGLONG seconds_of(const TIME_FIELDS &given) {
    LONGLONG days = days_before_year(given.Year) + given.Day - 1;
    for (int month = 1; month < given.Month; ++month) {
        days += days_of_month(given.Year, month);
    }
    return days * seconds_per_day + given.Hour * 3600 + given.Minute * 60 + given.Second;
}

bool seconds_since(LONGLONG start, const LARGE_INTEGER &time, ULONG &into) {
    const LONGLONG seconds = time.QuadPart / ticks_per_second - start;
    if (seconds < 0 || seconds > 0xFFFFFFFFLL) {
        return false;
    }
    into = static_cast<ULONG>(seconds);
    return true;
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

VOID NTAPI KeQuerySystemTime(PLARGE_INTEGER CurrentTime) {
    enter<routine::KeQuerySystemTime>(CurrentTime, EMU_CALLER);
    CurrentTime->QuadPart = system_time();
}

VOID NTAPI KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime) {
    enter<routine::KeQuerySystemTimePrecise>(CurrentTime, EMU_CALLER);
    CurrentTime->QuadPart = system_time();
}

ULONGLONG NTAPI KeQueryInterruptTime(VOID) {
    enter<routine::KeQueryInterruptTime>(nullptr, EMU_CALLER);
    return interrupt_time();
}

ULONG64 NTAPI KeQueryInterruptTimePrecise(PULONG64 QpcTimeStamp) {
    enter<routine::KeQueryInterruptTimePrecise>(QpcTimeStamp, EMU_CALLER);
    return *QpcTimeStamp = interrupt_time();
}

ULONGLONG NTAPI KeQueryUnbiasedInterruptTime(VOID) {
    enter<routine::KeQueryUnbiasedInterruptTime>(nullptr, EMU_CALLER);
    return interrupt_time();
}

ULONG64 NTAPI KeQueryUnbiasedInterruptTimePrecise(PULONG64 QpcTimeStamp) {
    enter<routine::KeQueryUnbiasedInterruptTimePrecise>(QpcTimeStamp, EMU_CALLER);
    return *QpcTimeStamp = interrupt_time();
}

VOID NTAPI KeQueryTickCount(PLARGE_INTEGER CurrentCount) {
    enter<routine::KeQueryTickCount>(CurrentCount, EMU_CALLER);
    CurrentCount->QuadPart = static_cast<LONGLONG>(interrupt_time() / clock_interval);
}

ULONG NTAPI KeQueryTimeIncrement(VOID) {
    enter<routine::KeQueryTimeIncrement>(nullptr, EMU_CALLER);
    return clock_interval;
}

LARGE_INTEGER NTAPI KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency) {
    enter<routine::KeQueryPerformanceCounter>(PerformanceFrequency, EMU_CALLER);
    if (PerformanceFrequency != nullptr) {
        PerformanceFrequency->QuadPart = performance_frequency;
    }
    LARGE_INTEGER counter;
    counter.QuadPart = static_cast<LONGLONG>(interrupt_time());
    return counter;
}

VOID NTAPI KeStallExecutionProcessor(ULONG MicroSeconds) {
    constexpr std::uint64_t ns_per_us = 1000;
    enter<routine::KeStallExecutionProcessor>(nullptr, EMU_CALLER);
    sched::pass_time(MicroSeconds * ns_per_us);
}

NTSTATUS NTAPI KeQueryAuxiliaryCounterFrequency(PULONG64 AuxiliaryCounterFrequency) {
    enter<routine::KeQueryAuxiliaryCounterFrequency>(AuxiliaryCounterFrequency, EMU_CALLER);
    return STATUS_NOT_SUPPORTED;
}

NTSTATUS NTAPI KeConvertAuxiliaryCounterToPerformanceCounter(ULONG64, PULONG64, PULONG64) {
    enter<routine::KeConvertAuxiliaryCounterToPerformanceCounter>(nullptr, EMU_CALLER);
    return STATUS_NOT_SUPPORTED;
}

NTSTATUS NTAPI KeConvertPerformanceCounterToAuxiliaryCounter(ULONG64, PULONG64, PULONG64) {
    enter<routine::KeConvertPerformanceCounterToAuxiliaryCounter>(nullptr, EMU_CALLER);
    return STATUS_NOT_SUPPORTED;
}

VOID NTAPI ExQueryTimerResolution(PULONG MaximumTime, PULONG MinimumTime, PULONG CurrentTime) {
    enter<routine::ExQueryTimerResolution>(nullptr, EMU_CALLER);
    *MaximumTime = clock_interval;
    *MinimumTime = shortest_interval;
    *CurrentTime = clock_interval;
}

ULONG NTAPI ExSetTimerResolution(ULONG, BOOLEAN) {
    enter<routine::ExSetTimerResolution>(nullptr, EMU_CALLER);
    return clock_interval;
}

VOID NTAPI ExSystemTimeToLocalTime(PLARGE_INTEGER SystemTime, PLARGE_INTEGER LocalTime) {
    enter<routine::ExSystemTimeToLocalTime>(SystemTime, EMU_CALLER);
    *LocalTime = *SystemTime;
}

VOID NTAPI ExLocalTimeToSystemTime(PLARGE_INTEGER LocalTime, PLARGE_INTEGER SystemTime) {
    enter<routine::ExLocalTimeToSystemTime>(LocalTime, EMU_CALLER);
    *SystemTime = *LocalTime;
}

VOID NTAPI RtlTimeToTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS TimeFields) {
    enter<routine::RtlTimeToTimeFields>(Time, EMU_CALLER);
    const LONGLONG seconds = Time->QuadPart / ticks_per_second;
    const auto of_day = static_cast<int>(seconds % seconds_per_day);
    fill_date(seconds / seconds_per_day, *TimeFields);
    TimeFields->Hour = static_cast<CSHORT>(of_day / 3600);
    TimeFields->Minute = static_cast<CSHORT>(of_day / 60 % 60);
    TimeFields->Second = static_cast<CSHORT>(of_day % 60);
    TimeFields->Milliseconds =
        static_cast<CSHORT>(Time->QuadPart % ticks_per_second / ticks_per_ms);
}

BOOLEAN NTAPI RtlTimeFieldsToTime(PTIME_FIELDS TimeFields, PLARGE_INTEGER Time) {
    enter<routine::RtlTimeFieldsToTime>(TimeFields, EMU_CALLER);
    if (!is_date(*TimeFields)) {
        return FALSE;
    }
    Time->QuadPart =
        seconds_of(*TimeFields) * ticks_per_second + TimeFields->Milliseconds * ticks_per_ms;
    return TRUE;
}

BOOLEAN NTAPI RtlTimeToSecondsSince1970(PLARGE_INTEGER Time, PULONG ElapsedSeconds) {
    enter<routine::RtlTimeToSecondsSince1970>(Time, EMU_CALLER);
    return seconds_since(seconds_1601_to_1970, *Time, *ElapsedSeconds);
}

BOOLEAN NTAPI RtlTimeToSecondsSince1980(PLARGE_INTEGER Time, PULONG ElapsedSeconds) {
    enter<routine::RtlTimeToSecondsSince1980>(Time, EMU_CALLER);
    return seconds_since(seconds_1601_to_1980, *Time, *ElapsedSeconds);
}

VOID NTAPI RtlSecondsSince1970ToTime(ULONG ElapsedSeconds, PLARGE_INTEGER Time) {
    enter<routine::RtlSecondsSince1970ToTime>(Time, EMU_CALLER);
    Time->QuadPart = (ElapsedSeconds + seconds_1601_to_1970) * ticks_per_second;
}

VOID NTAPI RtlSecondsSince1980ToTime(ULONG ElapsedSeconds, PLARGE_INTEGER Time) {
    enter<routine::RtlSecondsSince1980ToTime>(Time, EMU_CALLER);
    Time->QuadPart = (ElapsedSeconds + seconds_1601_to_1980) * ticks_per_second;
}

}  // extern "C"
