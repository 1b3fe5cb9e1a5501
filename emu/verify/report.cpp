#include "emu/verify/report.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <iterator>
#include <span>

#include "emu/dispatcher/view.hpp"
#include "emu/locks/view.hpp"
#include "emu/machine/view.hpp"
#include "emu/trace/events.hpp"
#include "emu/verify/advice.hpp"
#include "emu/verify/bug_checks.hpp"
#include "emu/verify/code_place.hpp"

namespace emu::verify {

namespace {

using text = fmt::memory_buffer;

constexpr std::size_t most_rows = 40;  // of the picture

template <class... Arguments>
void put(text &out, fmt::format_string<Arguments...> format, Arguments &&...arguments) {
    fmt::format_to(std::back_inserter(out), format, std::forward<Arguments>(arguments)...);
}

void put_frames(text &out, std::span<const void *const> frames) {
    int shown = 0;
    for (const void *frame : frames) {
        const code_place at = place_of(frame);
        if (at.below_the_test) {
            break;
        }
        if (!at.inside_library && !at.function.empty()) {
            put(out, "    #{} {}{}\n", shown++, at.function,
                at.file.empty() ? "" : "  " + at.where());
        }
    }
}

void put_bug_check(text &out, const finding &found) {
    if (found.check.code == 0) {
        put(out, "  no bug check: Windows {}\n", without_bug_check(found.which));
        return;
    }
    const bug_check_text *row = text_of(found.check);
    put(out, "  bug check 0x{:X}", found.check.code);
    if (row != nullptr) {
        put(out, " {}", row->name);
    }
    put(out, "\n");
    for (std::size_t i = 0; i < 4; ++i) {
        const char *meaning = row != nullptr ? row->parameters[i] : "";
        if (meaning[0] != '\0' || found.check.parameters[i] != 0) {
            put(out, "    parameter {}: 0x{:X}  {}\n", i + 1, found.check.parameters[i], meaning);
        }
    }
}

void put_held(text &out, const held_lock &record) {
    put(out, "    {} {}, {}, acquired at {}\n", name_of(record.how.family), record.object,
        record.how.mode == lock_mode::exclusive ? "exclusive" : "shared",
        in_words(record.return_address));
}

void put_context(text &out, const finding &found) {
    if (found.kind != context_kind::thread) {
        put(out, "  {} on processor {}, on top of\n", name_of(found.kind), found.processor);
    }
    put(out, "  thread {} \"{}\" at {}, KernelApcDisable {}, SpecialApcDisable {}\n",
        found.thread_id, found.thread_name != nullptr ? found.thread_name : "",
        level_name(found.irql), found.kernel_apc_disable, found.special_apc_disable);
    put_frames(out, std::span(found.frames.data(), found.frame_count));
    if (found.held_count > 0) {
        put(out, "  it holds\n");
        for (std::uint32_t i = 0; i < found.held_count; ++i) {
            put_held(out, found.held[i]);
        }
    }
}

void put_other_access(text &out, const finding &found) {
    if (found.other[0] != '\0') {
        put(out, "  the other access: {}\n", static_cast<const char *>(found.other));
        put_frames(out, std::span(found.other_frames.data(), found.other_frame_count));
    }
}

void put_pool(text &out, const finding &found) {
    const auto block = found.object != nullptr ? machine::pool_around(found.object) : std::nullopt;
    if (!block) {
        return;
    }
    put(out, "  the memory: pool block {} of {} bytes, tag '{}', allocated at {}\n", block->data,
        block->size, tag_text(block->tag).data(), in_words(block->allocated_by));
    if (block->freed) {
        put(out, "    freed at {}\n", in_words(block->freed_by));
    }
}

// Who holds a lock, as the held-lock records have it.
std::string holders_of(const void *lock) {
    std::string names;
    for (std::size_t i = 0; const auto thread = machine::thread_number(i); ++i) {
        for (std::uint32_t k = 0; k < thread->own->held_count; ++k) {
            const held_lock &record = thread->own->held[k];
            if (record.object == lock) {
                names +=
                    fmt::format("{}thread {} \"{}\" holds it {} since {}",
                                names.empty() ? "" : "; ", thread->id, thread->name,
                                record.how.mode == lock_mode::exclusive ? "exclusively" : "shared",
                                in_words(record.return_address));
            }
        }
    }
    return names;
}

// A wait of the dispatcher's, which may be for several objects.
void put_objects(text &out, const machine::thread_view &thread, const void *first) {
    const dispatcher::wait_view wait = dispatcher::wait_of(thread.object);
    if (wait.count < 2) {
        put(out, "{} {}", dispatcher::kind_name(first), first);
        return;
    }
    put(out, "{} of {} objects:", wait.all ? "all" : "any", wait.count);
    for (std::uint32_t i = 0; i < wait.count; ++i) {
        put(out, "{} {} {}", i == 0 ? "" : ",", dispatcher::kind_name(wait.objects[i]),
            wait.objects[i]);
    }
}

void put_wait(text &out, const machine::thread_view &thread) {
    const context &own = *thread.own;
    put(out, "      waits in {} for the ", contract_of(own.waits_in).name);
    if (const auto lock = kind_waited_for(own)) {
        put(out, "{} {}", name_of(*lock), own.waits_for);
    } else {
        put_objects(out, thread, own.waits_for);
    }
    const std::string holders = holders_of(own.waits_for);
    put(out, ", called at {}{}{}\n", in_words(own.waits_at), holders.empty() ? "" : "; ", holders);
}

void put_thread(text &out, const machine::thread_view &thread) {
    put(out, "    thread {} \"{}\" {}\n", thread.id, thread.name,
        thread.ended ? "has ended" : level_name(thread.own->irql));
    if (thread.own->waits_for != nullptr) {
        put_wait(out, thread);
    }
    for (std::uint32_t k = 0; k < thread.own->held_count; ++k) {
        const held_lock &record = thread.own->held[k];
        put(out, "      holds {} {}, {}, acquired at {}\n", name_of(record.how.family),
            record.object, record.how.mode == lock_mode::exclusive ? "exclusive" : "shared",
            in_words(record.return_address));
    }
}

}  // namespace

std::string render_threads() {
    text out;
    for (std::size_t i = 0; const auto thread = machine::thread_number(i); ++i) {
        put_thread(out, *thread);
    }
    return fmt::to_string(out);
}

namespace {

void put_head(text &out, const finding &found) {
    put(out, "==== wdm-emu: {}: {}\n", name_of(found.which), text_of(found.which));
    if (found.in != routine::none) {
        put(out, "  {}", contract_of(found.in).name);
        if (found.object != nullptr) {
            put(out, " on {}", found.object);
        }
        put(out, ", called at {}\n", in_words(found.return_address));
    }
    put(out, "  {}\n", static_cast<const char *>(found.detail));
    if (const char *what_to_do = advice_for(found.which)) {
        put(out, "  to mend it: {}\n", what_to_do);
    }
    put_bug_check(out, found);
    put_context(out, found);
    put_other_access(out, found);
}

// What a call did that a test made fail.
const char *words_of(fault kind) {
    static constexpr const char *words[] = {"found no memory", "created no thread",
                                            "found no memory", "found the lock taken",
                                            "was alerted",     "was interrupted by a user APC"};
    return words[static_cast<unsigned>(kind)];
}

}  // namespace

std::string render_injected(bool with_token) {
    text out;
    for (std::size_t i = 0; const auto failed = machine::fault_number(i); ++i) {
        if (i == 0) {
            put(out, "  injected failures, on the test's request\n");
        }
        put(out, "    {} {}, called at {} (call {} there)\n", contract_of(failed->at.by).name,
            words_of(failed->kind), in_words(failed->at.caller), failed->call);
    }
    const machine::fault_chance chance = machine::chance_of_faults();
    if (out.size() != 0 && chance.one_in != 0 && !with_token) {
        put(out, "    drawn with EMU_OPTIONS=faults={},seed={}\n", chance.one_in, chance.seed);
    }
    return fmt::to_string(out);
}

namespace {

void put_machine(text &out, const finding &found, bool with_token) {
    put(out, "{}", render_injected(with_token));
    put_pool(out, found);
    if (machine::threads_made() > 1) {
        put(out, "  all threads\n{}", render_threads());
    }
    if (const std::string columns = render_columns(most_rows); !columns.empty()) {
        put(out, "  what happened, oldest first\n{}", columns);
    }
}

void put_tail(text &out, const finding &found, const std::string &replay_token) {
    if (!replay_token.empty()) {
        put(out, "  replay: EMU_REPLAY={}\n", replay_token);
    }
    put(out, "  rule: docs/rules/{}.md\n", name_of(found.which));
}

}  // namespace

std::string render(const finding &found, const std::string &replay_token) {
    text out;
    put_head(out, found);
    put_machine(out, found, !replay_token.empty());
    put_tail(out, found, replay_token);
    return fmt::to_string(out);
}

std::string render_finding(const finding &found, const std::string &replay_token) {
    text out;
    put_head(out, found);
    put_tail(out, found, replay_token);
    return fmt::to_string(out);
}

void print_report(const finding &found) { std::fputs(render(found, "").c_str(), stderr); }

}  // namespace emu::verify
