// The picture of a report: one column per thread, one row per event, the newest last.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "emu/machine/view.hpp"
#include "emu/trace/events.hpp"
#include "emu/verify/code_place.hpp"
#include "emu/verify/report.hpp"

namespace emu::verify {

namespace {

using trace::event;
using trace::event_kind;

constexpr std::size_t column_width = 40;

// A lock call leaves a call event and one for its outcome; the outcome alone is worth a row.
bool worth_a_row(const event &each) {
    if (each.kind != event_kind::call) {
        return true;
    }
    const contract &row = contract_of(each.by);
    return row.apc != apc_requirement::normal_disabled;
}

const char *verb(event_kind kind) {
    switch (kind) {
        case event_kind::acquired: return "+ ";
        case event_kind::released: return "- ";
        case event_kind::blocked: return "… ";
        case event_kind::woke: return "! ";
        default: return "  ";
    }
}

std::string cell(const event &each) {
    const code_place at = place_of(each.caller);
    const std::string where = at.file.empty() ? "" : fmt::format(" :{}", at.line);
    std::string name = contract_of(each.by).name;
    return fmt::format("{}{}{}", verb(each.kind), name.substr(0, column_width - 9), where);
}

std::vector<std::uint64_t> threads_of(const std::vector<event> &events) {
    std::vector<std::uint64_t> ids;
    for (const event &each : events) {
        if (std::find(ids.begin(), ids.end(), each.thread_id) == ids.end()) {
            ids.push_back(each.thread_id);
        }
    }
    std::sort(ids.begin(), ids.end());
    return ids;
}

std::string name_of_thread(std::uint64_t id) {
    if ((id & trace::callback_column) != 0) {
        const auto kind = static_cast<context_kind>(id >> 16 & 0xFF);
        return fmt::format("{} on processor {}", name_of(kind), id & 0xFFFF);
    }
    for (std::size_t i = 0; const auto thread = machine::thread_number(i); ++i) {
        if (thread->id == id) {
            return fmt::format("{} \"{}\"", id, thread->name);
        }
    }
    return fmt::format("{}", id);
}

}  // namespace

std::string render_columns(std::size_t most_rows) {
    std::vector<event> events = trace::recent();
    std::erase_if(events, [](const event &each) { return !worth_a_row(each); });
    if (events.size() > most_rows) {
        events.erase(events.begin(), events.end() - static_cast<std::ptrdiff_t>(most_rows));
    }
    if (events.empty()) {
        return "";
    }
    const std::vector<std::uint64_t> ids = threads_of(events);
    std::string out = "    ";
    for (const std::uint64_t id : ids) {
        out += fmt::format("{:<{}.{}}", name_of_thread(id), column_width, column_width - 1);
    }
    out += "\n";
    for (const event &each : events) {
        const auto column = std::find(ids.begin(), ids.end(), each.thread_id) - ids.begin();
        out += fmt::format("    {:{}}{}\n", "", static_cast<std::size_t>(column) * column_width,
                           cell(each));
    }
    return out;
}

}  // namespace emu::verify
