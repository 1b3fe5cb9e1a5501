// Work of a given length that touches no memory: what a thread does inside and outside a lock.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>

namespace bench {

// Never inlined: the code that was timed is then the code that runs, wherever it is called from.
[[gnu::noinline]] inline void turn(std::uint64_t turns) {
    for (std::uint64_t i = 0; i < turns; ++i) {
        // Nothing, but something that the compiler must repeat.
        asm volatile("" : "+r"(i));
    }
}

/// How many turns take how long.  Measured as a straight line, since a loop that ends costs a
/// mispredicted branch however short it is.
class clock_of_turns {
public:
    clock_of_turns() {
        const double few = ns_of(100);
        const double many = ns_of(500);
        ns_per_turn_ = std::max((many - few) / 400, 0.01);
        ns_per_loop_ = std::max(few - 100 * ns_per_turn_, 0.0);
    }

    std::uint64_t turns_for(double ns) const {
        return static_cast<std::uint64_t>(std::max((ns - ns_per_loop_) / ns_per_turn_, 1.0));
    }

    /// Nanoseconds of one loop of so many turns: the least of several tries, as whatever
    /// disturbs a try makes it longer.
    static double ns_of(std::uint64_t turns) {
        constexpr int loops = 2000;
        double least = 1e9;
        for (int attempt = 0; attempt < 100; ++attempt) {
            const auto start = std::chrono::steady_clock::now();
            for (int i = 0; i < loops; ++i) {
                turn(turns);
            }
            const std::chrono::duration<double, std::nano> took =
                std::chrono::steady_clock::now() - start;
            least = std::min(least, took.count() / loops);
        }
        return least;
    }

private:
    double ns_per_turn_ = 0;
    double ns_per_loop_ = 0;
};

/// The process's one: locks are compared under the same work.
inline const clock_of_turns &turns() {
    static const clock_of_turns calibrated;
    return calibrated;
}

}  // namespace bench
