// The kinds of dispatcher objects: when a wait is satisfied, and what that does to the object.
#include "emu/dispatcher/core.hpp"
#include "emu/dispatcher/mutex.hpp"
#include "emu/dispatcher/queue.hpp"
#include "emu/dispatcher/view.hpp"

namespace emu::dispatcher {

namespace {

bool by_state(const DISPATCHER_HEADER &object, const thread &) { return object.SignalState > 0; }

NTSTATUS leave(DISPATCHER_HEADER &, thread &) { return STATUS_SUCCESS; }

NTSTATUS clear(DISPATCHER_HEADER &object, thread &) {
    object.SignalState = 0;
    return STATUS_SUCCESS;
}

NTSTATUS count_down(DISPATCHER_HEADER &object, thread &) {
    --object.SignalState;
    return STATUS_SUCCESS;
}

constexpr kind no_kind{"object", by_state, leave};

struct numbered_kind {
    UCHAR type;
    kind is;
};

constexpr numbered_kind rows[] = {
#define EMU_DISPATCHER_KIND(name, type, words, signaled, consumed) \
    {type, {words, signaled, consumed}},
#include "emu/dispatcher/kinds.def"
#undef EMU_DISPATCHER_KIND
};

constexpr std::size_t type_count = 32;

constexpr auto by_type = [] {
    std::array<const kind *, type_count> table{};
    for (const numbered_kind &row : rows) {
        table[row.type] = &row.is;
    }
    return table;
}();

}  // namespace

const kind &kind_of(UCHAR type) noexcept {
    const kind *known = type < type_count ? by_type[type] : nullptr;
    return known != nullptr ? *known : no_kind;
}

bool is_dispatcher_object(UCHAR type) noexcept {
    return &kind_of(type) != &no_kind && type != queue_object;  // KeRemoveQueue waits for queues
}

const char *kind_name(const void *object) noexcept {
    return kind_of(static_cast<const DISPATCHER_HEADER *>(object)->Type).words;
}

}  // namespace emu::dispatcher
