// Saved places in running functions, and the ways back to them: what __try is made of.
//
// A place is saved as setjmp saves one.  resume() goes back to it for good; call_over() goes back
// to it on top of the running stack, so that code of an outer function runs with its own frame
// while the frames below it, which raised, stay as they are, until answer().
#pragma once

namespace emu::host {

/// What a function keeps across calls, and where it goes on.  emu/host/linux/jump.cpp knows the
/// order.
struct place {
    void *instruction;
    void *stack_pointer;
    void *rbx;
    void *frame_pointer;
    void *r12;
    void *r13;
    void *r14;
    void *r15;
};

/// Goes back to a place, where the save returns for the second time, with a value that is not 0.
/// The frames in between are gone without running destructors.
[[noreturn]] void resume(const place &where) noexcept;

/// As resume(), but on top of the running stack.  Returns when answer() gets the way back that was
/// stored.
long call_over(const place &where, void **way_back) noexcept;
[[noreturn]] void answer(void *way_back, long value) noexcept;

}  // namespace emu::host
