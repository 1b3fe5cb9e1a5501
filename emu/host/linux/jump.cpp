// x86-64 of jump.hpp, and the two entry points of seh.h that look at their caller's registers.
#include "emu/host/jump.hpp"

#include <cstddef>

#include "emu/host/sanitizer.hpp"

extern "C" {
[[noreturn]] void wdm_emu_jump_resume(const emu::host::place *where);
long wdm_emu_jump_call_over(const emu::host::place *where, void **way_back);
[[noreturn]] void wdm_emu_jump_answer(void *way_back, long value);
}

// wdm_emu_seh_save(frame): the place is the frame's first member.  wdm_emu_seh_left(body): the
// frame is the body's first member, the place its second; wdm_emu_seh_left_from(body) goes on.
//
// In call_over 512 bytes stay free above the new frames, for a caller that writes its outgoing
// arguments without moving the stack pointer.
asm(R"(
    .macro  save_caller             # where it goes on, into the place at rdi
    movq    (%rsp), %rdx
    leaq    8(%rsp), %rcx
    movq    %rdx, (%rdi)
    movq    %rcx, 8(%rdi)
    movq    %rbx, 16(%rdi)
    movq    %rbp, 24(%rdi)
    movq    %r12, 32(%rdi)
    movq    %r13, 40(%rdi)
    movq    %r14, 48(%rdi)
    movq    %r15, 56(%rdi)
    .endm

    .macro  resume_at_place         # that at rdi, but for the stack pointer; returns 1 there
    movq    16(%rdi), %rbx
    movq    24(%rdi), %rbp
    movq    32(%rdi), %r12
    movq    40(%rdi), %r13
    movq    48(%rdi), %r14
    movq    56(%rdi), %r15
    movl    $1, %eax
    jmp     *(%rdi)
    .endm

    .text
    .globl  wdm_emu_seh_save
    .type   wdm_emu_seh_save, @function
wdm_emu_seh_save:
    save_caller
    xorl    %eax, %eax
    ret
    .size   wdm_emu_seh_save, . - wdm_emu_seh_save

    .globl  wdm_emu_seh_left
    .type   wdm_emu_seh_left, @function
wdm_emu_seh_left:
    movq    %rdi, %rsi
    movq    (%rdi), %rdi
    addq    $64, %rdi
    save_caller
    movq    %rsi, %rdi
    jmp     wdm_emu_seh_left_from
    .size   wdm_emu_seh_left, . - wdm_emu_seh_left

    .globl  wdm_emu_jump_resume
    .hidden wdm_emu_jump_resume
    .type   wdm_emu_jump_resume, @function
wdm_emu_jump_resume:
    movq    8(%rdi), %rsp
    resume_at_place
    .size   wdm_emu_jump_resume, . - wdm_emu_jump_resume

    .globl  wdm_emu_jump_call_over
    .hidden wdm_emu_jump_call_over
    .type   wdm_emu_jump_call_over, @function
wdm_emu_jump_call_over:
    pushq   %rbx
    pushq   %rbp
    pushq   %r12
    pushq   %r13
    pushq   %r14
    pushq   %r15
    movq    %rsp, (%rsi)
    subq    $512, %rsp
    andq    $-16, %rsp
    resume_at_place
    .size   wdm_emu_jump_call_over, . - wdm_emu_jump_call_over

    .globl  wdm_emu_jump_answer
    .hidden wdm_emu_jump_answer
    .type   wdm_emu_jump_answer, @function
wdm_emu_jump_answer:
    movq    %rdi, %rsp
    movq    %rsi, %rax
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbp
    popq    %rbx
    ret
    .size   wdm_emu_jump_answer, . - wdm_emu_jump_answer
)");

namespace emu::host {

static_assert(offsetof(place, instruction) == 0 && offsetof(place, frame_pointer) == 24 &&
              sizeof(place) == 64);

namespace {

// The frames that a jump leaves behind must not look like live ones.
void tell_sanitizer() noexcept {
#ifdef EMU_ASAN
    __asan_handle_no_return();
#endif
}

}  // namespace

void resume(const place &where) noexcept {
    tell_sanitizer();
    wdm_emu_jump_resume(&where);
}

long call_over(const place &where, void **way_back) noexcept {
    return wdm_emu_jump_call_over(&where, way_back);
}

void answer(void *way_back, long value) noexcept {
    tell_sanitizer();
    wdm_emu_jump_answer(way_back, value);
}

}  // namespace emu::host
