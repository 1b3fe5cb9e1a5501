#include "emu/explore/divergence.hpp"

namespace emu::explorer {

std::uint64_t shape_of(const choice &at) noexcept {
    constexpr std::uint64_t prime = 0x100000001B3U;
    std::uint64_t z = static_cast<std::uint64_t>(at.kind) << 8 | at.candidates.size();
    for (const std::uint32_t each : at.candidates) {
        z = (z ^ each) * prime;
    }
    z = (z ^ static_cast<std::uint64_t>(static_cast<std::int64_t>(at.current()))) * prime;
    z = (z ^ static_cast<std::uint64_t>(at.at.by)) * prime;
    return (z ^ reinterpret_cast<std::uint64_t>(at.at.caller)) * 0x9E3779B97F4A7C15U;
}

std::uint32_t twin_watch::choose(const choice &at) {
    const question asked{shape_of(at), at.step, at.at, at.candidates.size()};
    if (!comparing_) {
        first_.push_back(asked);
    } else if (!diverged_ && asked_ < first_.size()) {
        const question &before = first_[asked_];
        if (before.shape != asked.shape || before.step != asked.step) {
            diverged_ = divergence{asked.step,        asked_,          before.at, asked.at,
                                   before.candidates, asked.candidates};
        }
    } else if (!diverged_) {
        diverged_ = divergence{asked.step, asked_, {}, asked.at, 0, asked.candidates};
    }
    ++asked_;
    return inner_->choose(at);
}

void twin_watch::note_early_end() {
    const question &before = first_[asked_];
    diverged_ = divergence{before.step, asked_, before.at, {}, before.candidates, 0};
}

}  // namespace emu::explorer
