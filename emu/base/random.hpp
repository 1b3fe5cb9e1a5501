// Random numbers from a seed: schedules, failures.
#pragma once
#include <cstdint>

namespace emu {

/// SplitMix64: one multiplication away from a counter, and good enough to draw schedules from.
class random_source {
public:
    explicit random_source(std::uint64_t seed) noexcept : state_(seed) {}
    std::uint64_t next() noexcept {
        std::uint64_t z = state_ += 0x9E3779B97F4A7C15U;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
        z = (z ^ z >> 27) * 0x94D049BB133111EBU;
        return z ^ z >> 31;
    }
    /// Uniform below `limit`, but for a bias of limit / 2^32.
    std::uint32_t below(std::uint32_t limit) noexcept {
        return static_cast<std::uint32_t>((next() >> 32) * limit >> 32);
    }

    /// Once in so many; never for 0.
    bool once_in(std::uint32_t many) noexcept { return many != 0 && next() % many == 0; }

private:
    std::uint64_t state_;
};

}  // namespace emu
