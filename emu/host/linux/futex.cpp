#include "emu/host/futex.hpp"

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

namespace emu::host {

namespace {
constexpr std::uint64_t ns_per_s = 1'000'000'000;
}

bool futex_wait(std::atomic<std::uint32_t> &word, std::uint32_t expected,
                std::uint64_t deadline_ns) noexcept {
    timespec until{};
    timespec *limit = nullptr;
    if (deadline_ns != no_deadline) {
        until.tv_sec = static_cast<time_t>(deadline_ns / ns_per_s);
        until.tv_nsec = static_cast<long>(deadline_ns % ns_per_s);
        limit = &until;
    }
    // FUTEX_WAIT_BITSET takes an absolute monotonic deadline, so an interrupted wait needs no
    // arithmetic.
    const long result = syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, expected, limit,
                                nullptr, FUTEX_BITSET_MATCH_ANY);
    return result == 0 || errno != ETIMEDOUT;
}

void futex_wake(std::atomic<std::uint32_t> &word, int count) noexcept {
    syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

std::uint64_t clock_ns() noexcept {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * ns_per_s +
           static_cast<std::uint64_t>(now.tv_nsec);
}

std::int64_t system_time_100ns() noexcept {
    constexpr std::int64_t from_1601_to_1970_s = 11'644'473'600;
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return (now.tv_sec + from_1601_to_1970_s) * 10'000'000 + now.tv_nsec / 100;
}

bool process_barrier() noexcept {
    static const bool registered =
        syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
    return registered && syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
}

unsigned processor_count() noexcept {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
        return 1;
    }
    const int count = CPU_COUNT(&allowed);
    return count > 0 ? static_cast<unsigned>(count) : 1;
}

}  // namespace emu::host
