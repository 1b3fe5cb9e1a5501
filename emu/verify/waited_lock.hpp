// Which family of locks a routine waits for, told from its name.
#pragma once
#include <optional>
#include <string_view>

#include "emu/base/context.hpp"

namespace emu::verify {

/// None: the routine waits for a dispatcher object, or not at all.
inline std::optional<lock_family> lock_waited_in(routine by) noexcept {
    const std::string_view name = contract_of(by).name;
    const auto contains = [name](std::string_view part) {
        return name.find(part) != std::string_view::npos;
    };
    if (contains("PushLock")) {
        return lock_family::push_lock;
    }
    if (contains("Resource") || contains("AcquireShared")) {
        return lock_family::eresource;
    }
    if (contains("RunOnce")) {
        return lock_family::run_once;
    }
    return std::nullopt;
}

/// What a routine waits for if it is neither such a lock nor a dispatcher object; else null.
inline const char *other_waited_in(routine by) noexcept {
    const std::string_view name = contract_of(by).name;
    if (name.find("Rundown") != std::string_view::npos) {
        return "rundown protection";
    }
    return name.find("RemoveLock") != std::string_view::npos ? "remove lock" : nullptr;
}

}  // namespace emu::verify
