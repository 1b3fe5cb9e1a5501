#include "emu/explore/chosen_faults.hpp"

#include <algorithm>

namespace emu::explorer {

std::uint32_t chosen_faults::choose(const choice &at) {
    if (at.kind != point_kind::fault) {
        return inner_->choose(at);
    }
    const fault_site site{at.at, at.odds.call};
    reached_.push_back(site);
    return std::find(failing_->begin(), failing_->end(), site) != failing_->end() ? 1 : 0;
}

void fault_rounds::learn(const std::vector<fault_site> &reached) {
    for (const fault_site &site : reached) {
        if (std::find(known_.begin(), known_.end(), site) != known_.end()) {
            continue;
        }
        known_.push_back(site);
        std::vector<fault_site> round = failing();
        const bool again = std::any_of(round.begin(), round.end(), [&](const fault_site &each) {
            return each.same_place(site);
        });
        if (!again) {
            round.push_back(site);
            rounds_.push_back(std::move(round));
            sites_.push_back(site);
        }
    }
}

}  // namespace emu::explorer
