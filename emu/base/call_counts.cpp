#include "emu/base/call_counts.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <vector>

namespace emu {

namespace {

using counts = std::array<std::uint64_t, routine_count>;

// Leaked on purpose: threads count, and the exit handler reads, while static destructors run.
struct registry {
    std::mutex guard;
    std::vector<counts *> of_host_threads;
    std::array<std::atomic<std::uint64_t>, routine_count> violating{};
};

registry &all() {
    static registry *const the_registry = [] {
        std::atexit([] { write_call_counts(); });
        return new registry;
    }();
    return *the_registry;
}

void write_row(std::FILE *file, const char *name, std::uint64_t calls, std::uint64_t violating) {
    if (calls > 0) {
        std::fprintf(file, "%s,%llu,%llu\n", name, static_cast<unsigned long long>(calls),
                     static_cast<unsigned long long>(violating));
    }
}

void write_rows(std::FILE *file) {
    registry &from = all();
    const std::lock_guard held(from.guard);
    counts sums{};
    for (const counts *each : from.of_host_threads) {
        for (std::size_t i = 0; i < routine_count; ++i) {
            sums[i] += (*each)[i];
        }
    }
    std::fputs("routine,calls,violating_calls\n", file);
    for (std::size_t i = 1; i < routine_count; ++i) {
        write_row(file, contract_of(static_cast<routine>(i)).name, sums[i], from.violating[i]);
    }
    for (const macro_name &each : macro_names) {
        const auto target = static_cast<std::size_t>(each.target);
        write_row(file, each.name, sums[target], from.violating[target]);
    }
}

}  // namespace

std::uint64_t *host_thread_call_counts() {
    thread_local counts *mine = nullptr;
    if (mine == nullptr) {
        mine = new counts{};
        registry &to = all();
        const std::lock_guard held(to.guard);
        to.of_host_threads.push_back(mine);
    }
    return mine->data();
}

void count_violating_call(routine which) noexcept {
    all().violating[static_cast<std::size_t>(which)].fetch_add(1, std::memory_order_relaxed);
}

void write_call_counts() noexcept {
    static std::atomic<bool> written{false};
    const char *folder = std::getenv("EMU_ROUTINE_CALLS");
    if (folder == nullptr || written.exchange(true)) {
        return;
    }
    char path[512];
    std::snprintf(path, sizeof path, "%s/%d.csv", folder, static_cast<int>(getpid()));
    if (std::FILE *file = std::fopen(path, "w")) {
        write_rows(file);
        std::fclose(file);
    }
}

}  // namespace emu
