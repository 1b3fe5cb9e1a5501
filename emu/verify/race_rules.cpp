// data_race: what the race detector noted, in the words of a finding.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <span>

#include "emu/host/backtrace.hpp"
#include "emu/host/race.hpp"
#include "emu/machine/view.hpp"
#include "emu/verify/code_place.hpp"
#include "emu/verify/judge.hpp"

namespace emu::verify {

namespace {

std::span<const void *const> frames_of(const host::race_access &access) {
    return {access.frames.data(), access.frame_count};
}

// The driver's line, also if one of our routines touched the memory on its behalf.
std::string place_of_access(const host::race_access &access) {
    for (const void *frame : frames_of(access)) {
        if (!place_of(frame).inside_library) {
            return in_words(frame);
        }
    }
    return access.frame_count > 0 ? in_words(access.frames[0]) : "an unknown place";
}

std::optional<machine::thread_view> thread_of_access(const host::race_access &access) {
    for (std::size_t i = 0; const auto thread = machine::thread_number(i); ++i) {
        if (thread->id == access.by) {
            return thread;
        }
    }
    return std::nullopt;
}

std::string in_words(const host::race_access &access) {
    const auto thread = thread_of_access(access);
    return fmt::format(
        "{}{} of {} byte{} at {}, by {}", access.atomic ? "interlocked " : "",
        access.write ? "write" : "read", access.size, access.size == 1 ? "" : "s",
        place_of_access(access),
        thread ? fmt::format("thread {} \"{}\"", thread->id, thread->name) : "no emulated thread");
}

// Pool memory is described further down in the report.
std::string memory_in_words(const host::race &found) {
    if (const std::string name = host::variable_at(found.address); !name.empty()) {
        return fmt::format(" of the variable {}", name);
    }
    if (machine::pool_around(found.address)) {
        return "";
    }
    if (std::string_view(found.where) == "heap") {
        return fmt::format(" in a heap block of {} bytes", found.where_size);
    }
    return std::string_view(found.where) == "stack" ? " on a thread's stack" : "";
}

}  // namespace

const finding *judge_race(const call &at, const host::race &found) {
    const host::race_access &later = found.accesses[0];
    const host::race_access &earlier = found.accesses[1];
    // The call at which the race is told is not where it happened.
    const auto racer = thread_of_access(later);
    const call about{racer ? *const_cast<context *>(racer->own) : at.self, routine::none,
                     found.address, nullptr};
    auto *told = const_cast<finding *>(
        broken(about, rule::data_race, {}, "%s%s; nothing orders it after the access below",
               in_words(later).c_str(), memory_in_words(found).c_str()));
    std::snprintf(told->other, sizeof told->other, "%s", in_words(earlier).c_str());
    told->frame_count = later.frame_count;
    std::copy_n(later.frames.begin(), later.frame_count, told->frames.begin());
    told->other_frame_count = earlier.frame_count;
    std::copy_n(earlier.frames.begin(), earlier.frame_count, told->other_frames.begin());
    return told;
}

}  // namespace emu::verify
