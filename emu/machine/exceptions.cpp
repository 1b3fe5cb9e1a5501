#include "emu/machine/exceptions.hpp"

#include <cstddef>
#include <mutex>
#include <utility>

#include "emu/base/invariant.hpp"
#include "emu/host/mutex.hpp"

using frame = wdm_emu_seh_frame;

static_assert(offsetof(frame, at) == 0 && offsetof(frame, left) == 64);  // host/linux/jump.cpp

namespace emu::machine {

namespace {

// Spare frames of host threads that ended.
struct common_store {
    host::mutex guard;
    frame *spare = nullptr;
};

common_store &common() {
    static common_store *const the_store = new common_store;  // outlives every thread
    return *the_store;
}

struct local_store {
    frame *spare = nullptr;
    void give_back() noexcept {
        if (spare == nullptr) {
            return;
        }
        const std::lock_guard held(common().guard);
        while (frame *each = spare) {
            spare = each->outer;
            each->outer = std::exchange(common().spare, each);
        }
    }
    // Of a thread that the machine started there is nothing left: it may outlive the machine, and
    // a simulation that follows locks nothing.
    ~local_store() { give_back(); }
};

thread_local local_store store;
thread_local frame *arrived = nullptr;

}  // namespace

void give_back_spare_frames() noexcept { store.give_back(); }

frame &spare_frame() {
    if (store.spare == nullptr) {
        const std::lock_guard held(common().guard);
        std::swap(store.spare, common().spare);
    }
    frame *taken = store.spare;
    if (taken == nullptr) {
        return *new frame{};
    }
    store.spare = taken->outer;
    *taken = frame{};
    return *taken;
}

namespace {

frame &pop_frame(context &self) noexcept {
    frame &popped = *self.exceptions.innermost;
    self.exceptions.innermost = popped.outer;
    self.exceptions.search = popped.search;
    return popped;
}

long ask_filter(context &self, exception_search &running, frame &there) {
    there.how = way::filtering;
    there.code = running.pointers.ExceptionRecord->ExceptionCode;
    running.handling = self.exceptions.handling;
    arrived = &there;
    return host::call_over(there.at, &running.way_back);
}

}  // namespace

frame &push_frame(context &self, block_kind kind) {
    frame &made = spare_frame();
    made.owner = &self;
    made.kind = kind;
    made.search = self.exceptions.search;
    made.outer = std::exchange(self.exceptions.innermost, &made);
    return made;
}

void release_frame(frame &gone) noexcept { gone.outer = std::exchange(store.spare, &gone); }

void drop_frames(context &self, frame &last) noexcept {
    for (;;) {
        EMU_INVARIANT(self.exceptions.innermost != nullptr);
        frame &gone = pop_frame(self);
        release_frame(gone);
        if (&gone == &last) {
            return;
        }
    }
}

void drop_handling(context &self) noexcept {
    while (frame *each = self.exceptions.handling) {
        self.exceptions.handling = each->outer;
        release_frame(*each);
    }
}

void drop_all_frames(context &self) noexcept {
    while (self.exceptions.innermost != nullptr) {
        release_frame(pop_frame(self));
    }
    drop_handling(self);
    self.exceptions.search = nullptr;
}

namespace {

// Compiled with optimisation: nothing here changes after the save.
__attribute__((noinline)) bool completes(frame &from, void (*body)(void *), void *argument) {
    if (wdm_emu_seh_save(&from) != 0) {
        return false;
    }
    body(argument);
    return true;
}

// Takes a frame off its chain that a C++ exception passes.
struct passing_by {
    frame *on_chain;
    ~passing_by() {
        if (on_chain != nullptr) {
            drop_frames(*on_chain->owner, *on_chain);
        }
    }
};

}  // namespace

bool run_guarded(context &self, void (*body)(void *), void *argument, NTSTATUS &code) {
    frame &guard = push_frame(self, block_kind::catch_all);
    passing_by watch{&guard};
    if (completes(guard, body, argument)) {
        return true;
    }
    watch.on_chain = nullptr;
    code = guard.code;
    release_frame(guard);
    return false;
}

void arrive(frame &there, way how) {
    there.how = how;
    arrived = &there;
    host::resume(there.at);
}

frame &arrived_at() noexcept { return *arrived; }

verdict search(context &self, EXCEPTION_RECORD &record, CONTEXT &at) {
    exception_search here{{&record, &at}, self.exceptions.search, nullptr, nullptr};
    for (frame *each = self.exceptions.innermost; each != nullptr; each = each->outer) {
        if (each->kind == block_kind::catch_all) {
            unwind(self, *each, record.ExceptionCode);
        }
        if (each->kind != block_kind::except) {
            continue;
        }
        self.exceptions.search = &here;
        const long answer = ask_filter(self, here, *each);
        if (answer > 0) {
            unwind(self, *each, record.ExceptionCode);
        }
        if (answer < 0) {
            self.exceptions.search = here.outer;
            return verdict::continue_execution;
        }
    }
    self.exceptions.search = here.outer;
    return verdict::unhandled;
}

void unwind(context &self, frame &target, NTSTATUS code) {
    while (self.exceptions.innermost != &target) {
        EMU_INVARIANT(self.exceptions.innermost != nullptr);
        frame &passed = pop_frame(self);
        if (passed.kind == block_kind::finally || passed.kind == block_kind::boundary) {
            passed.code = code;
            passed.target = &target;
            arrive(passed, way::unwinding);
        }
        release_frame(passed);
    }
    frame &reached = pop_frame(self);
    reached.code = code;
    arrive(reached, way::handling);
}

}  // namespace emu::machine
