#include "emu/machine/interruption.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <type_traits>
#include <vector>

#include "emu/machine/machine.hpp"
#include "emu/machine/processor.hpp"
#include "emu/machine/stop.hpp"
#include "emu/host/mutex.hpp"

namespace emu::machine {

void (*call_driver)(void (*routine)(void *), void *argument) = nullptr;

namespace {

host::mutex guard;                    // of the list; a leaf
std::vector<interruption *> at_work;  // those that have been: they stay listed

void set_attention(context &of) {
    // Seen by kill(): its bits are in the word by now, or it will find this byte.
    __atomic_store_n(&of.attention, 0, __ATOMIC_SEQ_CST);
    __atomic_fetch_or(&of.attention,
                      static_cast<std::uint8_t>(attention_word.load(std::memory_order_seq_cst)),
                      __ATOMIC_SEQ_CST);
}

// All but the attention byte, which others may set.
void make_fresh(context &inner) {
    static_assert(std::is_trivially_copyable_v<context> && offsetof(context, attention) == 1);
    const context fresh;
    constexpr std::size_t rest = 2;
    std::memcpy(reinterpret_cast<char *>(&inner) + rest,
                reinterpret_cast<const char *>(&fresh) + rest, sizeof fresh - rest);
}

void drop_storage(context &inner) {
    while (held_storage *larger = inner.held_arrays) {
        inner.held_arrays = larger->smaller;
        delete larger;
    }
}

void list_interruption(interruption &one) {
    const std::lock_guard held(guard);
    if (std::find(at_work.begin(), at_work.end(), &one) == at_work.end()) {
        at_work.push_back(&one);
    }
}

std::atomic<context *> &holder_of(int processor) {
    return processor_tokens[static_cast<unsigned>(processor)].holder;
}

}  // namespace

void begin_interruption(interruption &made, context_kind kind, std::uint8_t level,
                        const callback_entry &what) {
    context &below = *current_context;
    context &inner = made.inner;
    drop_storage(inner);
    make_fresh(inner);
    set_attention(inner);
    inner.irql = level;
    inner.kind = kind;
    inner.processor = below.processor;
    inner.preferred_processor = below.preferred_processor;
    inner.held = made.held_storage.data();
    inner.held_capacity = static_cast<std::uint32_t>(made.held_storage.size());
    inner.thread = below.thread;
    inner.borrowed = below.borrowed;
    inner.call_counts = below.call_counts;
    made.below = &below;
    made.began = what;
    note_callback_begin(inner, made.began);
    list_interruption(made);
    // release, also at the end: see try_take_last_processor
    holder_of(below.processor).store(&inner, std::memory_order_release);
    current_context = &inner;
}

void end_interruption(interruption &ended) {
    context &inner = ended.inner;
    context &below = *ended.below;
    report_callback_end(inner, ended.began);
    if (inner.processor < 0) {
        take_processor(inner);  // retail lets a routine lower the level; the machine goes on
    }
    below.processor = inner.processor;
    below.preferred_processor = inner.preferred_processor;
    holder_of(below.processor).store(&below, std::memory_order_release);
    __atomic_fetch_or(&below.attention,
                      static_cast<std::uint8_t>(
                          __atomic_load_n(&inner.attention, __ATOMIC_RELAXED) & attention_pending),
                      __ATOMIC_RELAXED);
    ended.below = nullptr;
    current_context = &below;
}

void note_callback_begin(const context &self, callback_entry &began) {
    began.irql = self.irql;
    began.counters = self.thread->own.apcs;
    began.held_count = self.held_count;
}

void report_callback_end(context &self, const callback_entry &began) {
    if (thread_observer == nullptr || dead()) {
        return;
    }
    if (const finding *found = thread_observer->callback_ends(self, began)) {
        stop(*found);
    }
}

void tell_interrupting_contexts(std::uint8_t bits) {
    const std::lock_guard held(guard);
    for (interruption *each : at_work) {
        __atomic_fetch_or(&each->inner.attention, bits, __ATOMIC_SEQ_CST);
    }
}

const interruption *interruption_at(std::size_t index) noexcept {
    const std::lock_guard held(guard);
    return index < at_work.size() ? at_work[index] : nullptr;
}

}  // namespace emu::machine
