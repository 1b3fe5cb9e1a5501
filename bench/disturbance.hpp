// How much of the machine other processes took while something was measured.
#pragma once
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <thread>

namespace bench {

/// Begins to watch where it is made.
class disturbance {
public:
    /// The share of all processors' time that went elsewhere: other processes, interrupts, and the
    /// host's other guests.  0 where the kernel does not tell.  Coarse: it counts in ticks.
    double by_others() const {
        const double all = busy_seconds() - busy_at_first_;
        const double own = own_seconds() - own_at_first_;
        const double took = now_seconds() - first_;
        const double possible = took * std::max(1U, std::thread::hardware_concurrency());
        return std::clamp((all - own) / possible, 0.0, 1.0);
    }

private:
    static double seconds(clockid_t clock) {
        timespec now{};
        clock_gettime(clock, &now);
        return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
    }
    static double own_seconds() { return seconds(CLOCK_PROCESS_CPUTIME_ID); }
    static double now_seconds() { return seconds(CLOCK_MONOTONIC); }

    // All processors' time since the machine started, but for that spent idle.
    static double busy_seconds() {
        unsigned long long user = 0, nice = 0, system = 0, idle = 0, waiting = 0;
        unsigned long long interrupts = 0, soft = 0, stolen = 0;
        std::FILE *stat = std::fopen("/proc/stat", "r");
        if (stat == nullptr) {
            return 0;
        }
        const int read = std::fscanf(stat, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user,
                                     &nice, &system, &idle, &waiting, &interrupts, &soft, &stolen);
        std::fclose(stat);
        const auto ticks = user + nice + system + interrupts + soft + stolen;
        return read < 8 ? 0
                        : static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
    }

    double busy_at_first_ = busy_seconds();
    double own_at_first_ = own_seconds();
    double first_ = now_seconds();
};

}  // namespace bench
