/* The time: virtual in simulation, where it passes only when no thread can run, and the host's
 * natively.  All clocks agree with each other and with timers and timeouts. */
#ifndef WDM_EMU_NT_TIME_H
#define WDM_EMU_NT_TIME_H

#include "types.h"

WDM_EMU_BEGIN

typedef struct _TIME_FIELDS {
    CSHORT Year;
    CSHORT Month;
    CSHORT Day;
    CSHORT Hour;
    CSHORT Minute;
    CSHORT Second;
    CSHORT Milliseconds;
    CSHORT Weekday;
} TIME_FIELDS, *PTIME_FIELDS;

/** System time: 100 ns since 1 January 1601 UTC.  Any IRQL.
 *  Pages: wdm/nf-wdm-kequerysystemtime-r1, wdm/nf-wdm-kequerysystemtimeprecise. */
NTKERNELAPI VOID NTAPI KeQuerySystemTime(PLARGE_INTEGER CurrentTime);
NTKERNELAPI VOID NTAPI KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime);

/** 100 ns since the machine booted; it never sleeps, so biased and unbiased are one.  The precise
 *  ones give the performance counter too.  Any IRQL.  Pages: wdm/nf-wdm-kequeryinterrupttime,
 *  wdm/nf-wdm-kequeryinterrupttimeprecise, wdm/nf-wdm-kequeryunbiasedinterrupttime. */
NTKERNELAPI ULONGLONG NTAPI KeQueryInterruptTime(VOID);
NTKERNELAPI ULONG64 NTAPI KeQueryInterruptTimePrecise(PULONG64 QpcTimeStamp);
NTKERNELAPI ULONGLONG NTAPI KeQueryUnbiasedInterruptTime(VOID);
NTKERNELAPI ULONG64 NTAPI KeQueryUnbiasedInterruptTimePrecise(PULONG64 QpcTimeStamp);

/** Clock ticks since the machine booted, of KeQueryTimeIncrement() units of 100 ns.  Any IRQL.
 *  Pages: wdm/nf-wdm-kequerytickcount, wdm/nf-wdm-kequerytimeincrement. */
NTKERNELAPI VOID NTAPI KeQueryTickCount(PLARGE_INTEGER CurrentCount);
NTKERNELAPI ULONG NTAPI KeQueryTimeIncrement(VOID);

/** A counter of 10 MHz, as that of Windows 10.  Any IRQL.
 *  Page: wdm/nf-wdm-kequeryperformancecounter. */
NTKERNELAPI LARGE_INTEGER NTAPI KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency);

/** Lets so many microseconds pass on this processor.  Any IRQL.
 *  Page: wdm/nf-wdm-kestallexecutionprocessor. */
NTKERNELAPI VOID NTAPI KeStallExecutionProcessor(ULONG MicroSeconds);

/** There is no auxiliary counter: STATUS_NOT_SUPPORTED.  Any IRQL.
 *  Pages: wdm/nf-wdm-kequeryauxiliarycounterfrequency,
 *  wdm/nf-wdm-keconvertauxiliarycountertoperformancecounter,
 *  wdm/nf-wdm-keconvertperformancecountertoauxiliarycounter. */
NTKERNELAPI NTSTATUS NTAPI KeQueryAuxiliaryCounterFrequency(PULONG64 AuxiliaryCounterFrequency);
NTKERNELAPI NTSTATUS NTAPI KeConvertAuxiliaryCounterToPerformanceCounter(
    ULONG64 AuxiliaryCounterValue, PULONG64 PerformanceCounterValue, PULONG64 ConversionError);
NTKERNELAPI NTSTATUS NTAPI KeConvertPerformanceCounterToAuxiliaryCounter(
    ULONG64 PerformanceCounterValue, PULONG64 AuxiliaryCounterValue, PULONG64 ConversionError);

/** The clock's period in 100 ns.  Changing it changes nothing else here.  Any IRQL; <= APC_LEVEL.
 *  Pages: wdm/nf-wdm-exquerytimerresolution, wdm/nf-wdm-exsettimerresolution. */
NTKERNELAPI VOID NTAPI ExQueryTimerResolution(PULONG MaximumTime, PULONG MinimumTime,
                                              PULONG CurrentTime);
NTKERNELAPI ULONG NTAPI ExSetTimerResolution(ULONG DesiredTime, BOOLEAN SetResolution);

/** Local time is UTC.  Any IRQL.  Pages: wdm/nf-wdm-exsystemtimetolocaltime,
 *  wdm/nf-wdm-exlocaltimetosystemtime. */
NTKERNELAPI VOID NTAPI ExSystemTimeToLocalTime(PLARGE_INTEGER SystemTime,
                                               PLARGE_INTEGER LocalTime);
NTKERNELAPI VOID NTAPI ExLocalTimeToSystemTime(PLARGE_INTEGER LocalTime,
                                               PLARGE_INTEGER SystemTime);

/** A time as a date and back; FALSE if the fields are none.  Weekday 0 is Sunday; going back it is
 *  ignored.  Any IRQL.  Pages: wdm/nf-wdm-rtltimetotimefields, wdm/nf-wdm-rtltimefieldstotime. */
NTSYSAPI VOID NTAPI RtlTimeToTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS TimeFields);
NTSYSAPI BOOLEAN NTAPI RtlTimeFieldsToTime(PTIME_FIELDS TimeFields, PLARGE_INTEGER Time);

/** Seconds since the start of 1970 or 1980; FALSE if 32 bits cannot hold them.
 *  IRQL < DISPATCH_LEVEL.  Pages: ntifs/nf-ntifs-rtltimetosecondssince1970,
 *  ntifs/nf-ntifs-rtltimetosecondssince1980, ntifs/nf-ntifs-rtlsecondssince1970totime,
 *  ntifs/nf-ntifs-rtlsecondssince1980totime. */
NTSYSAPI BOOLEAN NTAPI RtlTimeToSecondsSince1970(PLARGE_INTEGER Time, PULONG ElapsedSeconds);
NTSYSAPI BOOLEAN NTAPI RtlTimeToSecondsSince1980(PLARGE_INTEGER Time, PULONG ElapsedSeconds);
NTSYSAPI VOID NTAPI RtlSecondsSince1970ToTime(ULONG ElapsedSeconds, PLARGE_INTEGER Time);
NTSYSAPI VOID NTAPI RtlSecondsSince1980ToTime(ULONG ElapsedSeconds, PLARGE_INTEGER Time);

WDM_EMU_END

#endif
