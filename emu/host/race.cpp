// The thread sanitizer's runtime: its options, and its report hook.  Only in builds with race
// detection; never instrumented itself.
#include "emu/host/race.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <charconv>
#include <cstring>

#include "emu/host/happens_before.hpp"

// What the runtime tells of a report; sanitizer/tsan_interface.h does not declare these.
extern "C" {
int __tsan_get_report_data(void *report, const char **description, int *count, int *stack_count,
                           int *mop_count, int *loc_count, int *mutex_count, int *thread_count,
                           int *unique_tid_count, void **sleep_trace, unsigned long trace_size);
int __tsan_get_report_mop(void *report, unsigned long index, int *tid, void **address, int *size,
                          int *write, int *atomic, void **trace, unsigned long trace_size);
int __tsan_get_report_loc(void *report, unsigned long index, const char **type, void **address,
                          unsigned long *start, unsigned long *size, int *tid, int *fd,
                          int *suppressable, void **trace, unsigned long trace_size);
int __tsan_get_report_thread(void *report, unsigned long index, int *tid, unsigned long *os_id,
                             int *running, const char **name, int *parent_tid, void **trace,
                             unsigned long trace_size);
void __sanitizer_set_report_fd(void *fd);
void __sanitizer_set_death_callback(void (*callback)());
void __tsan_func_entry(void *call_pc);
void __tsan_func_exit();
void __tsan_flush_memory();
void __tsan_read_range(void *address, unsigned long size);
void __tsan_write_range(void *address, unsigned long size);
}

namespace emu::host {

namespace {

// The runtime remembers four accesses of each word and forgets one at random for a fifth; those of
// earlier executions would take the place.  Wiping its memory takes up to a millisecond, which a
// long search does not pay every time: it finds in one schedule what it missed in another.
constexpr std::uint64_t always_afresh = 64;
constexpr std::uint64_t sometimes_afresh = 16;
std::uint64_t executions = 0;  // since the search began

bool watching = false;
bool noted = false;
race the_race;
int own_text = -1;  // where the runtime writes its own account of a race

// The reports are ours.  What the runtime says when it gives up must still be seen.
void show_last_words() {
    char text[4096];
    if (lseek(own_text, 0, SEEK_SET) == 0) {
        for (ssize_t count = 0; (count = read(own_text, text, sizeof text)) > 0;) {
            if (write(STDERR_FILENO, text, static_cast<std::size_t>(count)) < 0) {
                return;
            }
        }
    }
}

void keep_runtime_quiet() {
    if (own_text < 0) {
        own_text = memfd_create("wdm-emu-races", MFD_CLOEXEC);
        __sanitizer_set_report_fd(reinterpret_cast<void *>(static_cast<std::intptr_t>(own_text)));
        __sanitizer_set_death_callback(show_last_words);
    }
}

std::uint64_t label_of(void *report, int thread_count, int wanted) {
    for (int i = 0; i < thread_count; ++i) {
        int tid = 0;
        int running = 0;
        int parent = 0;
        unsigned long os_id = 0;
        const char *name = nullptr;
        void *trace[1];
        __tsan_get_report_thread(report, static_cast<unsigned long>(i), &tid, &os_id, &running,
                                 &name, &parent, trace, 1);
        if (tid == wanted && name != nullptr) {
            std::uint64_t label = 0;
            std::from_chars(name, name + std::strlen(name), label);
            return label;
        }
    }
    return 0;
}

void read_access(void *report, unsigned long index, int thread_count) {
    race_access &into = the_race.accesses[index];
    into = {};
    int tid = 0;
    int size = 0;
    int write = 0;
    int atomic = 0;
    void *address = nullptr;
    void *trace[std::tuple_size_v<decltype(into.frames)>] = {};
    __tsan_get_report_mop(report, index, &tid, &address, &size, &write, &atomic, trace,
                          std::size(trace));
    into.write = write != 0;
    into.atomic = atomic != 0;
    into.size = static_cast<unsigned>(size);
    into.by = label_of(report, thread_count, tid);
    for (void *const each : trace) {
        if (each == nullptr) {
            break;
        }
        into.frames[into.frame_count++] = each;
    }
    if (index == 0) {
        the_race.address = address;
    }
}

void read_location(void *report) {
    void *address = nullptr;
    unsigned long start = 0;
    unsigned long size = 0;
    int tid = 0;
    int fd = 0;
    int suppressable = 0;
    void *trace[1];
    __tsan_get_report_loc(report, 0, &the_race.where, &address, &start, &size, &tid, &fd,
                          &suppressable, trace, 1);
    the_race.where_size = size;
}

void note(void *report) {
    const char *description = nullptr;
    int count = 0;
    int stacks = 0;
    int accesses = 0;
    int locations = 0;
    int mutexes = 0;
    int threads = 0;
    int tids = 0;
    void *sleep[1];
    __tsan_get_report_data(report, &description, &count, &stacks, &accesses, &locations, &mutexes,
                           &threads, &tids, sleep, 1);
    if (accesses != 2) {
        return;  // about something else than memory
    }
    the_race = {};
    read_access(report, 0, threads);
    read_access(report, 1, threads);
    if (locations > 0) {
        read_location(report);
    }
    noted = true;
}

}  // namespace

void watch_races(bool afresh) noexcept {
    keep_runtime_quiet();
    if (afresh || executions < always_afresh || executions % sometimes_afresh == 0) {
        __tsan_flush_memory();
    }
    ++executions;
    noted = false;
    watching = true;
}

void end_race_watch() noexcept { watching = false; }
void end_race_search() noexcept { executions = 0; }
const race *noted_race() noexcept { return noted ? &the_race : nullptr; }
void forget_race() noexcept { noted = false; }

void accessed_by(const void *caller, const void *low, std::size_t size, bool write) noexcept {
    if (size == 0) {
        return;
    }
    // As if the driver had called an instrumented function: its line is then in the report.
    __tsan_func_entry(const_cast<void *>(caller));
    write ? __tsan_write_range(const_cast<void *>(low), size)
          : __tsan_read_range(const_cast<void *>(low), size);
    __tsan_func_exit();
}

}  // namespace emu::host

extern "C" {

// Every race is reported however often it was seen, for each execution is a program of its own.
// The library's calls of memcpy, malloc and the like touch its own tables: what it does to the
// driver's memory it says itself, see accessed_by.
__attribute__((visibility("default"), used)) const char *__tsan_default_options() {
    return "suppress_equal_stacks=0:suppress_equal_addresses=0:history_size=4:symbolize=0:"
           "ignore_interceptors_accesses=1:report_mutex_bugs=0:report_thread_leaks=0:"
           "report_signal_unsafe=0:report_destroy_locked=0:detect_deadlocks=0:"
           "report_atomic_races=1:exitcode=0:atexit_sleep_ms=0";
}

__attribute__((visibility("default"), used)) void __tsan_on_report(void *report) {
    if (emu::host::own_text >= 0 && ftruncate(emu::host::own_text, 0) == 0) {
        lseek(emu::host::own_text, 0, SEEK_SET);
    }
    if (emu::host::watching && !emu::host::noted) {
        emu::host::note(report);
    }
}

}  // extern "C"
