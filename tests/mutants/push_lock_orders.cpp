// Threads that contend for a push lock over plain data.  Linked with a mutated lock it must report
// the rule given; with the lock as it is, nothing.
//
// usage: <program> <rule, or "nothing">
#include <emu/test.hpp>

#include <cstdio>
#include <cstring>
#include <vector>

extern "C" {
#include <fltKernel.h>
}

namespace {

struct guarded {
    EX_PUSH_LOCK lock = 0;
    LONG data = 0;
};

void write(guarded &on) {
    KeEnterCriticalRegion();
    ExAcquirePushLockExclusive(&on.lock);
    on.data = on.data + 1;
    ExReleasePushLockExclusive(&on.lock);
    KeLeaveCriticalRegion();
}

void read(guarded &on) {
    KeEnterCriticalRegion();
    ExAcquirePushLockShared(&on.lock);
    static_cast<void>(*const_cast<const volatile LONG *>(&on.data));
    ExReleasePushLockShared(&on.lock);
    KeLeaveCriticalRegion();
}

// Each character is one hold: w writes, r reads.
void run_script(guarded &on, const char *script) {
    for (; *script != '\0'; ++script) {
        *script == 'w' ? write(on) : read(on);
    }
}

void contend(const std::vector<const char *> &scripts) {
    guarded on;
    std::vector<emu::system_thread> threads;
    for (const char *each : scripts) {
        threads.emplace_back(each, [&on, each] { run_script(on, each); });
    }
    for (emu::system_thread &each : threads) {
        each.join();
    }
    run_script(on, "rw");
}

const std::vector<std::vector<const char *>> scenarios = {
    {"ww", "ww"},           {"w", "r", "r"},
    {"w", "w", "w", "w"},   {"rw", "rw", "wr", "wr"},
    {"rr", "rr", "w", "w"}, {"w", "r", "r", "w", "r"},
};

constexpr std::uint64_t schedules_each = 5000;

emu::exploration_result search(const std::vector<const char *> &scripts, bool atomics) {
    emu::exploration how;
    how.schedules = schedules_each;
    how.seed = 1;
    how.machine.atomics = atomics;
    how.name = "push_lock_orders";
    return emu::search([&] { contend(scripts); }, how);
}

}  // namespace

int main(int count, char **arguments) {
    const char *const expected = count == 2 ? arguments[1] : "nothing";
    emu::exploration_result result;
    std::uint64_t executions = 0;
    for (const bool atomics : {false, true}) {
        for (const auto &each : scenarios) {
            if (!result.failed) {
                result = search(each, atomics);
                executions += result.schedules;
            }
        }
    }
    const char *const found = result.failed ? emu::name_of(result.which) : "nothing";
    std::printf("%sexpected %s, found %s in %llu executions\n", result.report.c_str(), expected,
                found, static_cast<unsigned long long>(executions));
    return std::strcmp(found, expected) == 0 ? 0 : 1;
}
