#include "emu/trace/events.hpp"

#include <array>

#include "emu/host/mutex.hpp"

namespace emu::trace {

namespace {

host::mutex guard;
std::array<event, ring_size> ring;
std::size_t written = 0;

}  // namespace

void record(const event &happened) noexcept {
    const std::lock_guard held(guard);
    ring[written % ring_size] = happened;
    ++written;
}

std::vector<event> recent() {
    const std::lock_guard held(guard);
    const std::size_t count = written < ring_size ? written : ring_size;
    std::vector<event> events;
    events.reserve(count);
    for (std::size_t i = written - count; i < written; ++i) {
        events.push_back(ring[i % ring_size]);
    }
    return events;
}

void clear() noexcept {
    const std::lock_guard held(guard);
    written = 0;
}

}  // namespace emu::trace
