// The calls that __try, __except and __finally expand to.
//
// Every one of them belongs to one place of the expansion in seh.h; between a jump to a block's
// beginning and the call that asks where control came from, nothing else runs.
#include <algorithm>
#include <exception>
#include <utility>

#include "emu/base/invariant.hpp"
#include "emu/machine/exceptions.hpp"
#include "emu/nt/enter.hpp"

using frame = wdm_emu_seh_frame;

namespace emu::nt {

namespace {

using machine::block_kind;
using machine::way;

thread_local frame *pushed = nullptr;

// The body of `of` ended.  Frames above it are of code that is gone: a C++ exception or a longjmp
// went over it.
void take_off(frame &of) {
    context &owner = *of.owner;
    while (owner.exceptions.innermost != &of) {
        EMU_INVARIANT(owner.exceptions.innermost != nullptr);
        machine::drop_frames(owner, *owner.exceptions.innermost);
    }
    owner.exceptions.innermost = of.outer;
}

[[noreturn]] void jump_out_of_finally() {
    stop_on(verify::broken({self_context(), routine::none, nullptr, EMU_CALLER},
                           rule::not_emulated, {},
                           "a jump out of a __finally block (return, goto, break): undefined on "
                           "Windows while an exception passes, and not emulated at all"));
    EMU_INVARIANT(!"not_emulated is told in every fidelity");
    __builtin_unreachable();
}

bool before(const frame &each, const void *function_frame, int level) {
    return each.function_frame < function_frame ||
           (each.function_frame == function_frame && each.level >= level);
}

// A handler of C code begins: those of functions that it called, and of blocks within it, are
// over.
void drop_finished_handlers(context &self, const void *function_frame, int level) {
    while (frame *each = self.exceptions.handling) {
        if (!before(*each, function_frame, level)) {
            return;
        }
        self.exceptions.handling = each->outer;
        machine::release_frame(*each);
    }
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

void wdm_emu_seh_left_from(struct wdm_emu_seh_body *body);

frame *wdm_emu_seh_push(void *) {
    return pushed = &machine::push_frame(self_context(), block_kind::unknown);
}

frame *wdm_emu_seh_top(void) { return pushed; }

void wdm_emu_seh_is(struct wdm_emu_seh_body *body, int is_finally) {
    body->frame->kind = is_finally != 0 ? block_kind::finally : block_kind::except;
}

void wdm_emu_seh_complete(struct wdm_emu_seh_body *body) { body->frame->completed = true; }

// The body's scope ends: an __except block is over, a __finally block is yet to run.
void wdm_emu_seh_left_from(struct wdm_emu_seh_body *body) {
    frame &of = *body->frame;
    take_off(of);
    if (of.kind == block_kind::finally) {
        machine::arrive(of, of.completed ? way::completed : way::jumped_out);
    }
    machine::release_frame(of);
}

struct wdm_emu_seh_final wdm_emu_seh_begin_final(void) {
    frame &of = machine::arrived_at();
    wdm_emu_seh_final made{};
    made.running = 1;
    made.abnormal = of.how != way::completed ? 1 : 0;
    made.way = static_cast<int>(of.how);
    made.code = of.code;
    made.target = of.target;
    static_assert(sizeof made.left == sizeof of.left);
    __builtin_memcpy(made.left, &of.left, sizeof of.left);
    machine::release_frame(of);
    return made;
}

void wdm_emu_seh_end_final(struct wdm_emu_seh_final *block) {
    block->running = 0;
    if (static_cast<way>(block->way) == way::unwinding) {
        machine::unwind(self_context(), *block->target, block->code);
    }
    if (static_cast<way>(block->way) == way::jumped_out) {
        host::place left;
        __builtin_memcpy(&left, block->left, sizeof left);
        host::resume(left);
    }
}

void wdm_emu_seh_final_left(struct wdm_emu_seh_final *block) {
    if (block->running != 0 && std::uncaught_exceptions() == 0) {
        jump_out_of_finally();
    }
}

struct wdm_emu_seh_caught wdm_emu_seh_begin_except(void) {
    frame &of = machine::arrived_at();
    const bool filtering = of.how == way::filtering;
    const wdm_emu_seh_caught caught{filtering ? 1 : 0, of.code};
    if (!filtering) {
        machine::release_frame(of);
    }
    return caught;
}

int wdm_emu_seh_begin_except_in(void *function_frame, int level) {
    frame &of = machine::arrived_at();
    context &self = *of.owner;
    const bool filtering = of.how == way::filtering;
    frame *record = &of;
    if (filtering) {
        record = &machine::spare_frame();
        record->code = of.code;
    } else {
        drop_finished_handlers(self, function_frame, level);
    }
    record->function_frame = function_frame;
    record->level = level;
    record->outer = std::exchange(self.exceptions.handling, record);
    return filtering ? 1 : 0;
}

int wdm_emu_seh_answer(long answer) {
    context &self = self_context();
    const machine::exception_search &running = *self.exceptions.search;
    while (self.exceptions.handling != running.handling) {
        frame &done = *self.exceptions.handling;
        self.exceptions.handling = done.outer;
        machine::release_frame(done);
    }
    host::answer(running.way_back, answer);
}

NTSTATUS wdm_emu_seh_code_in(void *function_frame, int level) {
    const frame *each = self_context().exceptions.handling;
    while (each != nullptr && (each->function_frame != function_frame || each->level != level)) {
        each = each->outer;
    }
    EMU_INVARIANT(each != nullptr);
    return each->code;
}

PEXCEPTION_POINTERS wdm_emu_seh_information(int) {
    return &self_context().exceptions.search->pointers;
}

}  // extern "C"
