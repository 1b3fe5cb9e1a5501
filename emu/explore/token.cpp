#include "emu/explore/token.hpp"

#include <algorithm>
#include <charconv>

namespace emu::explorer {

namespace {

constexpr char version = '1';
constexpr char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

std::uint32_t default_of(const choice &at) {
    return static_cast<std::uint32_t>(std::max(at.current(), 0));
}

// What a choice looks like, mixed into the hash so far: who may go, why the scheduler asks.
std::uint64_t mix(std::uint64_t so_far, const choice &at) {
    std::uint64_t z = so_far ^ (static_cast<std::uint64_t>(at.kind) << 8 | at.candidates.size());
    for (const std::uint32_t each : at.candidates) {
        z = (z ^ each) * 0x100000001B3U;
    }
    return (z ^ static_cast<std::uint64_t>(static_cast<std::int64_t>(at.current()))) *
           0x9E3779B97F4A7C15U;
}

std::uint8_t six_bits(std::uint64_t shape) { return static_cast<std::uint8_t>(shape >> 58); }

// Five bits a digit, the sixth says that more follow.
void write_number(std::string &out, std::uint64_t value) {
    while (value >= 32) {
        out += digits[32 + (value & 31)];
        value >>= 5;
    }
    out += digits[value];
}

int value_of(char digit) {
    const std::string_view all(digits, 64);
    const std::size_t at = all.find(digit);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

bool read_number(std::string_view &from, std::uint64_t &into) {
    into = 0;
    for (unsigned shift = 0; !from.empty() && shift < 60; shift += 5) {
        const int digit = value_of(from.front());
        from.remove_prefix(1);
        if (digit < 0) {
            return false;
        }
        into |= static_cast<std::uint64_t>(digit & 31) << shift;
        if (digit < 32) {
            return true;
        }
    }
    return false;
}

bool read_hex(std::string_view from, std::uint32_t &into) {
    const auto [end, error] = std::from_chars(from.data(), from.data() + from.size(), into, 16);
    return error == std::errc{} && end == from.data() + from.size();
}

bool read_deviations(std::string_view from, schedule &into) {
    std::uint64_t at = 0;
    while (!from.empty()) {
        std::uint64_t distance = 0;
        std::uint64_t candidate = 0;
        if (!read_number(from, distance) || !read_number(from, candidate) || from.empty() ||
            candidate > ~std::uint32_t{0}) {
            return false;
        }
        const int shape = value_of(from.front());
        from.remove_prefix(1);
        if (shape < 0) {
            return false;
        }
        at += distance;
        into.deviations.push_back(
            {at, static_cast<std::uint32_t>(candidate), static_cast<std::uint8_t>(shape)});
    }
    return true;
}

}  // namespace

std::uint32_t hash_of_test(std::string_view name) noexcept {
    std::uint32_t hash = 0x811C9DC5;
    for (const char c : name) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193U;
    }
    return hash;
}

std::string write_token(const schedule &from) {
    char hash[9];
    *std::to_chars(hash, hash + 8, from.test, 16).ptr = '\0';
    std::string out = std::string(1, version) + "." + hash + ".";
    write_number(out, from.choices);
    out += ".";
    std::uint64_t last = 0;
    for (const deviation &each : from.deviations) {
        write_number(out, each.at - last);
        write_number(out, each.candidate);
        out += digits[each.shape];
        last = each.at;
    }
    return out;
}

std::optional<schedule> read_token(std::string_view text) {
    if (text.size() < 3 || text[0] != version || text[1] != '.') {
        return std::nullopt;
    }
    text.remove_prefix(2);
    const std::size_t after_test = text.find('.');
    const std::size_t after_choices = text.find('.', after_test + 1);
    if (after_test == std::string_view::npos || after_choices == std::string_view::npos) {
        return std::nullopt;
    }
    schedule read;
    std::string_view choices = text.substr(after_test + 1, after_choices - after_test - 1);
    if (!read_hex(text.substr(0, after_test), read.test) || !read_number(choices, read.choices) ||
        !choices.empty() || !read_deviations(text.substr(after_choices + 1), read)) {
        return std::nullopt;
    }
    return read;
}

std::uint32_t recorder::choose(const choice &at) {
    if (at.candidates.size() == 1) {
        return inner_.choose(at);
    }
    shape_ = mix(shape_, at);
    const std::uint32_t chosen = inner_.choose(at);
    if (chosen != default_of(at)) {
        recorded_.deviations.push_back({recorded_.choices, chosen, six_bits(shape_)});
    }
    ++recorded_.choices;
    return chosen;
}

std::uint32_t follower::choose(const choice &at) {
    shape_ = mix(shape_, at);
    const std::uint64_t now = choices_++;
    if (diverged_at_ || next_ == schedule_.deviations.size() ||
        schedule_.deviations[next_].at != now) {
        return default_of(at);
    }
    const deviation &wanted = schedule_.deviations[next_++];
    if (wanted.candidate >= at.candidates.size() || wanted.shape != six_bits(shape_)) {
        diverged_at_ = at.step;
        return default_of(at);
    }
    return wanted.candidate;
}

}  // namespace emu::explorer
